-- fct_payments: one row per attempt to pay and per refund. payment_month is the local month of the attempt; one whose
-- time the source does not tell has that of its order. Reads payments and orders (cleansed; the customer is the order's)
-- and fct_fx_rates (the rate of the payment's day).
with
-- two branches, so that a literal month reads only that month of payments, or of orders
matched as (
  select
    struct(payment.*) as payment,
    struct(header.*) as header,
    payment.payment_month
  from payments as payment
  left join orders as header on payment.order_id = header.order_id and header.deleted_at is null
  where payment.payment_month is not null
  union all
  select
    struct(payment.*) as payment,
    struct(header.*) as header,
    header.order_month as payment_month
  from payments as payment
  inner join orders as header on payment.order_id = header.order_id and header.deleted_at is null
  where payment.payment_month is null
),

completed as (
  select
    payment.payment_id,
    payment.order_id,
    coalesce(payment.paid_at, header.ordered_at) as paid_at,
    coalesce(payment.payment_date, header.order_date) as payment_date,
    durable_key(array(header.customer_namespace, header.customer_id)) as customer_key,
    payment.payment_method,
    payment.attempt_number,
    payment.payment_status,
    payment.amount,
    payment.currency,
    matched.payment_month
  from matched
  where payment.deleted_at is null
),

attempts as (
  select
    completed.*,
    if(completed.currency = :currency, cast(1 as decimal(18, 8)), rate.fx_rate) as fx_rate
  from completed
  left join fct_fx_rates as rate
    on
      completed.currency = rate.base_currency
      and rate.quote_currency = :currency
      and completed.payment_date = rate.rate_date
      and completed.payment_month = rate.rate_month
)

select
  payment_id,
  order_id,
  paid_at,
  payment_date,
  cast(year(payment_date) * 10000 + month(payment_date) * 100 + day(payment_date) as bigint) as date_key,
  durable_key(array(order_id)) as order_key,
  coalesce(customer_key, -1) as customer_key,
  durable_key(array(nullif(payment_method, 'unknown'))) as payment_method_key,
  coalesce(payment_method, 'unknown') as payment_method,
  attempt_number,
  payment_status,
  amount as payment_amount,
  currency,
  fx_rate,
  :currency as shop_currency,
  cast(amount * fx_rate as decimal(18, 4)) as shop_payment_amount,
  payment_month
from attempts
