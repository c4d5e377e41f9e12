-- top_categories: product categories by revenue in each local month, quarter and year; equal revenues share a rank.
-- Reads fct_sales, dim_date and dim_product (categories as they are now). Currencies are ranked apart.
with
sold as (
  select
    coalesce(product.category, 'unknown') as category,
    sales.currency,
    sales.order_id,
    sales.quantity,
    sales.net_amount,
    dates.calendar_month,
    dates.calendar_quarter,
    lpad(dates.year, 4, '0') as calendar_year
  from fct_sales as sales
  inner join dim_date as dates on sales.date_key = dates.date_key and sales.sale_month = dates.calendar_month
  left join dim_product as product on sales.product_key = product.product_key and product.is_current
),

told as (
  select
    *,
    lag(calendar_month) over lines_of_order as previous_month,
    lag(calendar_quarter) over lines_of_order as previous_quarter,
    lag(calendar_year) over lines_of_order as previous_year
  from sold
  window lines_of_order as (partition by order_id, category, currency order by calendar_month)
),

-- an order counts once in each period: with the first of its lines there
by_month as (
  select
    calendar_month,
    calendar_quarter,
    calendar_year,
    currency,
    category,
    count_if(coalesce(previous_month < calendar_month, true)) as month_order_count,
    count_if(coalesce(previous_quarter < calendar_quarter, true)) as quarter_order_count,
    count_if(coalesce(previous_year < calendar_year, true)) as year_order_count,
    sum(quantity) as units,
    count(*) as order_line_count,
    sum(net_amount) as revenue_amount
  from told
  group by calendar_month, calendar_quarter, calendar_year, currency, category
),

in_periods as (
  select
    *,
    inline(
      array(
        struct('month' as period_type, calendar_month as period, month_order_count as order_count),
        struct('quarter' as period_type, calendar_quarter as period, quarter_order_count as order_count),
        struct('year' as period_type, calendar_year as period, year_order_count as order_count)
      )
    ) as (period_type, period, order_count)
  from by_month
),

totals as (
  select
    period_type,
    period,
    currency,
    category,
    cast(sum(units) as decimal(18, 4)) as units,
    sum(order_count) as order_count,
    sum(order_line_count) as order_line_count,
    cast(sum(revenue_amount) as decimal(18, 4)) as revenue_amount
  from in_periods
  group by period_type, period, currency, category
),

ranked as (
  select
    *,
    rank() over (partition by period_type, period, currency order by revenue_amount desc) as revenue_rank,
    cast(
      revenue_amount / nullif(sum(revenue_amount) over (partition by period_type, period, currency), 0) as decimal(18, 4)
    ) as revenue_share_rate
  from totals
)

select
  period_type,
  period,
  currency,
  revenue_rank,
  category,
  units,
  order_count,
  order_line_count,
  revenue_amount,
  revenue_share_rate
from ranked
