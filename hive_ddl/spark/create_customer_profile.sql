-- customer_profile: Every person, buyer or not, with where they live, how old they are, what they bought, and scores of recency, frequency and money.
-- Grain: one row per person.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/customer_profile -f hive_ddl/spark/create_customer_profile.sql

create database if not exists ${release_db};

create table ${release_db}.customer_profile (
  person_key bigint comment 'The person, as in dim_customer',
  country string comment 'Country of residence',
  city string comment 'City of residence',
  sex string comment 'As the source codes it',
  age_band string comment 'Age group as the source draws it, else by date of birth as of as_of_date: 0-17, 18-24, 25-34, ... 65+',
  is_deleted boolean comment 'Every source that described the person has deleted it',
  is_buyer boolean comment 'The person has a sale',
  joined_month string comment 'Month of the earliest sign-up, else of the first sale (YYYY-MM)',
  joined_by string comment 'How joined_month is known: sign-up or first order',
  first_order_date date comment 'Local day of the first order',
  last_order_date date comment 'Local day of the last order',
  order_count bigint comment 'Frequency: distinct orders',
  shop_currency string comment 'ISO 4217 code of the amounts',
  shop_revenue_amount decimal(18,4) comment 'Net sales at the rates of their days, before returns, lines without a rate are left out',
  shop_return_amount decimal(18,4) comment 'Net amount of returns (negative), the money of the score is both together',
  as_of_date date comment 'The shop\'s last day with a sale or return',
  recency_days int comment 'Days from the last order to as_of_date',
  recency_score int comment '5 for the fifth of the buyers that bought last, 1 for those longest ago',
  frequency_score int comment '5 for the most orders',
  money_score int comment '5 for the greatest net amount',
  rfm_segment string comment 'champion (R and F 4 or more), loyal (both 3 or more), recent (R 4 or more), occasional (R 3), at risk (F 3 or more), lost, no order'
)
using orc
clustered by (person_key) sorted by (person_key) into 4 buckets
location '${location}'
comment 'Every person, buyer or not, with where they live, how old they are, what they bought, and scores of recency, frequency and money. Grain: one row per person.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'person_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.customer_profile (
  person_key comment 'The person, as in dim_customer',
  country comment 'Country of residence',
  city comment 'City of residence',
  sex comment 'As the source codes it',
  age_band comment 'Age group as the source draws it, else by date of birth as of as_of_date: 0-17, 18-24, 25-34, ... 65+',
  is_deleted comment 'Every source that described the person has deleted it',
  is_buyer comment 'The person has a sale',
  joined_month comment 'Month of the earliest sign-up, else of the first sale (YYYY-MM)',
  joined_by comment 'How joined_month is known: sign-up or first order',
  first_order_date comment 'Local day of the first order',
  last_order_date comment 'Local day of the last order',
  order_count comment 'Frequency: distinct orders',
  shop_currency comment 'ISO 4217 code of the amounts',
  shop_revenue_amount comment 'Net sales at the rates of their days, before returns, lines without a rate are left out',
  shop_return_amount comment 'Net amount of returns (negative), the money of the score is both together',
  as_of_date comment 'The shop\'s last day with a sale or return',
  recency_days comment 'Days from the last order to as_of_date',
  recency_score comment '5 for the fifth of the buyers that bought last, 1 for those longest ago',
  frequency_score comment '5 for the most orders',
  money_score comment '5 for the greatest net amount',
  rfm_segment comment 'champion (R and F 4 or more), loyal (both 3 or more), recent (R 4 or more), occasional (R 3), at risk (F 3 or more), lost, no order'
)
comment 'Every person, buyer or not, with where they live, how old they are, what they bought, and scores of recency, frequency and money.'
as select
  person_key,
  country,
  city,
  sex,
  age_band,
  is_deleted,
  is_buyer,
  joined_month,
  joined_by,
  first_order_date,
  last_order_date,
  order_count,
  shop_currency,
  shop_revenue_amount,
  shop_return_amount,
  as_of_date,
  recency_days,
  recency_score,
  frequency_score,
  money_score,
  rfm_segment
from ${release_db}.customer_profile;
