-- sales_by_month: what was sold and what came back, by local month, quarter and year (each line counts once in each),
-- country of the line, category and channel, beside the period before and the same one a year ago. Reads traded_months
-- and trading_span (lake/sql/views, over fct_sales, fct_returns, dim_product and dim_country). Sums of months are those of
-- their quarter and year; order_count, a distinct count, is exact in its own row only.
with
in_periods as (
  select
    *,
    inline(
      array(
        struct(
          'month' as period_type, calendar_month as period, month_start as first_day, 1 as months,
          month_order_count as order_count
        ),
        struct(
          'quarter' as period_type, concat(lpad(year(month_start), 4, '0'), '-Q', quarter(month_start)) as period,
          trunc(month_start, 'QUARTER') as first_day, 3 as months, quarter_order_count as order_count
        ),
        struct(
          'year' as period_type, lpad(year(month_start), 4, '0') as period, trunc(month_start, 'YEAR') as first_day,
          12 as months, year_order_count as order_count
        )
      )
    ) as (period_type, period, first_day, months, order_count)
  from traded_months
),

totals as (
  select
    period_type,
    period,
    first_day,
    months,
    country,
    category,
    channel,
    currency,
    cast(coalesce(sum(units), 0) as decimal(18, 4)) as units,
    sum(order_count) as order_count,
    sum(order_line_count) as order_line_count,
    cast(coalesce(sum(gross_amount), 0) as decimal(18, 4)) as gross_amount,
    cast(coalesce(sum(discount_amount), 0) as decimal(18, 4)) as discount_amount,
    cast(coalesce(sum(revenue_amount), 0) as decimal(18, 4)) as revenue_amount,
    cast(coalesce(sum(return_units), 0) as decimal(18, 4)) as return_units,
    sum(return_line_count) as return_line_count,
    cast(coalesce(sum(return_amount), 0) as decimal(18, 4)) as return_amount
  from in_periods
  group by period_type, period, first_day, months, country, category, channel, currency
),

-- of the same group: the row of one period before, and the one of twelve months before
compared as (
  select
    *,
    sum(revenue_amount) over (
      partition by period_type, country, category, channel, currency
      order by (year(first_day) * 12 + month(first_day) - 1) div months
      range between 1 preceding and 1 preceding
    ) as previous_revenue_amount,
    sum(revenue_amount) over (
      partition by period_type, country, category, channel, currency
      order by year(first_day) * 12 + month(first_day) range between 12 preceding and 12 preceding
    ) as last_year_revenue_amount,
    last_day(add_months(first_day, months - 1)) as final_day
  from totals
),

flagged as (
  select
    compared.* except (previous_revenue_amount, last_year_revenue_amount),
    cast(compared.revenue_amount + compared.return_amount as decimal(18, 4)) as net_revenue_amount,
    cast(
      coalesce(compared.previous_revenue_amount, if(compared.first_day > trading_span.first_date, 0, null)) as decimal(18, 4)
    ) as previous_revenue_amount,
    cast(
      coalesce(
        compared.last_year_revenue_amount,
        if(last_day(add_months(compared.final_day, -12)) >= trading_span.first_date, 0, null)
      ) as decimal(18, 4)
    ) as last_year_revenue_amount,
    compared.first_day < trading_span.first_date or compared.final_day > trading_span.last_date as is_partial
  from compared
  cross join trading_span
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
  return_amount,
  net_revenue_amount,
  previous_revenue_amount,
  last_year_revenue_amount,
  is_partial
from flagged
