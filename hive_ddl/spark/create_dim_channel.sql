-- dim_channel: Where orders are placed.
-- Grain: one row per channel, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_channel -f hive_ddl/spark/create_dim_channel.sql

create database if not exists ${release_db};

create table ${release_db}.dim_channel (
  channel_key bigint comment 'Key of the channel',
  channel string comment 'Name as the sources write it, facts join on it'
)
using orc
location '${location}'
comment 'Where orders are placed. Grain: one row per channel, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'channel_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_channel (
  channel_key comment 'Key of the channel',
  channel comment 'Name as the sources write it, facts join on it'
)
comment 'Where orders are placed.'
as select
  channel_key,
  channel
from ${release_db}.dim_channel;
