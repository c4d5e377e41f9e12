-- customers_by_segment: People, buyers and what they bought, by one attribute at a time: age band, sex, country, city, segment.
-- Grain: one row per kind of segment and segment with a person.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/customers_by_segment -f hive_ddl/spark/create_customers_by_segment.sql

create database if not exists ${release_db};

create table ${release_db}.customers_by_segment (
  segment_type string comment 'age_band, sex, country, city or rfm_segment, filter on one of them before adding rows',
  segment string comment 'The value, a city with its country, unknown where no source knows',
  customer_count bigint comment 'People',
  buyer_count bigint comment 'Those with a sale',
  order_count bigint comment 'Their orders',
  shop_currency string comment 'ISO 4217 code of the amounts',
  shop_revenue_amount decimal(18,4) comment 'Net sales at the rates of their days, before returns',
  shop_return_amount decimal(18,4) comment 'Net amount of returns (negative)'
)
using orc
location '${location}'
comment 'People, buyers and what they bought, by one attribute at a time: age band, sex, country, city, segment. Grain: one row per kind of segment and segment with a person.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'segment_type, segment');

create database if not exists ${shop_db};

create or replace view ${shop_db}.customers_by_segment (
  segment_type comment 'age_band, sex, country, city or rfm_segment, filter on one of them before adding rows',
  segment comment 'The value, a city with its country, unknown where no source knows',
  customer_count comment 'People',
  buyer_count comment 'Those with a sale',
  order_count comment 'Their orders',
  shop_currency comment 'ISO 4217 code of the amounts',
  shop_revenue_amount comment 'Net sales at the rates of their days, before returns',
  shop_return_amount comment 'Net amount of returns (negative)'
)
comment 'People, buyers and what they bought, by one attribute at a time: age band, sex, country, city, segment.'
as select
  segment_type,
  segment,
  customer_count,
  buyer_count,
  order_count,
  shop_currency,
  shop_revenue_amount,
  shop_return_amount
from ${release_db}.customers_by_segment;
