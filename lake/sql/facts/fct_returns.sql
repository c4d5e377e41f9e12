-- fct_returns: one row per returned line that stands. return_month is the local month in which it came back.
-- Reads returns (cleansed), dim_product and dim_customer. The version is the one as of returned_at: the last that
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
    return_line_id,
    order_id,
    returned_at,
    return_date,
    cast(year(return_date) * 10000 + month(return_date) * 100 + day(return_date) as bigint) as date_key,
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
    return_month
  from returns
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
      and (customer.starts_at is null or lines.returned_at >= customer.starts_at)
      and (customer.ends_at is null or lines.returned_at < customer.ends_at)
  left join product_spans as product
    on
      lines.product_key = product.product_key
      and (product.starts_at is null or lines.returned_at >= product.starts_at)
      and (product.ends_at is null or lines.returned_at < product.ends_at)
)

select
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
  return_month
from placed
