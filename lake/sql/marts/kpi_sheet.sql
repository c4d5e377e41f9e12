-- kpi_sheet: one number per key figure, local month and currency (XXX, ISO 4217's "no currency", for plain counts).
-- Reads fct_sales, fct_returns and dim_customer. Every month with a sale, a return or a new customer has all counts;
-- a month without orders in a currency has no average basket in it.
with
lines as (
  select
    sale_month as calendar_month,
    currency,
    order_id,
    quantity,
    net_amount as revenue_amount,
    cast(0 as decimal(18, 4)) as return_amount
  from fct_sales
  union all
  select
    return_month as calendar_month,
    currency,
    null as order_id,
    cast(0 as decimal(18, 4)) as quantity,
    cast(0 as decimal(18, 4)) as revenue_amount,
    net_amount as return_amount
  from fct_returns
),

money as (
  select
    calendar_month,
    currency,
    cast(sum(revenue_amount) as decimal(18, 4)) as revenue_amount,
    cast(sum(return_amount) as decimal(18, 4)) as return_amount,
    cast(sum(revenue_amount) / nullif(count(distinct order_id), 0) as decimal(18, 4)) as average_basket_amount
  from lines
  group by calendar_month, currency
),

activity as (
  select
    calendar_month,
    sum(quantity) as units,
    count(distinct order_id) as order_count
  from lines
  group by calendar_month
),

first_sales as (
  select
    customer_key,
    min(sale_month) as first_month
  from fct_sales
  group by customer_key
),

people as (
  select
    customer.person_key,
    coalesce(
      concat(lpad(year(min(customer.signup_date)), 4, '0'), '-', lpad(month(min(customer.signup_date)), 2, '0')),
      min(sales.first_month)
    ) as calendar_month
  from dim_customer as customer
  left join first_sales as sales on customer.customer_key = sales.customer_key
  where customer.is_current and customer.customer_key <> -1
  group by customer.person_key
),

new_customers as (
  select
    calendar_month,
    count(*) as new_customer_count
  from people
  where calendar_month is not null
  group by calendar_month
),

counts as (
  select
    coalesce(activity.calendar_month, new_customers.calendar_month) as calendar_month,
    cast(coalesce(activity.units, 0) as decimal(18, 4)) as units,
    cast(coalesce(activity.order_count, 0) as decimal(18, 4)) as order_count,
    cast(coalesce(new_customers.new_customer_count, 0) as decimal(18, 4)) as new_customer_count
  from activity
  full outer join new_customers on activity.calendar_month = new_customers.calendar_month
),

figures as (
  select
    calendar_month,
    currency,
    'amount' as unit,
    explode(
      map('revenue', revenue_amount, 'returns', return_amount, 'average_basket', average_basket_amount)
    ) as (kpi, value)
  from money
  union all
  select
    calendar_month,
    'XXX' as currency,
    'count' as unit,
    explode(map('units', units, 'orders', order_count, 'new_customers', new_customer_count)) as (kpi, value)
  from counts
)

select
  kpi,
  calendar_month,
  value,
  unit,
  currency
from figures
where value is not null
