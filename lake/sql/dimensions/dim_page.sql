-- dim_page: one row per page of the web shop that was answered, and the unknown member.
-- Reads fct_daily_page_views.
with
-- few are left of all days, so that the least texts are found without sorting them all
told as (
  select distinct
    page,
    page_kind,
    funnel_step,
    product_id
  from fct_daily_page_views
  where page is not null
),

pages as (
  select
    page,
    min(page_kind) as page_kind,
    min(funnel_step) as funnel_step,
    if(min(product_id) = max(product_id), min(product_id), null) as product_id
  from told
  group by page
),

members as (
  select
    durable_key(array(page)) as page_key,
    page,
    page_kind,
    funnel_step,
    durable_key(array(product_id)) as product_key
  from pages
  union all
  select
    cast(-1 as bigint) as page_key,
    'unknown' as page,
    'unknown' as page_kind,
    cast(null as int) as funnel_step,
    cast(-1 as bigint) as product_key
)

select
  page_key,
  page,
  page_kind,
  funnel_step,
  product_key
from members
