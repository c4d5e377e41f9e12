-- kpi_sheet: The key figures of each month, as conf/kpis defines them (docs/kpis.en.md).
-- Grain: one row per key figure, local month and currency.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/kpi_sheet -f hive_ddl/spark/create_kpi_sheet.sql

create database if not exists ${release_db};

create table ${release_db}.kpi_sheet (
  kpi string comment 'Which figure, by its id, those with a short name stand under it as well',
  calendar_month string comment 'Local month (YYYY-MM)',
  value decimal(18,4) comment 'The figure, returns are negative',
  unit string comment 'amount, count, rate or score',
  currency string comment 'ISO 4217 code of an amount, XXX (no currency) where it is no amount'
)
using orc
location '${location}'
comment 'The key figures of each month, as conf/kpis defines them (docs/kpis.en.md). Grain: one row per key figure, local month and currency.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'kpi, calendar_month, currency');

create database if not exists ${shop_db};

create or replace view ${shop_db}.kpi_sheet (
  kpi comment 'Which figure, by its id, those with a short name stand under it as well',
  calendar_month comment 'Local month (YYYY-MM)',
  value comment 'The figure, returns are negative',
  unit comment 'amount, count, rate or score',
  currency comment 'ISO 4217 code of an amount, XXX (no currency) where it is no amount'
)
comment 'The key figures of each month, as conf/kpis defines them (docs/kpis.en.md).'
as select
  kpi,
  calendar_month,
  value,
  unit,
  currency
from ${release_db}.kpi_sheet;
