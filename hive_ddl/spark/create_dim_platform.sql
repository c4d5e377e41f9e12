-- dim_platform: Social and advertising platforms.
-- Grain: one row per platform, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_platform -f hive_ddl/spark/create_dim_platform.sql

create database if not exists ${release_db};

create table ${release_db}.dim_platform (
  platform_key bigint comment 'Key of the platform',
  platform string comment 'Name, lower case'
)
using orc
location '${location}'
comment 'Social and advertising platforms. Grain: one row per platform, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'platform_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_platform (
  platform_key comment 'Key of the platform',
  platform comment 'Name, lower case'
)
comment 'Social and advertising platforms.'
as select
  platform_key,
  platform
from ${release_db}.dim_platform;
