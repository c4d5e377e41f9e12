-- kpi_sheet: one number per key figure, local month and currency (XXX, ISO 4217's "no currency", for plain counts).
-- Reads fct_sales, fct_returns and dim_customer. Every month with a sale, a return or a new customer has all counts.
with
lines as (
  select
    sale_month as calendar_month,
    currency,
    order_id,
    net_amount as revenue_amount,
    cast(0 as decimal(18, 4)) as return_amount
  from fct_sales
  union all
  select
    return_month as calendar_month,
    currency,
    null as order_id,
    cast(0 as decimal(18, 4)) as revenue_amount,
    net_amount as return_amount
  from fct_returns
),

money as (
  select
    calendar_month,
    currency,
    sum(revenue_amount) as revenue_amount,
    count(distinct order_id) as order_count,
    sum(return_amount) as return_amount
  from lines
  group by calendar_month, currency
),

counts as (
  select
    sale_month as calendar_month,
    sum(quantity) as units,
    count(distinct order_id) as order_count
  from fct_sales
  group by sale_month
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
    count(*) as customer_count
  from people
  where calendar_month is not null
  group by calendar_month
),

months as (
  select calendar_month from money
  union
  select calendar_month from new_customers
),

figures as (
  select
    'revenue' as kpi,
    calendar_month,
    revenue_amount as value,
    'amount' as unit,
    currency
  from money
  union all
  select
    'returns' as kpi,
    calendar_month,
    return_amount as value,
    'amount' as unit,
    currency
  from money
  union all
  select
    'average_basket' as kpi,
    calendar_month,
    revenue_amount / order_count as value,
    'amount' as unit,
    currency
  from money
  where order_count > 0
  union all
  select
    'units' as kpi,
    months.calendar_month,
    coalesce(counts.units, 0) as value,
    'units' as unit,
    'XXX' as currency
  from months
  left join counts on months.calendar_month = counts.calendar_month
  union all
  select
    'orders' as kpi,
    months.calendar_month,
    coalesce(counts.order_count, 0) as value,
    'orders' as unit,
    'XXX' as currency
  from months
  left join counts on months.calendar_month = counts.calendar_month
  union all
  select
    'new_customers' as kpi,
    months.calendar_month,
    coalesce(new_customers.customer_count, 0) as value,
    'customers' as unit,
    'XXX' as currency
  from months
  left join new_customers on months.calendar_month = new_customers.calendar_month
),

rounded as (
  select
    kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    unit,
    currency
  from figures
)

select
  kpi,
  calendar_month,
  value,
  unit,
  currency
from rounded
