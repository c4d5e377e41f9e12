-- fct_sales: What was sold, line by line, at the price and to the customer of that moment.
-- Grain: one row per line of an order.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_sales -f hive_ddl/spark/create_fct_sales.sql

create database if not exists ${release_db};

create table ${release_db}.fct_sales (
  order_line_id string comment 'Identity of the line within the shop',
  order_id string comment 'The order (degenerate dimension)',
  ordered_at timestamp comment 'When the order was placed (UTC)',
  order_date date comment 'When the order was placed, in the shop\'s time zone',
  date_key bigint comment 'order_date as yyyymmdd',
  customer_key bigint comment 'Durable key of the customer, -1 where the source does not know',
  customer_version_key bigint comment 'The customer as of ordered_at, -1 where the source does not know',
  product_key bigint comment 'Durable key of the product',
  product_version_key bigint comment 'The product as of ordered_at',
  country_key bigint comment 'Country of the line, -1 where the source names none',
  channel string comment 'Where it was ordered, unknown where the source does not say',
  quantity decimal(18,4) comment 'Units sold',
  unit_price decimal(18,4) comment 'Price of one unit before discounts, null where the quantity is 0',
  gross_amount decimal(18,4) comment 'Amount before discounts',
  discount_amount decimal(18,4) comment 'What was taken off the gross amount',
  net_amount decimal(18,4) comment 'Gross less discount, without tax and shipping',
  currency string comment 'ISO 4217 code of the amounts, never add two',
  order_key bigint comment 'Key of the order in dim_order',
  promotion_key bigint comment 'Promotion that gave the line\'s discount, -1 without one',
  tax_amount decimal(18,4) comment 'Tax on the net amount, null where the source does not say',
  shipping_amount decimal(18,4) comment 'Shipping of the line, else its share of the order\'s, in cents by net amount, the shares sum to it exactly, null where the source does not say',
  fx_rate decimal(18,8) comment 'Units of the shop\'s currency for one of the line\'s on order_date (the last rate known then), null where none was',
  shop_currency string comment 'ISO 4217 code of the shop_ amounts',
  shop_gross_amount decimal(18,4) comment 'gross_amount at fx_rate',
  shop_discount_amount decimal(18,4) comment 'discount_amount at fx_rate',
  shop_net_amount decimal(18,4) comment 'shop_gross_amount less shop_discount_amount',
  is_blacklisted boolean comment 'An address of the customer\'s person was blacklisted on order_date, the line counts all the same',
  sale_month string comment 'Local month of order_date (YYYY-MM), the partition'
)
using orc
partitioned by (sale_month)
clustered by (order_id) sorted by (order_id) into 4 buckets
location '${location}'
comment 'What was sold, line by line, at the price and to the customer of that moment. Grain: one row per line of an order.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'order_line_id');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_sales (
  order_line_id comment 'Identity of the line within the shop',
  order_id comment 'The order (degenerate dimension)',
  ordered_at comment 'When the order was placed (UTC)',
  order_date comment 'When the order was placed, in the shop\'s time zone',
  date_key comment 'order_date as yyyymmdd',
  customer_key comment 'Durable key of the customer, -1 where the source does not know',
  customer_version_key comment 'The customer as of ordered_at, -1 where the source does not know',
  product_key comment 'Durable key of the product',
  product_version_key comment 'The product as of ordered_at',
  country_key comment 'Country of the line, -1 where the source names none',
  channel comment 'Where it was ordered, unknown where the source does not say',
  quantity comment 'Units sold',
  unit_price comment 'Price of one unit before discounts, null where the quantity is 0',
  gross_amount comment 'Amount before discounts',
  discount_amount comment 'What was taken off the gross amount',
  net_amount comment 'Gross less discount, without tax and shipping',
  currency comment 'ISO 4217 code of the amounts, never add two',
  order_key comment 'Key of the order in dim_order',
  promotion_key comment 'Promotion that gave the line\'s discount, -1 without one',
  tax_amount comment 'Tax on the net amount, null where the source does not say',
  shipping_amount comment 'Shipping of the line, else its share of the order\'s, in cents by net amount, the shares sum to it exactly, null where the source does not say',
  fx_rate comment 'Units of the shop\'s currency for one of the line\'s on order_date (the last rate known then), null where none was',
  shop_currency comment 'ISO 4217 code of the shop_ amounts',
  shop_gross_amount comment 'gross_amount at fx_rate',
  shop_discount_amount comment 'discount_amount at fx_rate',
  shop_net_amount comment 'shop_gross_amount less shop_discount_amount',
  is_blacklisted comment 'An address of the customer\'s person was blacklisted on order_date, the line counts all the same',
  sale_month comment 'Local month of order_date (YYYY-MM), the partition'
)
comment 'What was sold, line by line, at the price and to the customer of that moment.'
as select
  order_line_id,
  order_id,
  ordered_at,
  order_date,
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
  order_key,
  promotion_key,
  tax_amount,
  shipping_amount,
  fx_rate,
  shop_currency,
  shop_gross_amount,
  shop_discount_amount,
  shop_net_amount,
  is_blacklisted,
  sale_month
from ${release_db}.fct_sales;

create or replace view ${shop_db}.fact_sales (
  order_line_id comment 'Identity of the line within the shop',
  order_id comment 'The order (degenerate dimension)',
  ordered_at comment 'When the order was placed (UTC)',
  order_date comment 'When the order was placed, in the shop\'s time zone',
  date_key comment 'order_date as yyyymmdd',
  customer_key comment 'Durable key of the customer, -1 where the source does not know',
  customer_version_key comment 'The customer as of ordered_at, -1 where the source does not know',
  product_key comment 'Durable key of the product',
  product_version_key comment 'The product as of ordered_at',
  country_key comment 'Country of the line, -1 where the source names none',
  channel comment 'Where it was ordered, unknown where the source does not say',
  quantity comment 'Units sold',
  unit_price comment 'Price of one unit before discounts, null where the quantity is 0',
  gross_amount comment 'Amount before discounts',
  discount_amount comment 'What was taken off the gross amount',
  net_amount comment 'Gross less discount, without tax and shipping',
  currency comment 'ISO 4217 code of the amounts, never add two',
  order_key comment 'Key of the order in dim_order',
  promotion_key comment 'Promotion that gave the line\'s discount, -1 without one',
  tax_amount comment 'Tax on the net amount, null where the source does not say',
  shipping_amount comment 'Shipping of the line, else its share of the order\'s, in cents by net amount, the shares sum to it exactly, null where the source does not say',
  fx_rate comment 'Units of the shop\'s currency for one of the line\'s on order_date (the last rate known then), null where none was',
  shop_currency comment 'ISO 4217 code of the shop_ amounts',
  shop_gross_amount comment 'gross_amount at fx_rate',
  shop_discount_amount comment 'discount_amount at fx_rate',
  shop_net_amount comment 'shop_gross_amount less shop_discount_amount',
  is_blacklisted comment 'An address of the customer\'s person was blacklisted on order_date, the line counts all the same',
  sale_month comment 'Local month of order_date (YYYY-MM), the partition'
)
comment 'What was sold, line by line, at the price and to the customer of that moment.'
as select
  order_line_id,
  order_id,
  ordered_at,
  order_date,
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
  order_key,
  promotion_key,
  tax_amount,
  shipping_amount,
  fx_rate,
  shop_currency,
  shop_gross_amount,
  shop_discount_amount,
  shop_net_amount,
  is_blacklisted,
  sale_month
from ${release_db}.fct_sales;
