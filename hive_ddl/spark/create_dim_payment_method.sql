-- dim_payment_method: How customers pay.
-- Grain: one row per payment method, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_payment_method -f hive_ddl/spark/create_dim_payment_method.sql

create database if not exists ${release_db};

create table ${release_db}.dim_payment_method (
  payment_method_key bigint comment 'Key of the payment method',
  payment_method string comment 'Name as the sources write it'
)
using orc
location '${location}'
comment 'How customers pay. Grain: one row per payment method, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'payment_method_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_payment_method (
  payment_method_key comment 'Key of the payment method',
  payment_method comment 'Name as the sources write it'
)
comment 'How customers pay.'
as select
  payment_method_key,
  payment_method
from ${release_db}.dim_payment_method;
