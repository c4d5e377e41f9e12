-- dim_order: Orders as they stand, each once; sum their amounts here, never over lines.
-- Grain: one row per order, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_order -f hive_ddl/spark/create_dim_order.sql

create database if not exists ${release_db};

create table ${release_db}.dim_order (
  order_key bigint comment 'Key of the order',
  order_id string comment 'Business key',
  ordered_at timestamp comment 'When it was placed (UTC), null for an inferred order',
  order_date date comment 'When it was placed, in the shop\'s time zone',
  order_status string comment 'Such as placed, paid, shipped, delivered, cancelled or returned',
  channel string comment 'Where it was ordered, unknown where the source does not say',
  payment_method string comment 'How the customer chose to pay, unknown where the source does not say',
  coupon_code string comment 'Code that the customer typed',
  promotion_key bigint comment 'Promotion that the order was placed under, -1 without one',
  items_amount decimal(18,4) comment 'Sum of the lines before discounts, this and the next four are those of the header, else of the lines',
  discount_amount decimal(18,4) comment 'Sum of the discounts of the lines',
  shipping_amount decimal(18,4) comment 'What the customer paid for shipping',
  tax_amount decimal(18,4) comment 'Sum of the taxes of the lines',
  total_amount decimal(18,4) comment 'What the source says, else items less discounts, plus what is known of shipping and tax',
  currency string comment 'ISO 4217 code of the amounts, never add two',
  is_deleted boolean comment 'The source has deleted the order, its lines left the sales',
  is_inferred boolean comment 'Lines, returns or payments name it, no header describes it yet',
  order_month string comment 'Local month of order_date (YYYY-MM)'
)
using orc
location '${location}'
comment 'Orders as they stand, each once, sum their amounts here, never over lines. Grain: one row per order, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'order_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_order (
  order_key comment 'Key of the order',
  order_id comment 'Business key',
  ordered_at comment 'When it was placed (UTC), null for an inferred order',
  order_date comment 'When it was placed, in the shop\'s time zone',
  order_status comment 'Such as placed, paid, shipped, delivered, cancelled or returned',
  channel comment 'Where it was ordered, unknown where the source does not say',
  payment_method comment 'How the customer chose to pay, unknown where the source does not say',
  coupon_code comment 'Code that the customer typed',
  promotion_key comment 'Promotion that the order was placed under, -1 without one',
  items_amount comment 'Sum of the lines before discounts, this and the next four are those of the header, else of the lines',
  discount_amount comment 'Sum of the discounts of the lines',
  shipping_amount comment 'What the customer paid for shipping',
  tax_amount comment 'Sum of the taxes of the lines',
  total_amount comment 'What the source says, else items less discounts, plus what is known of shipping and tax',
  currency comment 'ISO 4217 code of the amounts, never add two',
  is_deleted comment 'The source has deleted the order, its lines left the sales',
  is_inferred comment 'Lines, returns or payments name it, no header describes it yet',
  order_month comment 'Local month of order_date (YYYY-MM)'
)
comment 'Orders as they stand, each once, sum their amounts here, never over lines.'
as select
  order_key,
  order_id,
  ordered_at,
  order_date,
  order_status,
  channel,
  payment_method,
  coupon_code,
  promotion_key,
  items_amount,
  discount_amount,
  shipping_amount,
  tax_amount,
  total_amount,
  currency,
  is_deleted,
  is_inferred,
  order_month
from ${release_db}.dim_order;
