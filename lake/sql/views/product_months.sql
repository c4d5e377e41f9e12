-- product_months: one row per product and local month with a sale or return, with its sums in the shop's currency and how many
-- orders it adds to its month, its year and all time: an order counts once in each, with the first of its lines there.
-- Reads fct_sales and fct_returns.
with
lines as (
  select
    true as is_sale,
    product_key,
    sale_month as calendar_month,
    order_id,
    order_date,
    quantity,
    shop_net_amount
  from fct_sales
  union all
  select
    false as is_sale,
    product_key,
    return_month as calendar_month,
    order_id,
    null as order_date,
    quantity,
    shop_net_amount
  from fct_returns
),

told as (
  select
    *,
    left(calendar_month, 4) as calendar_year,
    lag(calendar_month) over (
      partition by order_id, product_key order by is_sale desc, calendar_month asc
    ) as previous_month
  from lines
)

select
  product_key,
  calendar_month,
  calendar_year,
  count_if(is_sale and coalesce(previous_month < calendar_month, true)) as month_order_count,
  count_if(is_sale and coalesce(left(previous_month, 4) < calendar_year, true)) as year_order_count,
  count_if(is_sale and previous_month is null) as all_order_count,
  sum(if(is_sale, quantity, 0)) as units,
  sum(if(is_sale, shop_net_amount, 0)) as shop_revenue_amount,
  sum(if(is_sale, 0, quantity)) as return_units,
  sum(if(is_sale, 0, shop_net_amount)) as shop_return_amount,
  count_if(shop_net_amount is null) as unconverted_line_count,
  min(order_date) as first_sale_date,
  max(order_date) as last_sale_date
from told
group by product_key, calendar_month, calendar_year
