-- dim_customer: Who buys or might buy, one member per source identity, with the history of its attributes (SCD2).
-- Grain: one row per customer identity and version, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_customer -f hive_ddl/spark/create_dim_customer.sql

create database if not exists ${release_db};

create table ${release_db}.dim_customer (
  customer_key bigint comment 'Durable key of the identity, the same on all its versions',
  customer_version_key bigint comment 'Key of this version, hash of business key and true start',
  person_key bigint comment 'The person behind the identity (type 1): the smallest customer_key of those linked by an address, people are counted by it',
  customer_namespace string comment 'Who numbered the customer',
  customer_id string comment 'Business key within the namespace',
  signup_date date comment 'When the customer signed up',
  country string comment 'Country of residence as the source names it',
  city string comment 'City of residence',
  sex string comment 'As the source codes it',
  age_band string comment 'Age group as the source draws it',
  income_band string comment 'Income group as the source draws it',
  valid_from_at timestamp comment 'From when the version holds (UTC), the first one from 1900-01-01',
  valid_to_at timestamp comment 'Until when it held (UTC, exclusive), null while open',
  is_current boolean comment 'The member\'s last version, also of a deleted member',
  is_deleted boolean comment 'The version ended by a deletion, with is_current the member is gone',
  is_inferred boolean comment 'Lines name the member, no source describes it yet'
)
using orc
location '${location}'
comment 'Who buys or might buy, one member per source identity, with the history of its attributes (SCD2). Grain: one row per customer identity and version, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'customer_version_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_customer (
  customer_key comment 'Durable key of the identity, the same on all its versions',
  customer_version_key comment 'Key of this version, hash of business key and true start',
  person_key comment 'The person behind the identity (type 1): the smallest customer_key of those linked by an address, people are counted by it',
  customer_namespace comment 'Who numbered the customer',
  customer_id comment 'Business key within the namespace',
  signup_date comment 'When the customer signed up',
  country comment 'Country of residence as the source names it',
  city comment 'City of residence',
  sex comment 'As the source codes it',
  age_band comment 'Age group as the source draws it',
  income_band comment 'Income group as the source draws it',
  valid_from_at comment 'From when the version holds (UTC), the first one from 1900-01-01',
  valid_to_at comment 'Until when it held (UTC, exclusive), null while open',
  is_current comment 'The member\'s last version, also of a deleted member',
  is_deleted comment 'The version ended by a deletion, with is_current the member is gone',
  is_inferred comment 'Lines name the member, no source describes it yet'
)
comment 'Who buys or might buy, one member per source identity, with the history of its attributes (SCD2).'
as select
  customer_key,
  customer_version_key,
  person_key,
  customer_namespace,
  customer_id,
  signup_date,
  country,
  city,
  sex,
  age_band,
  income_band,
  valid_from_at,
  valid_to_at,
  is_current,
  is_deleted,
  is_inferred
from ${release_db}.dim_customer;
