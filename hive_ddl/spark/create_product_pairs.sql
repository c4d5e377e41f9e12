-- product_pairs: Pairs of products that are bought together, and whether more often than by chance.
-- Grain: one row per two products that stand together in at least two orders.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/product_pairs -f hive_ddl/spark/create_product_pairs.sql

create database if not exists ${release_db};

create table ${release_db}.product_pairs (
  product_key bigint comment 'Durable key of the one product, the smaller of both',
  other_product_key bigint comment 'Durable key of the other product',
  product_id string comment 'Business key of the one',
  product_name string comment 'Name of its last version',
  other_product_id string comment 'Business key of the other',
  other_product_name string comment 'Name of its last version',
  pair_order_count bigint comment 'Orders with both',
  product_order_count bigint comment 'Orders with the one',
  other_product_order_count bigint comment 'Orders with the other',
  total_order_count bigint comment 'All orders',
  support_rate decimal(18,8) comment 'Part of all orders that have both',
  confidence_rate decimal(18,8) comment 'Part of the orders with the one that have the other',
  other_confidence_rate decimal(18,8) comment 'Part of the orders with the other that have the one',
  lift decimal(18,4) comment 'How many times more often than by chance, 1 is chance'
)
using orc
location '${location}'
comment 'Pairs of products that are bought together, and whether more often than by chance. Grain: one row per two products that stand together in at least two orders.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'product_key, other_product_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.product_pairs (
  product_key comment 'Durable key of the one product, the smaller of both',
  other_product_key comment 'Durable key of the other product',
  product_id comment 'Business key of the one',
  product_name comment 'Name of its last version',
  other_product_id comment 'Business key of the other',
  other_product_name comment 'Name of its last version',
  pair_order_count comment 'Orders with both',
  product_order_count comment 'Orders with the one',
  other_product_order_count comment 'Orders with the other',
  total_order_count comment 'All orders',
  support_rate comment 'Part of all orders that have both',
  confidence_rate comment 'Part of the orders with the one that have the other',
  other_confidence_rate comment 'Part of the orders with the other that have the one',
  lift comment 'How many times more often than by chance, 1 is chance'
)
comment 'Pairs of products that are bought together, and whether more often than by chance.'
as select
  product_key,
  other_product_key,
  product_id,
  product_name,
  other_product_id,
  other_product_name,
  pair_order_count,
  product_order_count,
  other_product_order_count,
  total_order_count,
  support_rate,
  confidence_rate,
  other_confidence_rate,
  lift
from ${release_db}.product_pairs;
