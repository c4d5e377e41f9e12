-- campaign_performance: What each campaign cost and brought so far.
-- Grain: one row per campaign.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/campaign_performance -f hive_ddl/spark/create_campaign_performance.sql

create database if not exists ${release_db};

create table ${release_db}.campaign_performance (
  campaign_key bigint comment 'The campaign',
  campaign_id string comment 'Its business key',
  campaign_name string comment 'Its name',
  platform string comment 'Where it runs',
  starts_on date comment 'First day',
  ends_on date comment 'Last day, included',
  promotion_key bigint comment 'Promotion that it advertises, -1 without one',
  impression_count bigint comment 'Times shown, null where no export says',
  click_count bigint comment 'Times clicked, null where no export says',
  conversions decimal(18,4) comment 'Orders that the platforms claim, in parts where they share them among campaigns, null where no export says',
  shop_currency string comment 'ISO 4217 code of the amounts',
  shop_spend_amount decimal(18,4) comment 'Cost, each day at its rate',
  session_count bigint comment 'Sessions of people whose address names it',
  order_session_count bigint comment 'Those with an order',
  order_count bigint comment 'Different orders that count for it: the first one of each of these sessions, and those with a line of its promotion on its days, an order may count for several campaigns',
  shop_revenue_amount decimal(18,4) comment 'Net amount of these orders\' lines: all of the sessions\' orders, of the others the promotion\'s lines, before returns',
  roas decimal(18,4) comment 'Revenue for one unit spent (return on ad spend), null without a cost, or where a rate of exchange is missing',
  unrated_count bigint comment 'Days of advertising and order lines without a rate of exchange, their amounts are missing',
  interaction_count bigint comment 'Interactions about it',
  text_count bigint comment 'Those in which something is written',
  scored_count bigint comment 'Texts with a score',
  coverage_rate decimal(9,6) comment 'Share of the texts with a score, null without a text',
  mean_score decimal(18,4) comment 'Mean of the latest scores, -1 to 1, null without one'
)
using orc
location '${location}'
comment 'What each campaign cost and brought so far. Grain: one row per campaign.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'campaign_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.campaign_performance (
  campaign_key comment 'The campaign',
  campaign_id comment 'Its business key',
  campaign_name comment 'Its name',
  platform comment 'Where it runs',
  starts_on comment 'First day',
  ends_on comment 'Last day, included',
  promotion_key comment 'Promotion that it advertises, -1 without one',
  impression_count comment 'Times shown, null where no export says',
  click_count comment 'Times clicked, null where no export says',
  conversions comment 'Orders that the platforms claim, in parts where they share them among campaigns, null where no export says',
  shop_currency comment 'ISO 4217 code of the amounts',
  shop_spend_amount comment 'Cost, each day at its rate',
  session_count comment 'Sessions of people whose address names it',
  order_session_count comment 'Those with an order',
  order_count comment 'Different orders that count for it: the first one of each of these sessions, and those with a line of its promotion on its days, an order may count for several campaigns',
  shop_revenue_amount comment 'Net amount of these orders\' lines: all of the sessions\' orders, of the others the promotion\'s lines, before returns',
  roas comment 'Revenue for one unit spent (return on ad spend), null without a cost, or where a rate of exchange is missing',
  unrated_count comment 'Days of advertising and order lines without a rate of exchange, their amounts are missing',
  interaction_count comment 'Interactions about it',
  text_count comment 'Those in which something is written',
  scored_count comment 'Texts with a score',
  coverage_rate comment 'Share of the texts with a score, null without a text',
  mean_score comment 'Mean of the latest scores, -1 to 1, null without one'
)
comment 'What each campaign cost and brought so far.'
as select
  campaign_key,
  campaign_id,
  campaign_name,
  platform,
  starts_on,
  ends_on,
  promotion_key,
  impression_count,
  click_count,
  conversions,
  shop_currency,
  shop_spend_amount,
  session_count,
  order_session_count,
  order_count,
  shop_revenue_amount,
  roas,
  unrated_count,
  interaction_count,
  text_count,
  scored_count,
  coverage_rate,
  mean_score
from ${release_db}.campaign_performance;
