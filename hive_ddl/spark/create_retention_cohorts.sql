-- retention_cohorts: Of the people who joined in a month, with or without orders, how many bought in each month from then on.
-- Grain: one row per month of joining and local month from then to the shop's last one.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/retention_cohorts -f hive_ddl/spark/create_retention_cohorts.sql

create database if not exists ${release_db};

create table ${release_db}.retention_cohorts (
  cohort_month string comment 'Month of joining: of the earliest sign-up, else of the first sale (YYYY-MM)',
  months_since_joining int comment '0 in the month of joining',
  calendar_month string comment 'The month that is looked at (YYYY-MM), none before the shop\'s first day',
  cohort_size bigint comment 'People who joined, those who never bought included',
  retained_count bigint comment 'Those of them who bought in calendar_month',
  retention_rate decimal(18,4) comment 'retained_count by cohort_size',
  is_partial boolean comment 'The shop\'s last day with a sale or return is before the month\'s end'
)
using orc
location '${location}'
comment 'Of the people who joined in a month, with or without orders, how many bought in each month from then on. Grain: one row per month of joining and local month from then to the shop\'s last one.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'cohort_month, calendar_month');

create database if not exists ${shop_db};

create or replace view ${shop_db}.retention_cohorts (
  cohort_month comment 'Month of joining: of the earliest sign-up, else of the first sale (YYYY-MM)',
  months_since_joining comment '0 in the month of joining',
  calendar_month comment 'The month that is looked at (YYYY-MM), none before the shop\'s first day',
  cohort_size comment 'People who joined, those who never bought included',
  retained_count comment 'Those of them who bought in calendar_month',
  retention_rate comment 'retained_count by cohort_size',
  is_partial comment 'The shop\'s last day with a sale or return is before the month\'s end'
)
comment 'Of the people who joined in a month, with or without orders, how many bought in each month from then on.'
as select
  cohort_month,
  months_since_joining,
  calendar_month,
  cohort_size,
  retained_count,
  retention_rate,
  is_partial
from ${release_db}.retention_cohorts;
