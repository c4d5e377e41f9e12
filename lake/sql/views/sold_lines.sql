-- sold_lines: one row per line of an order that stands; what the line does not say is that of its order (until that comes,
-- a line without a time or currency of its own is not here), and a line goes with its order when that is deleted. Reads order_lines and orders (cleansed). Shipping that lines do not say is
-- that of the order less what its other lines say, shared out by net amount among the lines of the order's own month and
-- currency: whole cents, those left over to the greatest remainders (the first line of equal ones), so that the shares sum
-- to it exactly. All lines weigh the same where one is negative or the sum is 0.
with
-- two branches, so that a literal month reads only that month of lines, or of orders
matched as (
  select
    struct(line.*) as line,
    struct(header.*) as header,
    line.order_month as sale_month
  from order_lines as line
  left join orders as header on line.order_id = header.order_id
  where line.order_month is not null
  union all
  select
    struct(line.*) as line,
    struct(header.*) as header,
    header.order_month as sale_month
  from order_lines as line
  inner join orders as header on line.order_id = header.order_id
  where line.order_month is null
),

completed as (
  select
    line.order_line_id,
    line.order_id,
    coalesce(line.ordered_at, header.ordered_at) as ordered_at,
    coalesce(line.order_date, header.order_date) as order_date,
    if(line.customer_id is null, header.customer_namespace, line.customer_namespace) as customer_namespace,
    coalesce(line.customer_id, header.customer_id) as customer_id,
    line.product_id,
    coalesce(line.country, header.country) as country,
    coalesce(line.channel, header.channel) as channel,
    line.quantity,
    line.unit_price,
    line.gross_amount,
    line.discount_amount,
    line.net_amount,
    line.tax_amount,
    line.shipping_amount as own_shipping_amount,
    coalesce(line.currency, header.currency) as currency,
    line.promotion_id,
    if(
      coalesce(line.currency, header.currency) = header.currency and matched.sale_month = header.order_month,
      header.shipping_amount, null
    ) as order_shipping,
    matched.sale_month
  from matched
  where line.deleted_at is null and header.deleted_at is null and coalesce(line.currency, header.currency) is not null
),

sharing as (
  select
    order_line_id,
    order_id,
    sale_month,
    net_amount,
    own_shipping_amount,
    order_shipping
    - coalesce(sum(own_shipping_amount) over (partition by order_id, sale_month, order_shipping is null), 0) as shared_amount
  from completed
),

weighed as (
  select
    order_line_id,
    order_id,
    sale_month,
    shared_amount,
    cast(floor(abs(shared_amount) * 100) as decimal(18, 0)) as cents,
    if(min(net_amount) over lines_of_order < 0 or sum(net_amount) over lines_of_order = 0, 1, net_amount * 10000) as weight
  from sharing
  where shared_amount is not null and own_shipping_amount is null
  window lines_of_order as (partition by order_id, sale_month)
),

floored as (
  select
    *,
    cast(cents * weight as decimal(38, 0)) div cast(sum(weight) over lines_of_order as decimal(38, 0)) as whole_cents,
    cast(cents * weight as decimal(38, 0)) % cast(sum(weight) over lines_of_order as decimal(38, 0)) as remainder
  from weighed
  window lines_of_order as (partition by order_id, sale_month)
),

ranked as (
  select
    *,
    row_number() over (partition by order_id, sale_month order by remainder desc, order_line_id asc) as place,
    cents - sum(whole_cents) over (partition by order_id, sale_month) as left_cents
  from floored
),

-- what an amount has below the cent goes to the line with the greatest remainder
shares as (
  select
    order_line_id,
    order_id,
    sale_month,
    if(shared_amount < 0, -1, 1) * (
      (whole_cents + if(place <= left_cents, 1, 0)) * 0.01 + if(place = 1, abs(shared_amount) - cents * 0.01, 0)
    ) as shipping_amount
  from ranked
)

select
  completed.*,
  cast(coalesce(completed.own_shipping_amount, shares.shipping_amount) as decimal(18, 4)) as shipping_amount
from completed
left join shares
  on
    completed.order_line_id = shares.order_line_id
    and completed.order_id = shares.order_id
    and completed.sale_month = shares.sale_month
