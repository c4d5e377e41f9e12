-- sales_by_product: what was sold of each product and what came back, over all time, by local year and by month, in the
-- shop's currency. Every product of dim_product has a row over all time, sold or not; names are as they are now. Reads
-- product_months (lake/sql/views, over fct_sales and fct_returns) and dim_product. Lines whose rate is not known have units, but no amount: they are counted.
with
in_periods as (
  select
    *,
    inline(
      array(
        struct('all' as period_type, 'all' as period, all_order_count as order_count),
        struct('year' as period_type, calendar_year as period, year_order_count as order_count),
        struct('month' as period_type, calendar_month as period, month_order_count as order_count)
      )
    ) as (period_type, period, order_count)
  from product_months
),

totals as (
  select
    product_key,
    period_type,
    period,
    sum(units) as units,
    sum(order_count) as order_count,
    sum(shop_revenue_amount) as shop_revenue_amount,
    sum(return_units) as return_units,
    sum(shop_return_amount) as shop_return_amount,
    sum(unconverted_line_count) as unconverted_line_count,
    min(first_sale_date) as first_sale_date,
    max(last_sale_date) as last_sale_date
  from in_periods
  group by product_key, period_type, period
),

catalogue as (
  select
    product_key,
    product_id,
    product_name,
    coalesce(category, 'unknown') as category,
    is_deleted
  from dim_product
  where is_current and product_key <> -1
),

listed as (
  select
    catalogue.product_key,
    coalesce(totals.period_type, 'all') as period_type,
    coalesce(totals.period, 'all') as period,
    catalogue.product_id,
    catalogue.product_name,
    catalogue.category,
    catalogue.is_deleted,
    cast(coalesce(totals.units, 0) as decimal(18, 4)) as units,
    coalesce(totals.order_count, 0) as order_count,
    :currency as shop_currency,
    cast(coalesce(totals.shop_revenue_amount, 0) as decimal(18, 4)) as shop_revenue_amount,
    cast(coalesce(totals.return_units, 0) as decimal(18, 4)) as return_units,
    cast(coalesce(totals.shop_return_amount, 0) as decimal(18, 4)) as shop_return_amount,
    coalesce(totals.unconverted_line_count, 0) as unconverted_line_count,
    totals.first_sale_date,
    totals.last_sale_date
  from catalogue
  left join totals on catalogue.product_key = totals.product_key
)

select
  product_key,
  period_type,
  period,
  product_id,
  product_name,
  category,
  is_deleted,
  units,
  order_count,
  shop_currency,
  shop_revenue_amount,
  return_units,
  shop_return_amount,
  unconverted_line_count,
  first_sale_date,
  last_sale_date
from listed
