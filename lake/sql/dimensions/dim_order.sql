-- dim_order: one row per order, inferred members for orders that only lines, returns or payments name, and -1.
-- Reads orders, returns and payments (cleansed), order_line_sums (lake/sql/views). The row is that of now; a deleted order
-- stays, marked. What the header leaves open is the sum of its standing lines, if all are in its currency and say it; the
-- total that of items less discounts, plus what is known of shipping and tax.
with
headers as (
  select
    header.*,
    coalesce(header.items_amount, sums.items_amount) as items,
    coalesce(header.discount_amount, sums.discount_amount) as discounts,
    coalesce(header.shipping_amount, sums.shipping_amount) as shipping,
    coalesce(header.tax_amount, sums.tax_amount) as taxes
  from orders as header
  left join order_line_sums as sums
    on
      header.order_id = sums.order_id
      and header.currency = sums.currency
      and sums.currency_count = 1
),

named as (
  select order_id
  from order_line_sums
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
    cast(items as decimal(18, 4)) as items_amount,
    cast(discounts as decimal(18, 4)) as discount_amount,
    cast(shipping as decimal(18, 4)) as shipping_amount,
    cast(taxes as decimal(18, 4)) as tax_amount,
    cast(coalesce(total_amount, items - discounts + coalesce(shipping, 0) + coalesce(taxes, 0)) as decimal(18, 4))
      as total_amount,
    currency,
    deleted_at is not null as is_deleted,
    false as is_inferred,
    order_month
  from headers
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
