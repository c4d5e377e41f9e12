-- fct_returns: What came back, line by line, when it came back; quantity and amounts are negative.
-- Grain: one row per returned line.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_returns -f hive_ddl/spark/create_fct_returns.sql

create database if not exists ${release_db};

create table ${release_db}.fct_returns (
  return_line_id string comment 'Identity of the line within the shop',
  order_id string comment 'The order (degenerate dimension), the credit note where the source names no order',
  returned_at timestamp comment 'When it came back (UTC)',
  return_date date comment 'When it came back, in the shop\'s time zone',
  date_key bigint comment 'return_date as yyyymmdd',
  customer_key bigint comment 'Durable key of the customer, else of the sale\'s, -1 where neither is known',
  customer_version_key bigint comment 'The customer as of returned_at, -1 where the source does not know',
  product_key bigint comment 'Durable key of the product, else of the sale\'s, -1 while neither is known',
  product_version_key bigint comment 'The product as of returned_at, -1 while it is not known',
  country_key bigint comment 'Country of the return, else of its sale, -1 where neither names one',
  channel string comment 'Where it had been ordered, unknown where neither return nor sale says',
  quantity decimal(18,4) comment 'Units that came back (negative)',
  unit_price decimal(18,4) comment 'Price of one unit before discounts, null where the quantity is 0',
  gross_amount decimal(18,4) comment 'Amount before discounts',
  discount_amount decimal(18,4) comment 'What was taken off the gross amount',
  net_amount decimal(18,4) comment 'Gross less discount, without tax and shipping',
  currency string comment 'ISO 4217 code of the amounts, never add two',
  order_line_id string comment 'The line of the order that came back, null where the source does not say',
  sale_date date comment 'Local day of the sale, null while the sale is not known',
  return_reason string comment 'Reason as the customer gave it',
  order_key bigint comment 'Key of the order in dim_order',
  promotion_key bigint comment 'Promotion that gave the sale\'s discount, -1 without one',
  fx_rate decimal(18,8) comment 'Units of the shop\'s currency for one of the line\'s on return_date (the last rate known then), null where none was',
  shop_currency string comment 'ISO 4217 code of the shop_ amounts',
  shop_gross_amount decimal(18,4) comment 'gross_amount at fx_rate',
  shop_discount_amount decimal(18,4) comment 'discount_amount at fx_rate',
  shop_net_amount decimal(18,4) comment 'shop_gross_amount less shop_discount_amount',
  tax_amount decimal(18,4) comment 'Tax that was given back with the net amount (negative), null where the source does not say',
  shipping_amount decimal(18,4) comment 'Shipping that was given back besides (negative), null where the source does not say',
  return_month string comment 'Local month of return_date (YYYY-MM), the partition'
)
using orc
partitioned by (return_month)
clustered by (order_id) sorted by (order_id) into 4 buckets
location '${location}'
comment 'What came back, line by line, when it came back, quantity and amounts are negative. Grain: one row per returned line.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'return_line_id');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_returns (
  return_line_id comment 'Identity of the line within the shop',
  order_id comment 'The order (degenerate dimension), the credit note where the source names no order',
  returned_at comment 'When it came back (UTC)',
  return_date comment 'When it came back, in the shop\'s time zone',
  date_key comment 'return_date as yyyymmdd',
  customer_key comment 'Durable key of the customer, else of the sale\'s, -1 where neither is known',
  customer_version_key comment 'The customer as of returned_at, -1 where the source does not know',
  product_key comment 'Durable key of the product, else of the sale\'s, -1 while neither is known',
  product_version_key comment 'The product as of returned_at, -1 while it is not known',
  country_key comment 'Country of the return, else of its sale, -1 where neither names one',
  channel comment 'Where it had been ordered, unknown where neither return nor sale says',
  quantity comment 'Units that came back (negative)',
  unit_price comment 'Price of one unit before discounts, null where the quantity is 0',
  gross_amount comment 'Amount before discounts',
  discount_amount comment 'What was taken off the gross amount',
  net_amount comment 'Gross less discount, without tax and shipping',
  currency comment 'ISO 4217 code of the amounts, never add two',
  order_line_id comment 'The line of the order that came back, null where the source does not say',
  sale_date comment 'Local day of the sale, null while the sale is not known',
  return_reason comment 'Reason as the customer gave it',
  order_key comment 'Key of the order in dim_order',
  promotion_key comment 'Promotion that gave the sale\'s discount, -1 without one',
  fx_rate comment 'Units of the shop\'s currency for one of the line\'s on return_date (the last rate known then), null where none was',
  shop_currency comment 'ISO 4217 code of the shop_ amounts',
  shop_gross_amount comment 'gross_amount at fx_rate',
  shop_discount_amount comment 'discount_amount at fx_rate',
  shop_net_amount comment 'shop_gross_amount less shop_discount_amount',
  tax_amount comment 'Tax that was given back with the net amount (negative), null where the source does not say',
  shipping_amount comment 'Shipping that was given back besides (negative), null where the source does not say',
  return_month comment 'Local month of return_date (YYYY-MM), the partition'
)
comment 'What came back, line by line, when it came back, quantity and amounts are negative.'
as select
  return_line_id,
  order_id,
  returned_at,
  return_date,
  date_key,
  customer_key,
  customer_version_key,
  product_key,
  product_version_key,
  country_key,
  channel,
  quantity,
  unit_price,
  gross_amount,
  discount_amount,
  net_amount,
  currency,
  order_line_id,
  sale_date,
  return_reason,
  order_key,
  promotion_key,
  fx_rate,
  shop_currency,
  shop_gross_amount,
  shop_discount_amount,
  shop_net_amount,
  tax_amount,
  shipping_amount,
  return_month
from ${release_db}.fct_returns;
