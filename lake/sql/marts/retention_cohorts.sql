-- retention_cohorts: of the people who joined in a month, bought or not, how many bought in each month from then on.
-- Reads dim_person, dim_customer, fct_sales and trading_span (lake/sql/views, over fct_sales and fct_returns). Months before
-- the shop's first day with a sale or return are left out: nothing is known of them. An order before the month of joining
-- (of a guest who signed up later) counts in no cell.
with
cohorts as (
  select
    joined_month as cohort_month,
    count(*) as cohort_size
  from dim_person
  where joined_month is not null
  group by joined_month
),

buying_months as (
  select
    customer.person_key,
    sales.sale_month
  from fct_sales as sales
  inner join dim_customer as customer on sales.customer_key = customer.customer_key
  where customer.is_current and customer.customer_key <> -1
  group by customer.person_key, sales.sale_month
),

retained as (
  select
    people.joined_month as cohort_month,
    buying_months.sale_month as calendar_month,
    count(*) as retained_count
  from dim_person as people
  inner join buying_months on people.person_key = buying_months.person_key
  group by people.joined_month, buying_months.sale_month
),

cells as (
  select
    cohorts.cohort_month,
    cohorts.cohort_size,
    trading_span.last_date,
    explode(
      sequence(
        greatest(cast(concat(cohorts.cohort_month, '-01') as date), trunc(trading_span.first_date, 'MM')),
        trunc(trading_span.last_date, 'MM'),
        interval 1 month
      )
    ) as first_day
  from cohorts
  cross join trading_span
  where cast(concat(cohorts.cohort_month, '-01') as date) <= trading_span.last_date
),

dated as (
  select
    *,
    concat(lpad(year(first_day), 4, '0'), '-', lpad(month(first_day), 2, '0')) as calendar_month,
    cast(months_between(first_day, cast(concat(cohort_month, '-01') as date)) as int) as months_since_joining
  from cells
)

select
  dated.cohort_month,
  dated.months_since_joining,
  dated.calendar_month,
  dated.cohort_size,
  coalesce(retained.retained_count, 0) as retained_count,
  cast(coalesce(retained.retained_count, 0) / dated.cohort_size as decimal(18, 4)) as retention_rate,
  last_day(dated.first_day) > dated.last_date as is_partial
from dated
left join retained on dated.cohort_month = retained.cohort_month and dated.calendar_month = retained.calendar_month
