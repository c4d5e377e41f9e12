-- fct_payments: Attempts to pay and refunds, each once; what was taken is captured, what went back is refunded (negative).
-- Grain: one row per attempt.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_payments -f hive_ddl/spark/create_fct_payments.sql

create database if not exists ${release_db};

create table ${release_db}.fct_payments (
  payment_id string comment 'Business key',
  order_id string comment 'The order (degenerate dimension)',
  paid_at timestamp comment 'When the attempt was made (UTC), or its order placed where the source does not say',
  payment_date date comment 'The day of paid_at, in the shop\'s time zone',
  date_key bigint comment 'payment_date as yyyymmdd',
  order_key bigint comment 'Key of the order in dim_order',
  customer_key bigint comment 'Durable key of the order\'s customer, -1 where the source does not know',
  payment_method_key bigint comment 'How it was tried, -1 where the source does not say',
  payment_method string comment 'How it was tried, unknown where the source does not say',
  attempt_number int comment 'Count of attempts for the order',
  payment_status string comment 'authorised, captured, failed or refunded',
  payment_amount decimal(18,4) comment 'Amount of the attempt, refunds are negative',
  currency string comment 'ISO 4217 code of the amount, never add two',
  fx_rate decimal(18,8) comment 'Units of the shop\'s currency for one of the payment\'s on payment_date, null where none was known',
  shop_currency string comment 'ISO 4217 code of shop_payment_amount',
  shop_payment_amount decimal(18,4) comment 'payment_amount at fx_rate',
  payment_month string comment 'Local month of payment_date (YYYY-MM), the partition'
)
using orc
partitioned by (payment_month)
clustered by (order_id) sorted by (order_id) into 4 buckets
location '${location}'
comment 'Attempts to pay and refunds, each once, what was taken is captured, what went back is refunded (negative). Grain: one row per attempt.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'payment_id');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_payments (
  payment_id comment 'Business key',
  order_id comment 'The order (degenerate dimension)',
  paid_at comment 'When the attempt was made (UTC), or its order placed where the source does not say',
  payment_date comment 'The day of paid_at, in the shop\'s time zone',
  date_key comment 'payment_date as yyyymmdd',
  order_key comment 'Key of the order in dim_order',
  customer_key comment 'Durable key of the order\'s customer, -1 where the source does not know',
  payment_method_key comment 'How it was tried, -1 where the source does not say',
  payment_method comment 'How it was tried, unknown where the source does not say',
  attempt_number comment 'Count of attempts for the order',
  payment_status comment 'authorised, captured, failed or refunded',
  payment_amount comment 'Amount of the attempt, refunds are negative',
  currency comment 'ISO 4217 code of the amount, never add two',
  fx_rate comment 'Units of the shop\'s currency for one of the payment\'s on payment_date, null where none was known',
  shop_currency comment 'ISO 4217 code of shop_payment_amount',
  shop_payment_amount comment 'payment_amount at fx_rate',
  payment_month comment 'Local month of payment_date (YYYY-MM), the partition'
)
comment 'Attempts to pay and refunds, each once, what was taken is captured, what went back is refunded (negative).'
as select
  payment_id,
  order_id,
  paid_at,
  payment_date,
  date_key,
  order_key,
  customer_key,
  payment_method_key,
  payment_method,
  attempt_number,
  payment_status,
  payment_amount,
  currency,
  fx_rate,
  shop_currency,
  shop_payment_amount,
  payment_month
from ${release_db}.fct_payments;
