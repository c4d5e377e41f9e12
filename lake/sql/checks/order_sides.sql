-- order_sides: one row per order that stands, with both sides of its equations, their differences (_off) and what may
-- excuse one. Reads orders, payments, returns, order_statuses (cleansed), order_line_sums (lake/sql/views) and refused:
-- entity and order_id of rows in quarantine or held, order_id null where it cannot be read. is_settled: the newest payment
-- known (newest_payment: newest_date, of all orders) is at least :settling_days younger than the last thing that happened
-- to the order.
with
headers as (
  select
    order_id,
    order_date,
    order_status,
    currency,
    items_amount,
    discount_amount,
    shipping_amount,
    tax_amount,
    total_amount
  from orders
  where deleted_at is null
),

paid as (
  select
    order_id,
    currency,
    sum(if(payment_status = 'captured', amount, 0)) as captured_amount,
    sum(if(payment_status = 'refunded', amount, 0)) as refunded_amount,
    max(payment_date) as last_date
  from payments
  where deleted_at is null
  group by order_id, currency
),

returned as (
  select
    order_id,
    currency,
    sum(net_amount + coalesce(tax_amount, 0) + coalesce(shipping_amount, 0)) as returned_amount,
    bool_or(tax_amount is null) as lacks_tax,
    max(return_date) as last_date
  from returns
  where deleted_at is null
  group by order_id, currency
),

foreign_money as (
  select money.order_id
  from (
    select
      order_id,
      currency
    from paid
    union all
    select
      order_id,
      currency
    from returned
  ) as money
  inner join headers on money.order_id = headers.order_id and money.currency <> headers.currency
  group by money.order_id
),

seen as (
  select
    order_id,
    cast(max(effective_at) as date) as last_date
  from order_statuses
  group by order_id
),

refusals as (
  select
    order_id,
    concat_ws(', ', array_sort(collect_set(entity))) as entities
  from refused
  where order_id is not null
  group by order_id
),

unreadable as (
  select
    coalesce(bool_or(entity = 'order_lines'), false) as has_lines,
    coalesce(bool_or(entity = 'orders'), false) as has_headers,
    coalesce(bool_or(entity in ('orders', 'payments', 'returns')), false) as has_payments
  from refused
  where order_id is null
)

select
  header.*,
  lines.line_count,
  coalesce(lines.last_number > lines.line_count, false) as has_gap,
  coalesce(lines.currency_count > 1, false) as has_foreign_lines,
  foreign_money.order_id is not null as has_foreign_money,
  coalesce(returned.lacks_tax, false) and header.tax_amount <> 0 as lacks_returned_tax,
  lines.items_amount - header.items_amount as items_off,
  lines.discount_amount - header.discount_amount as discount_off,
  lines.tax_amount - header.tax_amount as tax_off,
  lines.shipping_amount - header.shipping_amount as shipping_off,
  header.items_amount - header.discount_amount + coalesce(header.shipping_amount, lines.shipping_amount, 0)
  + header.tax_amount - header.total_amount as total_off,
  coalesce(paid.captured_amount, 0) as captured_amount,
  coalesce(paid.refunded_amount, 0) as refunded_amount,
  coalesce(paid.captured_amount, 0) + coalesce(paid.refunded_amount, 0)
  - if(header.order_status = 'cancelled', 0, header.total_amount + coalesce(returned.returned_amount, 0)) as paid_off,
  datediff(newest.newest_date, greatest(header.order_date, paid.last_date, returned.last_date, seen.last_date))
  >= :settling_days as is_settled,
  refusals.entities as refused_entities,
  unreadable.has_lines,
  unreadable.has_headers,
  unreadable.has_payments
from headers as header
left join order_line_sums as lines on header.order_id = lines.order_id and header.currency = lines.currency
left join paid on header.order_id = paid.order_id and header.currency = paid.currency
left join returned on header.order_id = returned.order_id and header.currency = returned.currency
left join foreign_money on header.order_id = foreign_money.order_id
left join seen on header.order_id = seen.order_id
left join refusals on header.order_id = refusals.order_id
cross join newest_payment as newest
cross join unreadable
