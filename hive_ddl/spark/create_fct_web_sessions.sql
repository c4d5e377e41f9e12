-- fct_web_sessions: Visits of the web shop, each in the month that it began in; neither cookie, address nor browser is kept. A program (is_bot) says so in its name, has no name where others of its feed and month have one, asks for robots.txt, makes at least 20 requests less than 2 seconds apart on average, or goes on for 12 hours. A feed without browsers (user_agent) shows fewer programs than there are, and visitors without a cookie behind one address are one.
-- Grain: one row per session, which ends after 30 minutes without a request of the visitor (cookie, else address and browser).
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_web_sessions -f hive_ddl/spark/create_fct_web_sessions.sql

create database if not exists ${release_db};

create table ${release_db}.fct_web_sessions (
  session_id string comment 'The first page view',
  visitor_key bigint comment 'Hash of the cookie, else of address and browser, counts visitors',
  has_cookie boolean comment 'Without one, people behind one address may be one visitor',
  started_at timestamp comment 'First request (UTC)',
  ended_at timestamp comment 'Last request (UTC)',
  session_date date comment 'When it began, in the shop\'s time zone',
  date_key bigint comment 'session_date as yyyymmdd',
  duration_seconds bigint comment 'From the first request to the last',
  channel string comment 'web or app, by the first request',
  campaign_key bigint comment 'The first campaign that an address names, -1 without one',
  promotion_key bigint comment 'The first promotion that an address names, -1 without one',
  entry_page_key bigint comment 'First page that was answered, -1 where none was',
  exit_page_key bigint comment 'Last page that was answered, -1 where none was',
  request_count bigint comment 'Requests',
  view_count bigint comment 'Requests that were answered without an error',
  product_view_count bigint comment 'Views of product pages',
  product_count bigint comment 'Different products seen, additive within a session only',
  furthest_step int comment 'How far it came: 1 a visit, 2 a product, 3 the cart, 4 the checkout, 5 an order',
  has_product boolean comment 'It came to a product, or further',
  has_cart boolean comment 'It came to the cart, or further',
  has_checkout boolean comment 'It came to the checkout, or further',
  has_order boolean comment 'It came to the page after an order',
  order_id string comment 'The first order (degenerate dimension)',
  order_count bigint comment 'Orders',
  is_bot boolean comment 'A program, by the rules above',
  bot_reason string comment 'declared, nameless (only where its feed names browsers that month), robots, pace or endless, null for people',
  session_month string comment 'Local month of session_date (YYYY-MM), the partition'
)
using orc
partitioned by (session_month)
location '${location}'
comment 'Visits of the web shop, each in the month that it began in, neither cookie, address nor browser is kept. A program (is_bot) says so in its name, has no name where others of its feed and month have one, asks for robots.txt, makes at least 20 requests less than 2 seconds apart on average, or goes on for 12 hours. A feed without browsers (user_agent) shows fewer programs than there are, and visitors without a cookie behind one address are one. Grain: one row per session, which ends after 30 minutes without a request of the visitor (cookie, else address and browser).'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'session_id');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_web_sessions (
  session_id comment 'The first page view',
  visitor_key comment 'Hash of the cookie, else of address and browser, counts visitors',
  has_cookie comment 'Without one, people behind one address may be one visitor',
  started_at comment 'First request (UTC)',
  ended_at comment 'Last request (UTC)',
  session_date comment 'When it began, in the shop\'s time zone',
  date_key comment 'session_date as yyyymmdd',
  duration_seconds comment 'From the first request to the last',
  channel comment 'web or app, by the first request',
  campaign_key comment 'The first campaign that an address names, -1 without one',
  promotion_key comment 'The first promotion that an address names, -1 without one',
  entry_page_key comment 'First page that was answered, -1 where none was',
  exit_page_key comment 'Last page that was answered, -1 where none was',
  request_count comment 'Requests',
  view_count comment 'Requests that were answered without an error',
  product_view_count comment 'Views of product pages',
  product_count comment 'Different products seen, additive within a session only',
  furthest_step comment 'How far it came: 1 a visit, 2 a product, 3 the cart, 4 the checkout, 5 an order',
  has_product comment 'It came to a product, or further',
  has_cart comment 'It came to the cart, or further',
  has_checkout comment 'It came to the checkout, or further',
  has_order comment 'It came to the page after an order',
  order_id comment 'The first order (degenerate dimension)',
  order_count comment 'Orders',
  is_bot comment 'A program, by the rules above',
  bot_reason comment 'declared, nameless (only where its feed names browsers that month), robots, pace or endless, null for people',
  session_month comment 'Local month of session_date (YYYY-MM), the partition'
)
comment 'Visits of the web shop, each in the month that it began in, neither cookie, address nor browser is kept. A program (is_bot) says so in its name, has no name where others of its feed and month have one, asks for robots.txt, makes at least 20 requests less than 2 seconds apart on average, or goes on for 12 hours. A feed without browsers (user_agent) shows fewer programs than there are, and visitors without a cookie behind one address are one.'
as select
  session_id,
  visitor_key,
  has_cookie,
  started_at,
  ended_at,
  session_date,
  date_key,
  duration_seconds,
  channel,
  campaign_key,
  promotion_key,
  entry_page_key,
  exit_page_key,
  request_count,
  view_count,
  product_view_count,
  product_count,
  furthest_step,
  has_product,
  has_cart,
  has_checkout,
  has_order,
  order_id,
  order_count,
  is_bot,
  bot_reason,
  session_month
from ${release_db}.fct_web_sessions;
