-- fct_daily_page_views: one row per local day, page, what its addresses name, and whether the visitors keep a cookie, with
-- the number of views. Reads viewed_pages (lake/sql/views, over page_views). Requests that the server answered with an
-- error are among them, without a page: addresses name campaigns there, too.
with
counted as (
  select
    view_date,
    page,
    product_id,
    campaign_id,
    promotion_id,
    visitor_id is not null as has_cookie,
    min(page_kind) as page_kind,
    min(funnel_step) as funnel_step,
    count(*) as view_count,
    view_month
  from viewed_pages
  group by view_month, view_date, page, product_id, campaign_id, promotion_id, visitor_id is not null
)

select
  view_date,
  durable_key(array(page)) as page_key,
  durable_key(array(product_id)) as product_key,
  durable_key(array(campaign_id)) as campaign_key,
  durable_key(array(promotion_id)) as promotion_key,
  has_cookie,
  page,
  product_id,
  campaign_id,
  promotion_id,
  page_kind,
  funnel_step,
  view_count,
  view_month
from counted
