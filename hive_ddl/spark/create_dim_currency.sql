-- dim_currency: Currencies of orders, payments and rates.
-- Grain: one row per currency, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_currency -f hive_ddl/spark/create_dim_currency.sql

create database if not exists ${release_db};

create table ${release_db}.dim_currency (
  currency_key bigint comment 'Key of the currency',
  currency string comment 'ISO 4217 code, facts join on it',
  is_shop_currency boolean comment 'The currency of the shop_ amounts'
)
using orc
location '${location}'
comment 'Currencies of orders, payments and rates. Grain: one row per currency, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'currency_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_currency (
  currency_key comment 'Key of the currency',
  currency comment 'ISO 4217 code, facts join on it',
  is_shop_currency comment 'The currency of the shop_ amounts'
)
comment 'Currencies of orders, payments and rates.'
as select
  currency_key,
  currency,
  is_shop_currency
from ${release_db}.dim_currency;
