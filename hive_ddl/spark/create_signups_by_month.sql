-- signups_by_month: People by the month in which they joined, by sign-up date, else by first order.
-- Grain: one row per local month, way of knowing it and country with a person.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/signups_by_month -f hive_ddl/spark/create_signups_by_month.sql

create database if not exists ${release_db};

create table ${release_db}.signups_by_month (
  calendar_month string comment 'Month of joining (YYYY-MM)',
  joined_by string comment 'sign-up (the earliest date that a source gives) or first order (where none gives one)',
  country string comment 'Country of residence, unknown where no source names one',
  customer_count bigint comment 'People, each once',
  buyer_count bigint comment 'Those of them with a sale so far'
)
using orc
location '${location}'
comment 'People by the month in which they joined, by sign-up date, else by first order. Grain: one row per local month, way of knowing it and country with a person.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'calendar_month, joined_by, country');

create database if not exists ${shop_db};

create or replace view ${shop_db}.signups_by_month (
  calendar_month comment 'Month of joining (YYYY-MM)',
  joined_by comment 'sign-up (the earliest date that a source gives) or first order (where none gives one)',
  country comment 'Country of residence, unknown where no source names one',
  customer_count comment 'People, each once',
  buyer_count comment 'Those of them with a sale so far'
)
comment 'People by the month in which they joined, by sign-up date, else by first order.'
as select
  calendar_month,
  joined_by,
  country,
  customer_count,
  buyer_count
from ${release_db}.signups_by_month;
