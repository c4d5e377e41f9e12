-- churn_by_month: Of the people who had bought in the 90 days before a month, how many lapsed in it.
-- Grain: one row per local month from the shop's first to its last.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/churn_by_month -f hive_ddl/spark/create_churn_by_month.sql

create database if not exists ${release_db};

create table ${release_db}.churn_by_month (
  calendar_month string comment 'The month (YYYY-MM)',
  cut_off_date date comment 'Its last day, or the shop\'s last one, no later order is looked at',
  active_customer_count bigint comment 'People with an order in the 90 days before the month',
  churned_customer_count bigint comment 'Those whose last order became 90 days old in the month, up to cut_off_date',
  churn_rate decimal(18,4) comment 'Churned by active, null without an active one',
  is_partial boolean comment 'cut_off_date is before the month\'s end'
)
using orc
location '${location}'
comment 'Of the people who had bought in the 90 days before a month, how many lapsed in it. Grain: one row per local month from the shop\'s first to its last.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'calendar_month');

create database if not exists ${shop_db};

create or replace view ${shop_db}.churn_by_month (
  calendar_month comment 'The month (YYYY-MM)',
  cut_off_date comment 'Its last day, or the shop\'s last one, no later order is looked at',
  active_customer_count comment 'People with an order in the 90 days before the month',
  churned_customer_count comment 'Those whose last order became 90 days old in the month, up to cut_off_date',
  churn_rate comment 'Churned by active, null without an active one',
  is_partial comment 'cut_off_date is before the month\'s end'
)
comment 'Of the people who had bought in the 90 days before a month, how many lapsed in it.'
as select
  calendar_month,
  cut_off_date,
  active_customer_count,
  churned_customer_count,
  churn_rate,
  is_partial
from ${release_db}.churn_by_month;
