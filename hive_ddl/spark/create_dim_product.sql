-- dim_product: What the shop sells or has sold, with the history of its attributes (SCD2).
-- Grain: one row per product and version, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_product -f hive_ddl/spark/create_dim_product.sql

create database if not exists ${release_db};

create table ${release_db}.dim_product (
  product_key bigint comment 'Durable key of the product, the same on all its versions',
  product_version_key bigint comment 'Key of this version, hash of business key and true start',
  product_id string comment 'Business key',
  product_name string comment 'Name shown to customers',
  category string comment 'First level of the catalogue, as named now where the catalogue is a tree',
  subcategory string comment 'Second level of the catalogue',
  brand string comment 'Brand or kind of brand',
  valid_from_at timestamp comment 'From when the version holds (UTC), the first one from 1900-01-01',
  valid_to_at timestamp comment 'Until when it held (UTC, exclusive), null while open',
  is_current boolean comment 'The member\'s last version, also of a deleted member',
  is_deleted boolean comment 'The version ended by a deletion, with is_current the member is gone',
  is_inferred boolean comment 'Lines or posts name the member, no source describes it yet',
  category_path string comment 'Categories from the top down, as they are named now, joined by >',
  list_price decimal(18,4) comment 'Price of one unit in the catalogue',
  list_currency string comment 'ISO 4217 code of the list price',
  product_status string comment 'Such as active or withdrawn'
)
using orc
location '${location}'
comment 'What the shop sells or has sold, with the history of its attributes (SCD2). Grain: one row per product and version, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'product_version_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_product (
  product_key comment 'Durable key of the product, the same on all its versions',
  product_version_key comment 'Key of this version, hash of business key and true start',
  product_id comment 'Business key',
  product_name comment 'Name shown to customers',
  category comment 'First level of the catalogue, as named now where the catalogue is a tree',
  subcategory comment 'Second level of the catalogue',
  brand comment 'Brand or kind of brand',
  valid_from_at comment 'From when the version holds (UTC), the first one from 1900-01-01',
  valid_to_at comment 'Until when it held (UTC, exclusive), null while open',
  is_current comment 'The member\'s last version, also of a deleted member',
  is_deleted comment 'The version ended by a deletion, with is_current the member is gone',
  is_inferred comment 'Lines or posts name the member, no source describes it yet',
  category_path comment 'Categories from the top down, as they are named now, joined by >',
  list_price comment 'Price of one unit in the catalogue',
  list_currency comment 'ISO 4217 code of the list price',
  product_status comment 'Such as active or withdrawn'
)
comment 'What the shop sells or has sold, with the history of its attributes (SCD2).'
as select
  product_key,
  product_version_key,
  product_id,
  product_name,
  category,
  subcategory,
  brand,
  valid_from_at,
  valid_to_at,
  is_current,
  is_deleted,
  is_inferred,
  category_path,
  list_price,
  list_currency,
  product_status
from ${release_db}.dim_product;
