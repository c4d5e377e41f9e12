-- sales_by_day: what was sold and what came back, by local day, country of the line, category and channel, beside the day
-- before and the same date a year ago. Reads fct_daily_sales. Frames of 1 day and of 10000 in yyyymmdd find the earlier
-- rows of the group.
with
span as (
  select
    min(calendar_date) as first_date,
    max(calendar_date) as last_date
  from fct_daily_sales
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
  from fct_daily_sales
),

flagged as (
  select
    compared.* except (previous_revenue_amount, last_year_revenue_amount),
    cast(compared.revenue_amount + compared.return_amount as decimal(18, 4)) as net_revenue_amount,
    cast(
      coalesce(compared.previous_revenue_amount, if(compared.calendar_date > span.first_date, 0, null)) as decimal(18, 4)
    ) as previous_revenue_amount,
    cast(
      coalesce(
        compared.last_year_revenue_amount, if(add_months(compared.calendar_date, -12) >= span.first_date, 0, null)
      ) as decimal(18, 4)
    ) as last_year_revenue_amount,
    compared.calendar_date = span.last_date as is_partial
  from compared
  cross join span
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
