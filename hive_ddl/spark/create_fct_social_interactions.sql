-- fct_social_interactions: Posts, comments, likes and shares as they stand after edits, with what they are about; neither text nor handle is kept.
-- Grain: one row per interaction.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_social_interactions -f hive_ddl/spark/create_fct_social_interactions.sql

create database if not exists ${release_db};

create table ${release_db}.fct_social_interactions (
  interaction_id string comment 'Business key over all platforms',
  interacted_at timestamp comment 'When it was made (UTC)',
  interaction_date date comment 'When it was made, in the shop\'s time zone',
  date_key bigint comment 'interaction_date as yyyymmdd',
  platform_key bigint comment 'Where it was made',
  platform string comment 'Where it was made',
  interaction_kind string comment 'post, comment, like or share',
  parent_interaction_id string comment 'The interaction that it answers, likes or shares',
  language string comment 'ISO 639-1 code as the platform says',
  has_text boolean comment 'Something is written that a model can score',
  is_edited boolean comment 'The text was changed',
  customer_key bigint comment 'Durable key of who declared the author\'s handle, -1 for strangers',
  customer_version_key bigint comment 'The customer as of interacted_at, -1 for strangers',
  product_key bigint comment 'Durable key of the first product that is linked, else tagged, else named, -1 without one',
  product_version_key bigint comment 'The product as of interacted_at, -1 without one',
  product_count int comment 'Products that are linked or tagged, 1 where one is only named',
  product_way string comment 'How the product was found: linked, tagged or worded',
  campaign_key bigint comment 'The campaign that is linked, else tagged, -1 without one',
  promotion_key bigint comment 'The promotion whose name or code stands in the text, -1 without one. A campaign\'s promotion is in dim_campaign',
  interaction_month string comment 'Local month of interaction_date (YYYY-MM), the partition'
)
using orc
partitioned by (interaction_month)
location '${location}'
comment 'Posts, comments, likes and shares as they stand after edits, with what they are about, neither text nor handle is kept. Grain: one row per interaction.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'interaction_id');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_social_interactions (
  interaction_id comment 'Business key over all platforms',
  interacted_at comment 'When it was made (UTC)',
  interaction_date comment 'When it was made, in the shop\'s time zone',
  date_key comment 'interaction_date as yyyymmdd',
  platform_key comment 'Where it was made',
  platform comment 'Where it was made',
  interaction_kind comment 'post, comment, like or share',
  parent_interaction_id comment 'The interaction that it answers, likes or shares',
  language comment 'ISO 639-1 code as the platform says',
  has_text comment 'Something is written that a model can score',
  is_edited comment 'The text was changed',
  customer_key comment 'Durable key of who declared the author\'s handle, -1 for strangers',
  customer_version_key comment 'The customer as of interacted_at, -1 for strangers',
  product_key comment 'Durable key of the first product that is linked, else tagged, else named, -1 without one',
  product_version_key comment 'The product as of interacted_at, -1 without one',
  product_count comment 'Products that are linked or tagged, 1 where one is only named',
  product_way comment 'How the product was found: linked, tagged or worded',
  campaign_key comment 'The campaign that is linked, else tagged, -1 without one',
  promotion_key comment 'The promotion whose name or code stands in the text, -1 without one. A campaign\'s promotion is in dim_campaign',
  interaction_month comment 'Local month of interaction_date (YYYY-MM), the partition'
)
comment 'Posts, comments, likes and shares as they stand after edits, with what they are about, neither text nor handle is kept.'
as select
  interaction_id,
  interacted_at,
  interaction_date,
  date_key,
  platform_key,
  platform,
  interaction_kind,
  parent_interaction_id,
  language,
  has_text,
  is_edited,
  customer_key,
  customer_version_key,
  product_key,
  product_version_key,
  product_count,
  product_way,
  campaign_key,
  promotion_key,
  interaction_month
from ${release_db}.fct_social_interactions;
