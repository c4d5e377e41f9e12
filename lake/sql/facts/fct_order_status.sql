-- fct_order_status: one row per order that stands, with the first moment of each status (an accumulating snapshot).
-- order_month is the local month of the order. Reads orders and order_statuses (cleansed). An extract a day may never
-- show a status that lasted hours: that moment is null, except that an order was placed when its header says so.
with
reached as (
  select
    order_id,
    min(if(order_status = 'paid', effective_at, null)) as paid_at,
    min(if(order_status = 'shipped', effective_at, null)) as shipped_at,
    min(if(order_status = 'delivered', effective_at, null)) as delivered_at,
    min(if(order_status = 'cancelled', effective_at, null)) as cancelled_at,
    min(if(order_status = 'returned', effective_at, null)) as returned_at
  from order_statuses
  group by order_id
),

states as (
  select
    header.*,
    header.ordered_at as placed_at,
    reached.paid_at,
    reached.shipped_at,
    reached.delivered_at,
    reached.cancelled_at,
    reached.returned_at
  from orders as header
  left join reached on header.order_id = reached.order_id
  where header.deleted_at is null
)

select
  order_id,
  durable_key(array(order_id)) as order_key,
  order_date,
  cast(year(order_date) * 10000 + month(order_date) * 100 + day(order_date) as bigint) as date_key,
  durable_key(array(customer_namespace, customer_id)) as customer_key,
  order_status,
  placed_at,
  paid_at,
  shipped_at,
  delivered_at,
  cancelled_at,
  returned_at,
  cast((unix_seconds(paid_at) - unix_seconds(placed_at)) / 86400 as decimal(18, 4)) as days_to_pay,
  cast((unix_seconds(shipped_at) - unix_seconds(placed_at)) / 86400 as decimal(18, 4)) as days_to_ship,
  cast((unix_seconds(delivered_at) - unix_seconds(shipped_at)) / 86400 as decimal(18, 4)) as days_to_deliver,
  order_month
from states
