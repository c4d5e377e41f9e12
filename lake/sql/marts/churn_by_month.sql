-- churn_by_month: of the people who had bought in the 90 days before a month, how many lapsed in it: their last order became
-- 90 days old and no other had come. A month is judged by orders up to its cut-off (its last day, or the shop's last day with
-- a sale or return): later ones change nothing. Who buys again later is active again and may lapse again.
-- Reads fct_sales, dim_customer and trading_span (lake/sql/views, over fct_sales and fct_returns).
with
buying_days as (
  select
    customer.person_key,
    sales.order_date
  from fct_sales as sales
  inner join dim_customer as customer on sales.customer_key = customer.customer_key
  where customer.is_current and customer.customer_key <> -1
  group by customer.person_key, sales.order_date
),

followed as (
  select
    person_key,
    order_date,
    date_add(order_date, 90) as lapse_date,
    lead(order_date) over (partition by person_key order by order_date) as next_date
  from buying_days
),

-- an order makes its person active at the start of every month up to the day on which it is 90 days old
active as (
  select
    person_key,
    explode(
      sequence(add_months(trunc(order_date, 'MM'), 1), trunc(lapse_date, 'MM'), interval 1 month)
    ) as first_day
  from followed
),

active_counts as (
  select
    first_day,
    count(distinct person_key) as active_customer_count
  from active
  group by first_day
),

lapsed_counts as (
  select
    trunc(followed.lapse_date, 'MM') as first_day,
    count(*) as churned_customer_count
  from followed
  cross join trading_span
  where
    (followed.next_date is null or followed.next_date > followed.lapse_date)
    and followed.lapse_date <= trading_span.last_date
  group by trunc(followed.lapse_date, 'MM')
),

months as (
  select
    last_date,
    explode(sequence(trunc(first_date, 'MM'), trunc(last_date, 'MM'), interval 1 month)) as first_day
  from trading_span
),

counted as (
  select
    months.first_day,
    least(last_day(months.first_day), months.last_date) as cut_off_date,
    coalesce(active_counts.active_customer_count, 0) as active_customer_count,
    coalesce(lapsed_counts.churned_customer_count, 0) as churned_customer_count
  from months
  left join active_counts on months.first_day = active_counts.first_day
  left join lapsed_counts on months.first_day = lapsed_counts.first_day
)

select
  concat(lpad(year(first_day), 4, '0'), '-', lpad(month(first_day), 2, '0')) as calendar_month,
  cut_off_date,
  active_customer_count,
  churned_customer_count,
  cast(churned_customer_count / nullif(active_customer_count, 0) as decimal(18, 4)) as churn_rate,
  cut_off_date < last_day(first_day) as is_partial
from counted
