-- fct_sales: one row per line of an order that stands. sale_month is the local month of the order.
-- Reads sold_lines (lake/sql/views: order_lines with what their orders say), the versions as of ordered_at
-- (product_spans, customer_spans), fct_fx_rates (the rate of the order's day) and dim_customer_listing.
with
lines as (
  select
    sold_lines.*,
    durable_key(array(sold_lines.customer_namespace, sold_lines.customer_id)) as customer_key,
    durable_key(array(sold_lines.product_id)) as product_key
  from sold_lines
),

placed as (
  select
    lines.*,
    coalesce(customer.customer_version_key, -1) as customer_version_key,
    coalesce(product.product_version_key, -1) as product_version_key,
    if(lines.currency = :currency, cast(1 as decimal(18, 8)), rate.fx_rate) as fx_rate,
    listing.customer_key is not null as is_blacklisted
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
  left join fct_fx_rates as rate
    on
      lines.currency = rate.base_currency
      and rate.quote_currency = :currency
      and lines.order_date = rate.rate_date
      and lines.sale_month = rate.rate_month
  left join dim_customer_listing as listing
    on
      lines.customer_key = listing.customer_key
      and lines.order_date >= listing.listed_date
      and (listing.last_date is null or lines.order_date <= listing.last_date)
)

select
  order_line_id,
  order_id,
  ordered_at,
  order_date,
  cast(year(order_date) * 10000 + month(order_date) * 100 + day(order_date) as bigint) as date_key,
  customer_key,
  customer_version_key,
  product_key,
  product_version_key,
  durable_key(array(country)) as country_key,
  coalesce(channel, 'unknown') as channel,
  quantity,
  unit_price,
  gross_amount,
  discount_amount,
  net_amount,
  currency,
  durable_key(array(order_id)) as order_key,
  durable_key(array(promotion_id)) as promotion_key,
  tax_amount,
  shipping_amount,
  fx_rate,
  :currency as shop_currency,
  cast(gross_amount * fx_rate as decimal(18, 4)) as shop_gross_amount,
  cast(discount_amount * fx_rate as decimal(18, 4)) as shop_discount_amount,
  -- the difference of the rounded ones, so that net is gross less discount here, too
  cast(cast(gross_amount * fx_rate as decimal(18, 4)) - cast(discount_amount * fx_rate as decimal(18, 4)) as decimal(18, 4))
    as shop_net_amount,
  is_blacklisted,
  sale_month
from placed
