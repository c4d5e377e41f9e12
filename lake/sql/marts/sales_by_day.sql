-- sales_by_day: what was sold and what came back, by local day, country of the line, category and channel, beside the day
-- before and the same date a year ago. Reads traded_lines and trading_span (lake/sql/views, over fct_sales,
-- fct_returns, dim_product and dim_country). Currencies are never added. Frames of 1 day and of 10000 in yyyymmdd find the
-- earlier rows of the group.
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
),

compared as (
  select
    *,
    sum(revenue_amount) over (
      partition by country, category, channel, currency
      order by unix_date(calendar_date) range between 1 preceding and 1 preceding
    ) as previous_revenue_amount,
    sum(revenue_amount) over (
      partition by country, category, channel, currency
      order by date_key range between 10000 preceding and 10000 preceding
    ) as last_year_revenue_amount
  from days
),

flagged as (
  select
    compared.* except (previous_revenue_amount, last_year_revenue_amount),
    cast(compared.revenue_amount + compared.return_amount as decimal(18, 4)) as net_revenue_amount,
    cast(
      coalesce(compared.previous_revenue_amount, if(compared.calendar_date > trading_span.first_date, 0, null)) as decimal(18, 4)
    ) as previous_revenue_amount,
    cast(
      coalesce(
        compared.last_year_revenue_amount, if(add_months(compared.calendar_date, -12) >= trading_span.first_date, 0, null)
      ) as decimal(18, 4)
    ) as last_year_revenue_amount,
    compared.calendar_date = trading_span.last_date as is_partial
  from compared
  cross join trading_span
)

select
  calendar_date,
  date_key,
  calendar_month,
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
  net_revenue_amount,
  previous_revenue_amount,
  last_year_revenue_amount,
  is_partial
from flagged
