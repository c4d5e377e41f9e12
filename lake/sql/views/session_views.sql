-- session_views: one row per page view and month that its session may begin in, with the session's number among those of
-- the visitor there. A session ends after 30 minutes of silence, as web analytics has it; who is not silent for a whole
-- local day (a program) has a new one at the next midnight. Reads viewed_pages (over page_views).
-- A visitor is a cookie, else an address with its browser. Three branches, so that a literal month reads that month and
-- the ones beside it only: two days before decide whether a session goes on, one after holds the rest of the last ones.
with
placed as (
  select
    *,
    view_month as session_month
  from viewed_pages
  union all
  select
    *,
    date_format(add_months(to_date(view_month, 'yyyy-MM'), 1), 'yyyy-MM') as session_month
  from viewed_pages
  where view_date >= date_sub(last_day(view_date), 1)
  union all
  select
    *,
    date_format(add_months(to_date(view_month, 'yyyy-MM'), -1), 'yyyy-MM') as session_month
  from viewed_pages
  where day(view_date) = 1
),

visitors as (
  select
    *,
    coalesce(visitor_id, to_json(array(ip_address, user_agent))) as visitor
  from placed
),

gaps as (
  select
    *,
    lag(view_date) over in_time as previous_date,
    coalesce(viewed_at > lag(viewed_at) over in_time + interval 30 minutes, true) as is_after_silence
  from visitors
  window in_time as (partition by session_month, visitor order by viewed_at, page_view_id)
),

days as (
  select
    *,
    max(is_after_silence) over (partition by session_month, visitor, view_date) as day_has_silence
  from gaps
),

starts as (
  select
    *,
    is_after_silence or (view_date <> previous_date and not lag(day_has_silence) over in_time) as is_start
  from days
  window in_time as (partition by session_month, visitor order by viewed_at, page_view_id)
)

select
  page_view_id,
  viewed_at,
  view_date,
  view_month,
  visitor_id,
  user_agent,
  page_path,
  page_kind,
  product_id,
  order_id,
  campaign_id,
  promotion_id,
  channel,
  source_feed,
  page,
  funnel_step,
  session_month,
  visitor,
  count_if(is_start) over (
    partition by session_month, visitor order by viewed_at, page_view_id rows unbounded preceding
  ) as session_number
from starts
