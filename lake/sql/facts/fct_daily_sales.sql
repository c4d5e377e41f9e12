-- fct_daily_sales: what was sold and what came back, by local day, country of the line, category and channel. Currencies are
-- never added. Reads traded_lines (lake/sql/views, over fct_sales, fct_returns, dim_product and dim_country).
with
days as (
  select
    calendar_date,
    date_key,
    calendar_month,
    country,
    category,
    channel,
    currency,
    cast(coalesce(sum(if(is_sale, quantity, null)), 0) as decimal(18, 4)) as units,
    count(distinct if(is_sale, order_id, null)) as order_count,
    count_if(is_sale) as order_line_count,
    cast(coalesce(sum(if(is_sale, gross_amount, null)), 0) as decimal(18, 4)) as gross_amount,
    cast(coalesce(sum(if(is_sale, discount_amount, null)), 0) as decimal(18, 4)) as discount_amount,
    cast(coalesce(sum(if(is_sale, net_amount, null)), 0) as decimal(18, 4)) as revenue_amount,
    cast(coalesce(sum(if(is_sale, null, quantity)), 0) as decimal(18, 4)) as return_units,
    count_if(not is_sale) as return_line_count,
    cast(coalesce(sum(if(is_sale, null, net_amount)), 0) as decimal(18, 4)) as return_amount
  from traded_lines
  group by calendar_date, date_key, calendar_month, country, category, channel, currency
)

select
  calendar_date,
  date_key,
  country,
  category,
  channel,
  currency,
  units,
  order_count,
  order_line_count,
  gross_amount,
  discount_amount,
  revenue_amount,
  return_units,
  return_line_count,
  return_amount,
  calendar_month
from days
