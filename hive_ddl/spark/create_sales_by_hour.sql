-- sales_by_hour: Sales and returns of each hour by country, category and channel.
-- Grain: one row per local day, hour, country, category, channel and currency with a sale or return.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/sales_by_hour -f hive_ddl/spark/create_sales_by_hour.sql

create database if not exists ${release_db};

create table ${release_db}.sales_by_hour (
  calendar_date date comment 'The day, local',
  date_key bigint comment 'The day as yyyymmdd',
  hour_of_day int comment 'The hour, local, 0 to 23',
  country string comment 'Country of the line, unknown where the source names none',
  category string comment 'Product category as of the sale or return, unknown where the shop has none',
  channel string comment 'Where it was ordered, unknown where the source does not say',
  currency string comment 'ISO 4217 code of the amounts',
  units decimal(18,4) comment 'Units sold, additive',
  order_count bigint comment 'Distinct orders in this very row, not additive, as an order may span categories, countries and hours',
  order_line_count bigint comment 'Order lines, additive',
  gross_amount decimal(18,4) comment 'Sales before discounts',
  discount_amount decimal(18,4) comment 'Discounts on sales',
  revenue_amount decimal(18,4) comment 'Net sales: gross less discounts, before returns',
  return_units decimal(18,4) comment 'Units that came back (negative)',
  return_line_count bigint comment 'Returned lines',
  return_amount decimal(18,4) comment 'Net amount of returns in the period they came back (negative)',
  net_revenue_amount decimal(18,4) comment 'Revenue less returns: revenue_amount + return_amount',
  calendar_month string comment 'Its month (YYYY-MM)'
)
using orc
partitioned by (calendar_month)
location '${location}'
comment 'Sales and returns of each hour by country, category and channel. Grain: one row per local day, hour, country, category, channel and currency with a sale or return.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'date_key, hour_of_day, country, category, channel, currency');

create database if not exists ${shop_db};

create or replace view ${shop_db}.sales_by_hour (
  calendar_date comment 'The day, local',
  date_key comment 'The day as yyyymmdd',
  hour_of_day comment 'The hour, local, 0 to 23',
  country comment 'Country of the line, unknown where the source names none',
  category comment 'Product category as of the sale or return, unknown where the shop has none',
  channel comment 'Where it was ordered, unknown where the source does not say',
  currency comment 'ISO 4217 code of the amounts',
  units comment 'Units sold, additive',
  order_count comment 'Distinct orders in this very row, not additive, as an order may span categories, countries and hours',
  order_line_count comment 'Order lines, additive',
  gross_amount comment 'Sales before discounts',
  discount_amount comment 'Discounts on sales',
  revenue_amount comment 'Net sales: gross less discounts, before returns',
  return_units comment 'Units that came back (negative)',
  return_line_count comment 'Returned lines',
  return_amount comment 'Net amount of returns in the period they came back (negative)',
  net_revenue_amount comment 'Revenue less returns: revenue_amount + return_amount',
  calendar_month comment 'Its month (YYYY-MM)'
)
comment 'Sales and returns of each hour by country, category and channel.'
as select
  calendar_date,
  date_key,
  hour_of_day,
  country,
  category,
  channel,
  currency,
  units,
  order_count,
  order_line_count,
  gross_amount,
  discount_amount,
  revenue_amount,
  return_units,
  return_line_count,
  return_amount,
  net_revenue_amount,
  calendar_month
from ${release_db}.sales_by_hour;
