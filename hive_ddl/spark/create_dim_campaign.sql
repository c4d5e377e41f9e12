-- dim_campaign: Advertising campaigns, as they stand.
-- Grain: one row per campaign, and the member for none.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_campaign -f hive_ddl/spark/create_dim_campaign.sql

create database if not exists ${release_db};

create table ${release_db}.dim_campaign (
  campaign_key bigint comment 'Key of the campaign',
  campaign_id string comment 'Business key, none for the member without a campaign',
  campaign_name string comment 'Name inside the shop',
  platform string comment 'Where it runs',
  starts_on date comment 'First day',
  ends_on date comment 'Last day, included',
  hashtag string comment 'Tag under which posts mention it',
  promotion_key bigint comment 'Promotion that it advertises, -1 without one',
  budget_amount decimal(18,4) comment 'Planned cost',
  budget_currency string comment 'ISO 4217 code of the budget',
  is_deleted boolean comment 'The source no longer lists it',
  is_inferred boolean comment 'Figures, posts or visits name it, no source describes it yet'
)
using orc
location '${location}'
comment 'Advertising campaigns, as they stand. Grain: one row per campaign, and the member for none.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'campaign_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_campaign (
  campaign_key comment 'Key of the campaign',
  campaign_id comment 'Business key, none for the member without a campaign',
  campaign_name comment 'Name inside the shop',
  platform comment 'Where it runs',
  starts_on comment 'First day',
  ends_on comment 'Last day, included',
  hashtag comment 'Tag under which posts mention it',
  promotion_key comment 'Promotion that it advertises, -1 without one',
  budget_amount comment 'Planned cost',
  budget_currency comment 'ISO 4217 code of the budget',
  is_deleted comment 'The source no longer lists it',
  is_inferred comment 'Figures, posts or visits name it, no source describes it yet'
)
comment 'Advertising campaigns, as they stand.'
as select
  campaign_key,
  campaign_id,
  campaign_name,
  platform,
  starts_on,
  ends_on,
  hashtag,
  promotion_key,
  budget_amount,
  budget_currency,
  is_deleted,
  is_inferred
from ${release_db}.dim_campaign;
