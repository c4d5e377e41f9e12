-- rule_failures: How many rows break each rule, refused or only warned of; one that breaks two counts in both.
-- Grain: one row per feed, entity and rule.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/rule_failures -f hive_ddl/spark/create_rule_failures.sql

create database if not exists ${release_db};

create table ${release_db}.rule_failures (
  feed string comment 'Where the records came from',
  entity string comment 'What they were routed to',
  rule string comment 'The expectation, as the contract names it',
  record_count bigint comment 'How many rows break it'
)
using orc
location '${location}'
comment 'How many rows break each rule, refused or only warned of, one that breaks two counts in both. Grain: one row per feed, entity and rule.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'feed, entity, rule');

create database if not exists ${shop_db};

create or replace view ${shop_db}.rule_failures (
  feed comment 'Where the records came from',
  entity comment 'What they were routed to',
  rule comment 'The expectation, as the contract names it',
  record_count comment 'How many rows break it'
)
comment 'How many rows break each rule, refused or only warned of, one that breaks two counts in both.'
as select
  feed,
  entity,
  rule,
  record_count
from ${release_db}.rule_failures;
