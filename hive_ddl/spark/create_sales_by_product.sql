-- sales_by_product: Sales and returns of every product, sold or not, over all time, by year and by month, in the shop's currency.
-- Grain: one row per product over all time, and one per product and year or month with a sale or return.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/sales_by_product -f hive_ddl/spark/create_sales_by_product.sql

create database if not exists ${release_db};

create table ${release_db}.sales_by_product (
  product_key bigint comment 'Durable key of the product',
  period_type string comment 'all, year or month, filter on one of them before adding rows',
  period string comment 'all, YYYY or YYYY-MM, local',
  product_id string comment 'Business key',
  product_name string comment 'Name of the product\'s last version',
  category string comment 'Category of the product\'s last version, unknown where the shop has none',
  is_deleted boolean comment 'The source has deleted the product',
  units decimal(18,4) comment 'Units sold, 0 for a product that never was',
  order_count bigint comment 'Distinct orders, not additive over products',
  shop_currency string comment 'ISO 4217 code of the amounts',
  shop_revenue_amount decimal(18,4) comment 'Net sales at the rates of their days, before returns',
  return_units decimal(18,4) comment 'Units that came back (negative)',
  shop_return_amount decimal(18,4) comment 'Net amount of returns at the rates of their days (negative)',
  unconverted_line_count bigint comment 'Lines whose amounts are left out as no rate is known',
  first_sale_date date comment 'First local day with a sale',
  last_sale_date date comment 'Last local day with a sale'
)
using orc
location '${location}'
comment 'Sales and returns of every product, sold or not, over all time, by year and by month, in the shop\'s currency. Grain: one row per product over all time, and one per product and year or month with a sale or return.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'period_type, period, product_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.sales_by_product (
  product_key comment 'Durable key of the product',
  period_type comment 'all, year or month, filter on one of them before adding rows',
  period comment 'all, YYYY or YYYY-MM, local',
  product_id comment 'Business key',
  product_name comment 'Name of the product\'s last version',
  category comment 'Category of the product\'s last version, unknown where the shop has none',
  is_deleted comment 'The source has deleted the product',
  units comment 'Units sold, 0 for a product that never was',
  order_count comment 'Distinct orders, not additive over products',
  shop_currency comment 'ISO 4217 code of the amounts',
  shop_revenue_amount comment 'Net sales at the rates of their days, before returns',
  return_units comment 'Units that came back (negative)',
  shop_return_amount comment 'Net amount of returns at the rates of their days (negative)',
  unconverted_line_count comment 'Lines whose amounts are left out as no rate is known',
  first_sale_date comment 'First local day with a sale',
  last_sale_date comment 'Last local day with a sale'
)
comment 'Sales and returns of every product, sold or not, over all time, by year and by month, in the shop\'s currency.'
as select
  product_key,
  period_type,
  period,
  product_id,
  product_name,
  category,
  is_deleted,
  units,
  order_count,
  shop_currency,
  shop_revenue_amount,
  return_units,
  shop_return_amount,
  unconverted_line_count,
  first_sale_date,
  last_sale_date
from ${release_db}.sales_by_product;
