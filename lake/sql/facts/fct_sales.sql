-- fct_sales: one row per line of an order that stands. sale_month is the local month of the order.
-- Reads order_lines (cleansed), dim_product and dim_customer. The version is the one as of ordered_at: the last that
-- had started, so a deleted member keeps its last version, and the first version also serves what came before it.
with
product_spans as (
  select
    product_key,
    product_version_key,
    if(lag(valid_from_at) over versions_in_time is null, null, valid_from_at) as starts_at,
    lead(valid_from_at) over versions_in_time as ends_at
  from dim_product
  window versions_in_time as (partition by product_key order by valid_from_at)
),

customer_spans as (
  select
    customer_key,
    customer_version_key,
    if(lag(valid_from_at) over versions_in_time is null, null, valid_from_at) as starts_at,
    lead(valid_from_at) over versions_in_time as ends_at
  from dim_customer
  window versions_in_time as (partition by customer_key order by valid_from_at)
),

lines as (
  select
    order_line_id,
    order_id,
    ordered_at,
    order_date,
    cast(year(order_date) * 10000 + month(order_date) * 100 + day(order_date) as bigint) as date_key,
    durable_key(array(customer_namespace, customer_id)) as customer_key,
    durable_key(array(product_id)) as product_key,
    durable_key(array(country)) as country_key,
    coalesce(channel, 'unknown') as channel,
    quantity,
    unit_price,
    gross_amount,
    discount_amount,
    net_amount,
    currency,
    order_month as sale_month
  from order_lines
  where deleted_at is null
),

placed as (
  select
    lines.*,
    coalesce(customer.customer_version_key, -1) as customer_version_key,
    coalesce(product.product_version_key, -1) as product_version_key
  from lines
  left join customer_spans as customer
    on
      lines.customer_key = customer.customer_key
      and (customer.starts_at is null or lines.ordered_at >= customer.starts_at)
      and (customer.ends_at is null or lines.ordered_at < customer.ends_at)
  left join product_spans as product
    on
      lines.product_key = product.product_key
      and (product.starts_at is null or lines.ordered_at >= product.starts_at)
      and (product.ends_at is null or lines.ordered_at < product.ends_at)
)

select
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
  sale_month
from placed
