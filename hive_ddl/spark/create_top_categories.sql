-- top_categories: Product categories by their revenue in each month, quarter and year.
-- Grain: one row per period, currency and category with a sale.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/top_categories -f hive_ddl/spark/create_top_categories.sql

create database if not exists ${release_db};

create table ${release_db}.top_categories (
  period_type string comment 'month, quarter or year, filter on one of them before adding rows',
  period string comment 'YYYY-MM, YYYY-Qn or YYYY, local',
  currency string comment 'ISO 4217 code of the amounts, each currency has a ranking of its own',
  revenue_rank int comment '1 for the greatest revenue, equal revenues share a rank and the next one is skipped',
  category string comment 'First level of the catalogue, as the product\'s last version has it, unknown for products in none',
  units decimal(18,4) comment 'Units sold',
  order_count bigint comment 'Distinct orders, not additive over categories',
  order_line_count bigint comment 'Order lines',
  revenue_amount decimal(18,4) comment 'Net sales, before returns',
  revenue_share_rate decimal(18,4) comment 'Part of the revenue of the period and currency, null where that is 0'
)
using orc
location '${location}'
comment 'Product categories by their revenue in each month, quarter and year. Grain: one row per period, currency and category with a sale.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'period_type, period, currency, category');

create database if not exists ${shop_db};

create or replace view ${shop_db}.top_categories (
  period_type comment 'month, quarter or year, filter on one of them before adding rows',
  period comment 'YYYY-MM, YYYY-Qn or YYYY, local',
  currency comment 'ISO 4217 code of the amounts, each currency has a ranking of its own',
  revenue_rank comment '1 for the greatest revenue, equal revenues share a rank and the next one is skipped',
  category comment 'First level of the catalogue, as the product\'s last version has it, unknown for products in none',
  units comment 'Units sold',
  order_count comment 'Distinct orders, not additive over categories',
  order_line_count comment 'Order lines',
  revenue_amount comment 'Net sales, before returns',
  revenue_share_rate comment 'Part of the revenue of the period and currency, null where that is 0'
)
comment 'Product categories by their revenue in each month, quarter and year.'
as select
  period_type,
  period,
  currency,
  revenue_rank,
  category,
  units,
  order_count,
  order_line_count,
  revenue_amount,
  revenue_share_rate
from ${release_db}.top_categories;
