-- dim_order: one row per order, inferred members for orders that only lines, returns or payments name, and -1.
-- Reads orders, order_lines, returns and payments (cleansed). The row is that of now; a deleted order stays, marked.
with
named as (
  select order_id
  from order_lines
  where deleted_at is null
  union
  select order_id
  from returns
  where deleted_at is null
  union
  select order_id
  from payments
  where deleted_at is null
),

inferred as (
  select named.order_id
  from named
  left anti join orders as known on named.order_id = known.order_id
),

undescribed as (
  select
    durable_key(array(order_id)) as order_key,
    order_id,
    true as is_inferred
  from inferred
  union all
  select
    cast(-1 as bigint) as order_key,
    'unknown' as order_id,
    false as is_inferred
),

members as (
  select
    durable_key(array(order_id)) as order_key,
    order_id,
    ordered_at,
    order_date,
    order_status,
    coalesce(channel, 'unknown') as channel,
    coalesce(payment_method, 'unknown') as payment_method,
    coupon_code,
    durable_key(array(promotion_id)) as promotion_key,
    items_amount,
    discount_amount,
    shipping_amount,
    tax_amount,
    total_amount,
    currency,
    deleted_at is not null as is_deleted,
    false as is_inferred,
    order_month
  from orders
  union all
  select
    order_key,
    order_id,
    null as ordered_at,
    null as order_date,
    null as order_status,
    'unknown' as channel,
    'unknown' as payment_method,
    null as coupon_code,
    cast(-1 as bigint) as promotion_key,
    null as items_amount,
    null as discount_amount,
    null as shipping_amount,
    null as tax_amount,
    null as total_amount,
    null as currency,
    false as is_deleted,
    is_inferred,
    null as order_month
  from undescribed
)

select
  order_key,
  order_id,
  ordered_at,
  order_date,
  order_status,
  channel,
  payment_method,
  coupon_code,
  promotion_key,
  items_amount,
  discount_amount,
  shipping_amount,
  tax_amount,
  total_amount,
  currency,
  is_deleted,
  is_inferred,
  order_month
from members
