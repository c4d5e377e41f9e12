-- traded_lines: one row per line that was sold or came back, with its country and the category of its product as of then.
-- Amounts and quantities of returns are negative. Reads fct_sales, fct_returns, dim_product and dim_country.
with
lines as (
  select
    true as is_sale,
    ordered_at as traded_at,
    order_date as calendar_date,
    date_key,
    sale_month as calendar_month,
    order_id,
    product_version_key,
    country_key,
    channel,
    currency,
    quantity,
    gross_amount,
    discount_amount,
    net_amount
  from fct_sales
  union all
  select
    false as is_sale,
    returned_at as traded_at,
    return_date as calendar_date,
    date_key,
    return_month as calendar_month,
    order_id,
    product_version_key,
    country_key,
    channel,
    currency,
    quantity,
    gross_amount,
    discount_amount,
    net_amount
  from fct_returns
)

select
  lines.*,
  coalesce(country.country, 'unknown') as country,
  coalesce(product.category, 'unknown') as category
from lines
left join dim_country as country on lines.country_key = country.country_key
left join dim_product as product on lines.product_version_key = product.product_version_key
