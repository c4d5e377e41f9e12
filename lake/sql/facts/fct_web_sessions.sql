-- fct_web_sessions: one row per session, in the month that it began in, also where it goes on into the next.
-- Reads session_views and viewed_pages (lake/sql/views, over page_views). Errors are requests, but neither views nor steps.
with
sessions as (
  select
    session_month,
    visitor,
    min_by(page_view_id, struct(viewed_at, page_view_id)) as session_id,
    min(view_month) as first_month,
    min(view_date) as session_date,
    min(viewed_at) as started_at,
    max(viewed_at) as ended_at,
    max(visitor_id) is not null as has_cookie,
    min_by(channel, struct(viewed_at, page_view_id)) as channel,
    min_by(campaign_id, struct(viewed_at, page_view_id)) filter (where campaign_id is not null) as campaign_id,
    min_by(promotion_id, struct(viewed_at, page_view_id)) filter (where promotion_id is not null) as promotion_id,
    min_by(page, struct(viewed_at, page_view_id)) filter (where page is not null) as entry_page,
    max_by(page, struct(viewed_at, page_view_id)) filter (where page is not null) as exit_page,
    count(*) as request_count,
    count(page) as view_count,
    count_if(page is not null and page_kind = 'product') as product_view_count,
    count(distinct if(page is null, null, product_id)) as product_count,
    coalesce(max(funnel_step), 1) as furthest_step,
    min_by(order_id, struct(viewed_at, page_view_id)) filter (where page is not null and order_id is not null) as order_id,
    count(distinct if(page is null, null, order_id)) as order_count,
    max(user_agent) as user_agent,
    min_by(source_feed, struct(viewed_at, page_view_id)) as source_feed,
    max(coalesce(page_path = '/robots.txt', false)) as asks_for_robots
  from session_views
  group by session_month, visitor, session_number
),

-- who tells no browser is a program only where others tell theirs: many logs and event tables know none
named as (
  select
    view_month,
    source_feed
  from viewed_pages
  where user_agent is not null
  group by view_month, source_feed
),

told as (
  select
    sessions.*,
    named.source_feed is not null as others_tell_browsers
  from sessions
  left join named on sessions.session_month = named.view_month and sessions.source_feed = named.source_feed
  where sessions.first_month = sessions.session_month
),

judged as (
  select
    *,
    unix_seconds(ended_at) - unix_seconds(started_at) as duration_seconds,
    case
      when user_agent is null and others_tell_browsers then 'nameless'
      -- Cubot makes telephones
      when regexp_like(user_agent, '(?i)(?<!cu)bot|crawl|spider|slurp|scrape|headless|https?://') then 'declared'
      when regexp_like(user_agent, '(?i)^(curl|wget|python|java|go-http|okhttp|libwww|ruby|php)') then 'declared'
      when asks_for_robots then 'robots'
      when
        request_count >= 20
        and unix_seconds(ended_at) - unix_seconds(started_at) < 2 * (request_count - 1)
        then 'pace'
      when ended_at >= started_at + interval 12 hours then 'endless'
    end as bot_reason
  from told
)

select
  session_id,
  durable_key(array(visitor)) as visitor_key,
  has_cookie,
  started_at,
  ended_at,
  session_date,
  cast(year(session_date) * 10000 + month(session_date) * 100 + day(session_date) as bigint) as date_key,
  duration_seconds,
  channel,
  durable_key(array(campaign_id)) as campaign_key,
  durable_key(array(promotion_id)) as promotion_key,
  durable_key(array(entry_page)) as entry_page_key,
  durable_key(array(exit_page)) as exit_page_key,
  request_count,
  view_count,
  product_view_count,
  product_count,
  furthest_step,
  furthest_step >= 2 as has_product,
  furthest_step >= 3 as has_cart,
  furthest_step >= 4 as has_checkout,
  furthest_step >= 5 as has_order,
  order_id,
  order_count,
  bot_reason is not null as is_bot,
  bot_reason,
  session_month
from judged
