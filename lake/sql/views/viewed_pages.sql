-- viewed_pages: page_views (cleansed) that stand, each with its page and the step of the funnel that it reaches; both are
-- null where the server answered with an error. Numbers of orders are no pages of their own, nor are the addresses that
-- programs try: whatever the feed gives no kind is one page, and so is a kind without addresses, as events of apps have it.
select
  page_view_id,
  viewed_at,
  view_date,
  view_month,
  visitor_id,
  ip_address,
  user_agent,
  page_path,
  page_kind,
  product_id,
  order_id,
  campaign_id,
  promotion_id,
  channel,
  source_feed,
  case
    when http_status >= 400 then null
    when page_kind = 'other' then '(other)'
    when page_path is null then concat('(', page_kind, ')')
    when order_id is null then page_path
    else replace(page_path, order_id, '{order_id}')
  end as page,
  case
    when http_status >= 400 then null
    when page_kind = 'product' then 2
    when page_kind = 'cart' then 3
    when page_kind = 'checkout' then 4
    when page_kind = 'order' then 5
    else 1
  end as funnel_step
from page_views
where deleted_at is null
