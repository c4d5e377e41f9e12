-- fct_payments: one row per attempt to pay and per refund. payment_month is the local month of the attempt.
-- Reads payments and orders (cleansed; the customer is the order's) and fct_fx_rates (the rate of the payment's day).
with
attempts as (
  select
    payment.*,
    durable_key(array(header.customer_namespace, header.customer_id)) as customer_key,
    if(payment.currency = :currency, cast(1 as decimal(18, 8)), rate.fx_rate) as fx_rate
  from payments as payment
  left join orders as header on payment.order_id = header.order_id and header.deleted_at is null
  left join fct_fx_rates as rate
    on
      payment.currency = rate.base_currency
      and rate.quote_currency = :currency
      and payment.payment_date = rate.rate_date
      and payment.payment_month = rate.rate_month
  where payment.deleted_at is null
)

select
  payment_id,
  order_id,
  paid_at,
  payment_date,
  cast(year(payment_date) * 10000 + month(payment_date) * 100 + day(payment_date) as bigint) as date_key,
  durable_key(array(order_id)) as order_key,
  coalesce(customer_key, -1) as customer_key,
  durable_key(array(payment_method)) as payment_method_key,
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
