-- promotion_strata: one row per promotion, measure (sales: order lines; visits: views by visitors with a cookie, as programs
-- keep none) and covered product, with what was counted of it before, during and after the promotion, and as exposure what
-- was counted of the compared products on the same days. Days of the product with another promotion are left out.
-- Reads promotion_products (lake/sql/views), fct_sales and fct_daily_page_views.
with
counted as (
  select
    'sales' as measure,
    product_key,
    order_date as calendar_date,
    count(*) as n
  from fct_sales
  group by product_key, order_date
  union all
  select
    'visits' as measure,
    product_key,
    view_date as calendar_date,
    sum(view_count) as n
  from fct_daily_page_views
  where product_key <> -1 and page_key <> -1 and has_cookie
  group by product_key, view_date
),

-- one row per promotion, measure and day from 28 days before until 14 days after
matched as (
  select
    product.promotion_key,
    counted.measure,
    counted.calendar_date,
    sum(counted.n) as n
  from promotion_products as product
  inner join counted
    on
      product.product_key = counted.product_key
      and product.before_date <= counted.calendar_date
      and product.after_date >= counted.calendar_date
  where not product.is_covered
  group by product.promotion_key, counted.measure, counted.calendar_date
),

covered_days as (
  select
    product_key,
    explode(sequence(first_date, last_date)) as calendar_date
  from promotion_products
  where is_covered and first_date <= last_date
),

burdened as (
  select
    product_key,
    calendar_date,
    count(*) as promotion_count
  from covered_days
  group by product_key, calendar_date
),

cells as (
  select
    promotion_key,
    product_key,
    explode(sequence(before_date, after_date)) as calendar_date,
    first_date,
    last_date
  from promotion_products
  where is_covered and is_eligible and first_date <= last_date
),

periods as (
  select
    cell.promotion_key,
    cell.product_key,
    cell.calendar_date,
    case
      when cell.calendar_date < cell.first_date then 'before'
      when cell.calendar_date <= cell.last_date then 'during'
      else 'after'
    end as period
  from cells as cell
  left join burdened as burden on cell.product_key = burden.product_key and cell.calendar_date = burden.calendar_date
  where coalesce(burden.promotion_count, 0) = if(cell.calendar_date between cell.first_date and cell.last_date, 1, 0)
),

measures as (
  select explode(array('sales', 'visits')) as measure
)

select
  period.promotion_key,
  measures.measure,
  period.product_key,
  coalesce(sum(counted.n) filter (where period.period = 'before'), 0) as before_count,
  coalesce(sum(counted.n) filter (where period.period = 'during'), 0) as during_count,
  coalesce(sum(counted.n) filter (where period.period = 'after'), 0) as after_count,
  coalesce(sum(matched.n) filter (where period.period = 'before'), 0) as before_exposure,
  coalesce(sum(matched.n) filter (where period.period = 'during'), 0) as during_exposure,
  coalesce(sum(matched.n) filter (where period.period = 'after'), 0) as after_exposure
from periods as period
cross join measures
left join matched
  on
    period.promotion_key = matched.promotion_key
    and measures.measure = matched.measure
    and period.calendar_date = matched.calendar_date
left join counted
  on
    measures.measure = counted.measure
    and period.product_key = counted.product_key
    and period.calendar_date = counted.calendar_date
group by period.promotion_key, measures.measure, period.product_key
having count(matched.n) > 0
