-- fct_returns: one row per returned line that stands. return_month is the local month in which it came back.
-- Reads returns (cleansed), fct_sales (the sale that a return names: what the return does not say is that of its sale),
-- the versions as of returned_at (product_spans, customer_spans) and fct_fx_rates (the rate of the return's own day).
with
named_sales as (
  select
    sales.order_line_id,
    sales.order_date as sale_date,
    sales.customer_key,
    sales.product_key,
    sales.country_key,
    sales.channel,
    sales.promotion_key
  from fct_sales as sales
  left semi join returns on sales.order_line_id = returns.order_line_id
),

lines as (
  select
    back.*,
    sale.sale_date,
    coalesce(back.channel, sale.channel, 'unknown') as sale_channel,
    coalesce(sale.promotion_key, -1) as promotion_key,
    if(
      back.customer_id is null,
      coalesce(sale.customer_key, -1),
      durable_key(array(back.customer_namespace, back.customer_id))
    ) as customer_key,
    if(back.country is null, coalesce(sale.country_key, -1), durable_key(array(back.country))) as country_key,
    if(back.product_id is null, coalesce(sale.product_key, -1), durable_key(array(back.product_id))) as product_key
  from returns as back
  left join named_sales as sale on back.order_line_id = sale.order_line_id
  where back.deleted_at is null
),

placed as (
  select
    lines.*,
    coalesce(customer.customer_version_key, -1) as customer_version_key,
    coalesce(product.product_version_key, -1) as product_version_key,
    if(lines.currency = :currency, cast(1 as decimal(18, 8)), rate.fx_rate) as fx_rate
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
  left join fct_fx_rates as rate
    on
      lines.currency = rate.base_currency
      and rate.quote_currency = :currency
      and lines.return_date = rate.rate_date
      and lines.return_month = rate.rate_month
)

select
  return_line_id,
  order_id,
  returned_at,
  return_date,
  cast(year(return_date) * 10000 + month(return_date) * 100 + day(return_date) as bigint) as date_key,
  customer_key,
  customer_version_key,
  product_key,
  product_version_key,
  country_key,
  sale_channel as channel,
  quantity,
  unit_price,
  gross_amount,
  discount_amount,
  net_amount,
  currency,
  order_line_id,
  sale_date,
  return_reason,
  durable_key(array(order_id)) as order_key,
  promotion_key,
  fx_rate,
  :currency as shop_currency,
  cast(gross_amount * fx_rate as decimal(18, 4)) as shop_gross_amount,
  cast(discount_amount * fx_rate as decimal(18, 4)) as shop_discount_amount,
  -- the difference of the rounded ones, so that net is gross less discount here, too
  cast(cast(gross_amount * fx_rate as decimal(18, 4)) - cast(discount_amount * fx_rate as decimal(18, 4)) as decimal(18, 4))
    as shop_net_amount,
  tax_amount,
  shipping_amount,
  return_month
from placed
