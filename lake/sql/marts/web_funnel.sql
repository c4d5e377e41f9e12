-- web_funnel: sessions of people by local day and channel, and how many of them came to each step. Reads fct_web_sessions.
with
days as (
  select
    session_date as calendar_date,
    date_key,
    session_month as calendar_month,
    channel,
    count(distinct if(is_bot, null, visitor_key)) as visitor_count,
    count_if(not is_bot) as session_count,
    count_if(not is_bot and has_product) as product_session_count,
    count_if(not is_bot and has_cart) as cart_session_count,
    count_if(not is_bot and has_checkout) as checkout_session_count,
    count_if(not is_bot and has_order) as order_session_count,
    count_if(not is_bot and view_count <= 1) as bounce_count,
    coalesce(sum(if(is_bot, 0, view_count)), 0) as view_count,
    coalesce(sum(if(is_bot, 0, order_count)), 0) as order_count,
    count_if(is_bot) as bot_session_count
  from fct_web_sessions
  group by session_date, date_key, session_month, channel
)

select
  calendar_date,
  date_key,
  calendar_month,
  channel,
  visitor_count,
  session_count,
  product_session_count,
  cart_session_count,
  checkout_session_count,
  order_session_count,
  bounce_count,
  view_count,
  order_count,
  cast(order_session_count / nullif(session_count, 0) as decimal(9, 6)) as conversion_rate,
  bot_session_count
from days
