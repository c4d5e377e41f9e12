-- customers_by_country: People by the country they are known to live in, buyers or not.
-- Grain: one row per country with a customer.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/customers_by_country -f hive_ddl/spark/create_customers_by_country.sql

create database if not exists ${release_db};

create table ${release_db}.customers_by_country (
  country string comment 'Country of residence, unknown where no source names one',
  customer_count bigint comment 'People (distinct person_key), deleted ones and those without an order included',
  buyer_count bigint comment 'Those of them with a sale',
  deleted_customer_count bigint comment 'Those of them that a source has deleted'
)
using orc
location '${location}'
comment 'People by the country they are known to live in, buyers or not. Grain: one row per country with a customer.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'country');

create database if not exists ${shop_db};

create or replace view ${shop_db}.customers_by_country (
  country comment 'Country of residence, unknown where no source names one',
  customer_count comment 'People (distinct person_key), deleted ones and those without an order included',
  buyer_count comment 'Those of them with a sale',
  deleted_customer_count comment 'Those of them that a source has deleted'
)
comment 'People by the country they are known to live in, buyers or not.'
as select
  country,
  customer_count,
  buyer_count,
  deleted_customer_count
from ${release_db}.customers_by_country;
