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
    explode(
      map('month', dates.calendar_month, 'quarter', dates.calendar_quarter, 'year', lpad(dates.year, 4, '0'))
    ) as (period_type, period)
  from fct_sales as sales
  inner join dim_date as dates on sales.date_key = dates.date_key and sales.sale_month = dates.calendar_month
  left join dim_product as product on sales.product_key = product.product_key and product.is_current
),

totals as (
  select
    period_type,
    period,
    currency,
    category,
    cast(sum(quantity) as decimal(18, 4)) as units,
    count(distinct order_id) as order_count,
    count(*) as order_line_count,
    cast(sum(net_amount) as decimal(18, 4)) as revenue_amount
  from sold
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
