-- top_products: The hundred products with the greatest revenue of each month, quarter and year.
-- Grain: one row per period, currency and product among the first hundred, ties included.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/top_products -f hive_ddl/spark/create_top_products.sql

create database if not exists ${release_db};

create table ${release_db}.top_products (
  period_type string comment 'month, quarter or year, filter on one of them before adding rows',
  period string comment 'YYYY-MM, YYYY-Qn or YYYY, local',
  currency string comment 'ISO 4217 code of the amounts, each currency has a ranking of its own',
  revenue_rank int comment '1 for the greatest revenue, equal revenues share a rank and the next one is skipped',
  product_key bigint comment 'Durable key of the product',
  product_id string comment 'Business key',
  product_name string comment 'Name of the product\'s last version',
  category string comment 'Category of the product\'s last version, unknown where the shop has none',
  units decimal(18,4) comment 'Units sold',
  order_line_count bigint comment 'Order lines',
  revenue_amount decimal(18,4) comment 'Net sales, before returns'
)
using orc
location '${location}'
comment 'The hundred products with the greatest revenue of each month, quarter and year. Grain: one row per period, currency and product among the first hundred, ties included.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'period_type, period, currency, product_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.top_products (
  period_type comment 'month, quarter or year, filter on one of them before adding rows',
  period comment 'YYYY-MM, YYYY-Qn or YYYY, local',
  currency comment 'ISO 4217 code of the amounts, each currency has a ranking of its own',
  revenue_rank comment '1 for the greatest revenue, equal revenues share a rank and the next one is skipped',
  product_key comment 'Durable key of the product',
  product_id comment 'Business key',
  product_name comment 'Name of the product\'s last version',
  category comment 'Category of the product\'s last version, unknown where the shop has none',
  units comment 'Units sold',
  order_line_count comment 'Order lines',
  revenue_amount comment 'Net sales, before returns'
)
comment 'The hundred products with the greatest revenue of each month, quarter and year.'
as select
  period_type,
  period,
  currency,
  revenue_rank,
  product_key,
  product_id,
  product_name,
  category,
  units,
  order_line_count,
  revenue_amount
from ${release_db}.top_products;
