-- record_balances: What became of the records of each feed: every candidate row has exactly one disposition.
-- Grain: one row per feed, entity and disposition.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/record_balances -f hive_ddl/spark/create_record_balances.sql

create database if not exists ${release_db};

create table ${release_db}.record_balances (
  feed string comment 'Where the records came from',
  entity string comment 'What they were routed to',
  disposition string comment 'current, superseded, duplicate, quarantined, held, replaced, ignored, not_applicable (others)',
  record_count bigint comment 'How many'
)
using orc
location '${location}'
comment 'What became of the records of each feed: every candidate row has exactly one disposition. Grain: one row per feed, entity and disposition.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'feed, entity, disposition');

create database if not exists ${shop_db};

create or replace view ${shop_db}.record_balances (
  feed comment 'Where the records came from',
  entity comment 'What they were routed to',
  disposition comment 'current, superseded, duplicate, quarantined, held, replaced, ignored, not_applicable (others)',
  record_count comment 'How many'
)
comment 'What became of the records of each feed: every candidate row has exactly one disposition.'
as select
  feed,
  entity,
  disposition,
  record_count
from ${release_db}.record_balances;
