-- kpi_sheet: a number per key figure, local month and currency (XXX, ISO 4217's "no currency", where it is no amount).
-- Rendered from conf/kpis by `lake kpis render`: write there, not here. What a shop's tables do not hold has no row.
with
chiffre_affaire_par_mois as (
  select
    period as calendar_month,
    currency,
    sum(revenue_amount) as value
  from sales_by_month
  where period_type = 'month'
  group by period, currency
),

returns as (
  select
    period as calendar_month,
    currency,
    sum(return_amount) as value
  from sales_by_month
  where period_type = 'month'
  group by period, currency
),

orders as (
  with
  counted as (
    select
      sale_month as calendar_month,
      count(distinct order_id) as order_count
    from fct_sales
    group by sale_month
    union all
    select
      period as calendar_month,
      0 as order_count
    from sales_by_month
    where period_type = 'month'
    group by period
  )

  select
    calendar_month,
    'XXX' as currency,
    sum(order_count) as value
  from counted
  group by calendar_month
),

units as (
  select
    period as calendar_month,
    'XXX' as currency,
    sum(units) as value
  from sales_by_month
  where period_type = 'month'
  group by period
),

average_basket as (
  select
    sale_month as calendar_month,
    currency,
    sum(net_amount) / count(distinct order_id) as value
  from fct_sales
  group by sale_month, currency
),

avg_cart_per_month as (
  select
    order_month as calendar_month,
    currency,
    avg(total_amount) as value
  from dim_order
  where not is_deleted and total_amount is not null
  group by order_month, currency
),

new_customers_per_month as (
  with
  counted as (
    select
      joined_month as calendar_month,
      count(*) as people_count
    from dim_person
    where joined_month is not null
    group by joined_month
    union all
    select
      period as calendar_month,
      0 as people_count
    from sales_by_month
    where period_type = 'month'
    group by period
  )

  select
    calendar_month,
    'XXX' as currency,
    sum(people_count) as value
  from counted
  group by calendar_month
),

return_rate as (
  select
    period as calendar_month,
    'XXX' as currency,
    sum(-return_units) / nullif(sum(units), 0) as value
  from sales_by_month
  where period_type = 'month'
  group by period
),

retention as (
  select
    calendar_month,
    'XXX' as currency,
    sum(retained_count) / sum(cohort_size) as value
  from retention_cohorts
  where months_since_joining >= 1
  group by calendar_month
),

churn as (
  select
    calendar_month,
    'XXX' as currency,
    churn_rate as value
  from churn_by_month
),

conversion as (
  select
    calendar_month,
    'XXX' as currency,
    sum(order_session_count) / nullif(sum(session_count), 0) as value
  from web_funnel
  group by calendar_month
),

mood as (
  select
    interaction_month as calendar_month,
    'XXX' as currency,
    avg(score) as value
  from fct_sentiments
  where is_latest and is_interaction_known
  group by interaction_month
),

figures as (
  select
    explode(array('chiffre_affaire_par_mois', 'revenue')) as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'amount' as unit,
    currency
  from chiffre_affaire_par_mois
  union all
  select
    'returns' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'amount' as unit,
    currency
  from returns
  union all
  select
    'orders' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'count' as unit,
    currency
  from orders
  union all
  select
    'units' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'count' as unit,
    currency
  from units
  union all
  select
    'average_basket' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'amount' as unit,
    currency
  from average_basket
  union all
  select
    explode(array('avg_cart_per_month', 'average_cart')) as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'amount' as unit,
    currency
  from avg_cart_per_month
  union all
  select
    explode(array('new_customers_per_month', 'new_customers')) as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'count' as unit,
    currency
  from new_customers_per_month
  union all
  select
    'return_rate' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'rate' as unit,
    currency
  from return_rate
  union all
  select
    'retention' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'rate' as unit,
    currency
  from retention
  union all
  select
    'churn' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'rate' as unit,
    currency
  from churn
  union all
  select
    'conversion' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'rate' as unit,
    currency
  from conversion
  union all
  select
    'mood' as kpi,
    calendar_month,
    cast(value as decimal(18, 4)) as value,
    'score' as unit,
    currency
  from mood
)

select
  kpi,
  calendar_month,
  value,
  unit,
  currency
from figures
where value is not null
