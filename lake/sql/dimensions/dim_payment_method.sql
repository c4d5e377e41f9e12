-- dim_payment_method: one row per payment method that a source names, and the unknown member.
-- Reads orders and payments (cleansed).
with
named as (
  select payment_method
  from orders
  where deleted_at is null and payment_method is not null
  union
  select payment_method
  from payments
  where deleted_at is null and payment_method is not null
),

members as (
  select
    durable_key(array(payment_method)) as payment_method_key,
    payment_method
  from named
  where payment_method <> 'unknown'
  union all
  select
    cast(-1 as bigint) as payment_method_key,
    'unknown' as payment_method
)

select
  payment_method_key,
  payment_method
from members
