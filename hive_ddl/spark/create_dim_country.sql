-- dim_country: Countries that orders, returns or customers name.
-- Grain: one row per country name, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_country -f hive_ddl/spark/create_dim_country.sql

create database if not exists ${release_db};

create table ${release_db}.dim_country (
  country_key bigint comment 'Key of the country',
  country string comment 'Name as the sources write it, unknown where they name none'
)
using orc
location '${location}'
comment 'Countries that orders, returns or customers name. Grain: one row per country name, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'country_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_country (
  country_key comment 'Key of the country',
  country comment 'Name as the sources write it, unknown where they name none'
)
comment 'Countries that orders, returns or customers name.'
as select
  country_key,
  country
from ${release_db}.dim_country;
