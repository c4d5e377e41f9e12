-- dim_date: The calendar in the shop's local dates, whole years from the first to the last sale, return, payment, rate of exchange, visit, post or figure of advertising.
-- Grain: one row per day.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_date -f hive_ddl/spark/create_dim_date.sql

create database if not exists ${release_db};

create table ${release_db}.dim_date (
  date_key bigint comment 'The day as yyyymmdd',
  calendar_date date comment 'The day',
  `year` int comment 'Calendar year',
  quarter int comment 'Quarter of the year, 1 to 4',
  month_number int comment 'Month of the year, 1 to 12',
  day_of_month int comment 'Day of the month, 1 to 31',
  day_of_week int comment 'ISO day of the week, Monday is 1',
  is_weekend boolean comment 'Saturday or Sunday',
  iso_year int comment 'The year that the ISO week belongs to',
  iso_week int comment 'ISO week, 1 to 53, the week with the year\'s first Thursday is 1',
  calendar_quarter string comment 'Quarter with its year, as YYYY-Qn',
  calendar_month string comment 'Month with its year, as YYYY-MM, join facts on it too, so that only their months are read'
)
using orc
location '${location}'
comment 'The calendar in the shop\'s local dates, whole years from the first to the last sale, return, payment, rate of exchange, visit, post or figure of advertising. Grain: one row per day.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'date_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_date (
  date_key comment 'The day as yyyymmdd',
  calendar_date comment 'The day',
  `year` comment 'Calendar year',
  quarter comment 'Quarter of the year, 1 to 4',
  month_number comment 'Month of the year, 1 to 12',
  day_of_month comment 'Day of the month, 1 to 31',
  day_of_week comment 'ISO day of the week, Monday is 1',
  is_weekend comment 'Saturday or Sunday',
  iso_year comment 'The year that the ISO week belongs to',
  iso_week comment 'ISO week, 1 to 53, the week with the year\'s first Thursday is 1',
  calendar_quarter comment 'Quarter with its year, as YYYY-Qn',
  calendar_month comment 'Month with its year, as YYYY-MM, join facts on it too, so that only their months are read'
)
comment 'The calendar in the shop\'s local dates, whole years from the first to the last sale, return, payment, rate of exchange, visit, post or figure of advertising.'
as select
  date_key,
  calendar_date,
  `year`,
  quarter,
  month_number,
  day_of_month,
  day_of_week,
  is_weekend,
  iso_year,
  iso_week,
  calendar_quarter,
  calendar_month
from ${release_db}.dim_date;
