-- top_products: the hundred products with the greatest revenue of each local month, quarter and year, ties included.
-- Reads fct_sales, dim_date and dim_product (names as they are now). Currencies are ranked apart.
with
sold as (
  select
    sales.product_key,
    sales.currency,
    sales.sale_month,
    sales.date_key,
    sum(sales.quantity) as units,
    count(*) as order_line_count,
    sum(sales.net_amount) as revenue_amount
  from fct_sales as sales
  group by sales.product_key, sales.currency, sales.sale_month, sales.date_key
),

in_periods as (
  select
    sold.*,
    explode(
      map('month', dates.calendar_month, 'quarter', dates.calendar_quarter, 'year', lpad(dates.year, 4, '0'))
    ) as (period_type, period)
  from sold
  inner join dim_date as dates on sold.date_key = dates.date_key and sold.sale_month = dates.calendar_month
),

totals as (
  select
    period_type,
    period,
    currency,
    product_key,
    cast(sum(units) as decimal(18, 4)) as units,
    sum(order_line_count) as order_line_count,
    cast(sum(revenue_amount) as decimal(18, 4)) as revenue_amount
  from in_periods
  group by period_type, period, currency, product_key
),

ranked as (
  select
    *,
    rank() over (partition by period_type, period, currency order by revenue_amount desc) as revenue_rank
  from totals
),

named as (
  select
    ranked.*,
    product.product_id,
    product.product_name,
    coalesce(product.category, 'unknown') as category
  from ranked
  left join dim_product as product on ranked.product_key = product.product_key and product.is_current
  where ranked.revenue_rank <= 100
)

select
  period_type,
  period,
  currency,
  revenue_rank,
  product_key,
  product_id,
  product_name,
  category,
  units,
  order_line_count,
  revenue_amount
from named
