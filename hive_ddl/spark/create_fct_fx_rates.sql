-- fct_fx_rates: Rates of exchange of every calendar day; a day without one has the last known rate.
-- Grain: one row per pair of currencies and calendar day.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_fx_rates -f hive_ddl/spark/create_fct_fx_rates.sql

create database if not exists ${release_db};

create table ${release_db}.fct_fx_rates (
  base_currency string comment 'ISO 4217 code, one unit of it',
  quote_currency string comment 'ISO 4217 code, costs so many units of this one',
  rate_date date comment 'The day, local',
  date_key bigint comment 'rate_date as yyyymmdd',
  fx_rate decimal(18,8) comment 'Units of the quote currency for one unit of the base',
  quoted_date date comment 'Day that the source gave the rate for, rate_date or the last day before with a rate',
  is_inverse boolean comment 'The source gives the pair the other way round, the rate is 1 by it, to eight places',
  rate_month string comment 'Month of rate_date (YYYY-MM), the partition'
)
using orc
partitioned by (rate_month)
location '${location}'
comment 'Rates of exchange of every calendar day, a day without one has the last known rate. Grain: one row per pair of currencies and calendar day.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'base_currency, quote_currency, rate_date');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_fx_rates (
  base_currency comment 'ISO 4217 code, one unit of it',
  quote_currency comment 'ISO 4217 code, costs so many units of this one',
  rate_date comment 'The day, local',
  date_key comment 'rate_date as yyyymmdd',
  fx_rate comment 'Units of the quote currency for one unit of the base',
  quoted_date comment 'Day that the source gave the rate for, rate_date or the last day before with a rate',
  is_inverse comment 'The source gives the pair the other way round, the rate is 1 by it, to eight places',
  rate_month comment 'Month of rate_date (YYYY-MM), the partition'
)
comment 'Rates of exchange of every calendar day, a day without one has the last known rate.'
as select
  base_currency,
  quote_currency,
  rate_date,
  date_key,
  fx_rate,
  quoted_date,
  is_inverse,
  rate_month
from ${release_db}.fct_fx_rates;
