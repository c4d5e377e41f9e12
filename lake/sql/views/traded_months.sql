-- traded_months: one row per local month, country, category, channel and currency with a sale or return, with its sums and how
-- many orders it adds to its month, quarter and year: an order counts once in each, with the first of its lines there.
-- Reads traded_lines (beside this, over fct_sales, fct_returns, dim_product and dim_country).
with
told as (
  select
    *,
    trunc(calendar_date, 'MM') as month_start,
    lag(calendar_date) over (
      partition by order_id, country, category, channel, currency order by is_sale desc, calendar_date asc
    ) as previous_date
  from traded_lines
)

select
  calendar_month,
  month_start,
  country,
  category,
  channel,
  currency,
  count_if(is_sale and coalesce(previous_date < month_start, true)) as month_order_count,
  count_if(is_sale and coalesce(previous_date < trunc(month_start, 'QUARTER'), true)) as quarter_order_count,
  count_if(is_sale and coalesce(previous_date < trunc(month_start, 'YEAR'), true)) as year_order_count,
  sum(if(is_sale, quantity, null)) as units,
  count_if(is_sale) as order_line_count,
  sum(if(is_sale, gross_amount, null)) as gross_amount,
  sum(if(is_sale, discount_amount, null)) as discount_amount,
  sum(if(is_sale, net_amount, null)) as revenue_amount,
  sum(if(is_sale, null, quantity)) as return_units,
  count_if(not is_sale) as return_line_count,
  sum(if(is_sale, null, net_amount)) as return_amount
from told
group by calendar_month, month_start, country, category, channel, currency
