-- dim_date: one row per day, from 1 January of the first to 31 December of the last year with a sale, return, payment,
-- rate of exchange, visit, post or figure of advertising. Reads order_lines, orders, returns, payments, fx_rates,
-- social_interactions and ad_stats (cleansed) and fct_daily_page_views; local dates of the shop.
with
event_dates as (
  select
    min(order_date) as first_date,
    max(order_date) as last_date
  from order_lines
  where deleted_at is null
  union all
  select
    min(return_date) as first_date,
    max(return_date) as last_date
  from returns
  where deleted_at is null
  union all
  select
    min(order_date) as first_date,
    max(order_date) as last_date
  from orders
  where deleted_at is null
  union all
  select
    min(payment_date) as first_date,
    max(payment_date) as last_date
  from payments
  where deleted_at is null
  union all
  select
    min(rate_date) as first_date,
    max(rate_date) as last_date
  from fx_rates
  where deleted_at is null
  union all
  select
    min(view_date) as first_date,
    max(view_date) as last_date
  from fct_daily_page_views
  union all
  select
    min(interaction_date) as first_date,
    max(interaction_date) as last_date
  from social_interactions
  where deleted_at is null
  union all
  select
    min(ad_date) as first_date,
    max(ad_date) as last_date
  from ad_stats
  where deleted_at is null
),

bounds as (
  select
    make_date(year(min(first_date)), 1, 1) as first_date,
    make_date(year(max(last_date)), 12, 31) as last_date
  from event_dates
),

days as (
  select explode(sequence(first_date, last_date)) as calendar_date
  from bounds
),

described as (
  select
    cast(year(calendar_date) * 10000 + month(calendar_date) * 100 + day(calendar_date) as bigint) as date_key,
    calendar_date,
    year(calendar_date) as year,
    quarter(calendar_date) as quarter,
    month(calendar_date) as month_number,
    day(calendar_date) as day_of_month,
    weekday(calendar_date) + 1 as day_of_week,
    weekday(calendar_date) >= 5 as is_weekend,
    cast(extract(yearofweek from calendar_date) as int) as iso_year,
    weekofyear(calendar_date) as iso_week,
    concat(lpad(year(calendar_date), 4, '0'), '-Q', quarter(calendar_date)) as calendar_quarter,
    concat(lpad(year(calendar_date), 4, '0'), '-', lpad(month(calendar_date), 2, '0')) as calendar_month
  from days
)

select
  date_key,
  calendar_date,
  year,
  quarter,
  month_number,
  day_of_month,
  day_of_week,
  is_weekend,
  iso_year,
  iso_week,
  calendar_quarter,
  calendar_month
from described
