-- dim_currency: one row per currency that a source names, the shop's own, and the unknown member (XXX, ISO 4217's "no
-- currency"). Reads orders, order_lines, returns, payments and fx_rates (cleansed).
with
named as (
  select currency
  from orders
  where deleted_at is null and currency is not null
  union
  select currency
  from order_lines
  where deleted_at is null and currency is not null
  union
  select currency
  from returns
  where deleted_at is null and currency is not null
  union
  select currency
  from payments
  where deleted_at is null and currency is not null
  union
  select base_currency as currency
  from fx_rates
  where deleted_at is null
  union
  select quote_currency as currency
  from fx_rates
  where deleted_at is null
  union
  select :currency as currency
),

members as (
  select
    durable_key(array(currency)) as currency_key,
    currency,
    currency = :currency as is_shop_currency
  from named
  where currency <> 'XXX'
  union all
  select
    cast(-1 as bigint) as currency_key,
    'XXX' as currency,
    false as is_shop_currency
)

select
  currency_key,
  currency,
  is_shop_currency
from members
