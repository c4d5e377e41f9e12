-- fct_ad_performance: What advertising showed, brought and cost, as its platforms last reported it.
-- Grain: one row per campaign, platform and day.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_ad_performance -f hive_ddl/spark/create_fct_ad_performance.sql

create database if not exists ${release_db};

create table ${release_db}.fct_ad_performance (
  campaign_key bigint comment 'The campaign',
  campaign_id string comment 'The campaign',
  platform_key bigint comment 'Who reports',
  platform string comment 'Who reports',
  ad_date date comment 'The day, as the platform counts days',
  date_key bigint comment 'ad_date as yyyymmdd',
  impression_count bigint comment 'Times shown, null where the export does not say',
  click_count bigint comment 'Times clicked, null where the export does not say',
  conversions decimal(18,4) comment 'Orders that the platform claims, in parts where it shares them among campaigns, null where the export does not say',
  spend_amount decimal(18,4) comment 'What it cost',
  currency string comment 'ISO 4217 code of the cost, never add two',
  fx_rate decimal(18,8) comment 'Units of the shop\'s currency for one of the cost\'s on ad_date (the last rate known then), null where none was',
  shop_currency string comment 'ISO 4217 code of shop_spend_amount',
  shop_spend_amount decimal(18,4) comment 'spend_amount at fx_rate',
  ad_month string comment 'Month of ad_date (YYYY-MM), the partition'
)
using orc
partitioned by (ad_month)
location '${location}'
comment 'What advertising showed, brought and cost, as its platforms last reported it. Grain: one row per campaign, platform and day.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'campaign_key, platform_key, date_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_ad_performance (
  campaign_key comment 'The campaign',
  campaign_id comment 'The campaign',
  platform_key comment 'Who reports',
  platform comment 'Who reports',
  ad_date comment 'The day, as the platform counts days',
  date_key comment 'ad_date as yyyymmdd',
  impression_count comment 'Times shown, null where the export does not say',
  click_count comment 'Times clicked, null where the export does not say',
  conversions comment 'Orders that the platform claims, in parts where it shares them among campaigns, null where the export does not say',
  spend_amount comment 'What it cost',
  currency comment 'ISO 4217 code of the cost, never add two',
  fx_rate comment 'Units of the shop\'s currency for one of the cost\'s on ad_date (the last rate known then), null where none was',
  shop_currency comment 'ISO 4217 code of shop_spend_amount',
  shop_spend_amount comment 'spend_amount at fx_rate',
  ad_month comment 'Month of ad_date (YYYY-MM), the partition'
)
comment 'What advertising showed, brought and cost, as its platforms last reported it.'
as select
  campaign_key,
  campaign_id,
  platform_key,
  platform,
  ad_date,
  date_key,
  impression_count,
  click_count,
  conversions,
  spend_amount,
  currency,
  fx_rate,
  shop_currency,
  shop_spend_amount,
  ad_month
from ${release_db}.fct_ad_performance;
