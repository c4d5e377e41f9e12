-- web_funnel: How far the visits of people came, day by day. Programs are counted apart.
-- Grain: one row per local day and channel with a session.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/web_funnel -f hive_ddl/spark/create_web_funnel.sql

create database if not exists ${release_db};

create table ${release_db}.web_funnel (
  calendar_date date comment 'The day that the sessions began on, local',
  date_key bigint comment 'The day as yyyymmdd',
  calendar_month string comment 'Its month (YYYY-MM)',
  channel string comment 'web or app',
  visitor_count bigint comment 'Different visitors, not additive over days',
  session_count bigint comment 'Sessions',
  product_session_count bigint comment 'Sessions that came to a product, or further',
  cart_session_count bigint comment 'Sessions that came to the cart, or further',
  checkout_session_count bigint comment 'Sessions that came to the checkout, or further',
  order_session_count bigint comment 'Sessions with an order',
  bounce_count bigint comment 'Sessions of at most one view',
  view_count bigint comment 'Views',
  order_count bigint comment 'Orders that the sessions placed',
  conversion_rate decimal(9,6) comment 'Sessions with an order of all sessions, null without a session of people',
  bot_session_count bigint comment 'Sessions of programs, in no other figure'
)
using orc
location '${location}'
comment 'How far the visits of people came, day by day. Programs are counted apart. Grain: one row per local day and channel with a session.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'date_key, channel');

create database if not exists ${shop_db};

create or replace view ${shop_db}.web_funnel (
  calendar_date comment 'The day that the sessions began on, local',
  date_key comment 'The day as yyyymmdd',
  calendar_month comment 'Its month (YYYY-MM)',
  channel comment 'web or app',
  visitor_count comment 'Different visitors, not additive over days',
  session_count comment 'Sessions',
  product_session_count comment 'Sessions that came to a product, or further',
  cart_session_count comment 'Sessions that came to the cart, or further',
  checkout_session_count comment 'Sessions that came to the checkout, or further',
  order_session_count comment 'Sessions with an order',
  bounce_count comment 'Sessions of at most one view',
  view_count comment 'Views',
  order_count comment 'Orders that the sessions placed',
  conversion_rate comment 'Sessions with an order of all sessions, null without a session of people',
  bot_session_count comment 'Sessions of programs, in no other figure'
)
comment 'How far the visits of people came, day by day. Programs are counted apart.'
as select
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
  conversion_rate,
  bot_session_count
from ${release_db}.web_funnel;
