-- sales_by_month: what was sold and what came back, by local month, quarter and year (each line counts once in each),
-- country of the line, category and channel. Reads fct_sales, fct_returns, dim_date, dim_product and dim_country.
-- Sums of months are those of their quarter and year; order_count, a distinct count, is exact in its own row only.
with
lines as (
  select
    true as is_sale,
    date_key,
    sale_month as calendar_month,
    order_id,
    product_version_key,
    country_key,
    channel,
    currency,
    quantity,
    gross_amount,
    discount_amount,
    net_amount
  from fct_sales
  union all
  select
    false as is_sale,
    date_key,
    return_month as calendar_month,
    order_id,
    product_version_key,
    country_key,
    channel,
    currency,
    quantity,
    gross_amount,
    discount_amount,
    net_amount
  from fct_returns
),

labelled as (
  select
    lines.*,
    dates.year,
    dates.calendar_quarter,
    coalesce(country.country, 'unknown') as country,
    coalesce(product.category, 'unknown') as category
  from lines
  inner join dim_date as dates on lines.date_key = dates.date_key and lines.calendar_month = dates.calendar_month
  left join dim_country as country on lines.country_key = country.country_key
  left join dim_product as product on lines.product_version_key = product.product_version_key
),

in_periods as (
  select
    labelled.*,
    explode(
      map('month', labelled.calendar_month, 'quarter', labelled.calendar_quarter, 'year', lpad(labelled.year, 4, '0'))
    ) as (period_type, period)
  from labelled
),

totals as (
  select
    period_type,
    period,
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
  from in_periods
  group by period_type, period, country, category, channel, currency
)

select
  period_type,
  period,
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
  return_amount
from totals
