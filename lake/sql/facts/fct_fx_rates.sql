-- fct_fx_rates: one row per pair of currencies and calendar day, from the pair's first rate to the last day with a
-- rate, sale, return, payment or figure of advertising; a day without a rate has the last known one. Pairs are those
-- that the source gives, and their inverse on days for which it does not give that. Reads fx_rates, order_lines, orders,
-- returns, payments and ad_stats (cleansed).
with
given as (
  select
    base_currency,
    quote_currency,
    rate_date,
    rate
  from fx_rates
  where deleted_at is null
),

both_ways as (
  select
    given.*,
    false as is_inverse
  from given
  union all
  select
    given.quote_currency as base_currency,
    given.base_currency as quote_currency,
    given.rate_date,
    cast(1 / given.rate as decimal(18, 8)) as rate,
    true as is_inverse
  from given
  left anti join given as direct
    on
      given.quote_currency = direct.base_currency
      and given.base_currency = direct.quote_currency
      and given.rate_date = direct.rate_date
),

event_dates as (
  select max(rate_date) as last_date from given
  union all
  select max(order_date) as last_date from order_lines
  union all
  select max(order_date) as last_date from orders
  union all
  select max(return_date) as last_date from returns
  union all
  select max(payment_date) as last_date from payments
  union all
  select max(ad_date) as last_date from ad_stats
),

spans as (
  select
    base_currency,
    quote_currency,
    rate_date,
    rate,
    is_inverse,
    lead(rate_date) over (partition by base_currency, quote_currency order by rate_date) as next_date
  from both_ways
),

ends as (
  select max(last_date) as last_date from event_dates
),

days as (
  select
    spans.*,
    explode(sequence(spans.rate_date, coalesce(date_sub(spans.next_date, 1), ends.last_date))) as calendar_date
  from spans
  cross join ends
)

select
  base_currency,
  quote_currency,
  calendar_date as rate_date,
  cast(year(calendar_date) * 10000 + month(calendar_date) * 100 + day(calendar_date) as bigint) as date_key,
  rate as fx_rate,
  rate_date as quoted_date,
  is_inverse,
  date_format(calendar_date, 'yyyy-MM') as rate_month
from days
