-- dim_country: one row per country name that an order, a return or a customer carries, and the unknown member.
-- Reads order_lines, orders, returns and customers (cleansed).
with
named as (
  select country
  from order_lines
  where deleted_at is null and country is not null
  union
  select country
  from orders
  where deleted_at is null and country is not null
  union
  select country
  from returns
  where deleted_at is null and country is not null
  union
  select country
  from customers
  where country is not null
),

members as (
  select
    durable_key(array(country)) as country_key,
    country
  from named
  union all
  select
    cast(-1 as bigint) as country_key,
    'unknown' as country
)

select
  country_key,
  country
from members
