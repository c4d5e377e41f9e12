-- fct_sentiments: Scores of interactions, each version, with what the interaction is about. For the mood take those with is_latest.
-- Grain: one row per interaction, model and version of the score.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_sentiments -f hive_ddl/spark/create_fct_sentiments.sql

create database if not exists ${release_db};

create table ${release_db}.fct_sentiments (
  interaction_id string comment 'What was scored',
  model_name string comment 'What scored it',
  score_version int comment 'Count of the model\'s scores for the interaction',
  scored_at timestamp comment 'When it was scored (UTC)',
  score_date date comment 'When it was scored, in the shop\'s time zone',
  date_key bigint comment 'Day of the interaction as yyyymmdd, of the score while the interaction has not come',
  score decimal(18,4) comment 'From -1 (negative) to 1 (positive)',
  sentiment_key bigint comment 'The model\'s label, else the band of the score',
  is_latest boolean comment 'The last version of the model that scored last, one for each interaction',
  is_interaction_known boolean comment 'The interaction has come',
  platform_key bigint comment 'Where it was made, -1 while the interaction has not come',
  customer_key bigint comment 'Durable key of who declared the author\'s handle, -1 for strangers',
  product_key bigint comment 'The interaction\'s product, -1 without one',
  product_version_key bigint comment 'The product as of the interaction, -1 without one',
  campaign_key bigint comment 'The interaction\'s campaign, -1 without one',
  promotion_key bigint comment 'The interaction\'s promotion, -1 without one',
  interaction_month string comment 'Month of date_key (YYYY-MM), the partition, the interaction\'s own'
)
using orc
partitioned by (interaction_month)
location '${location}'
comment 'Scores of interactions, each version, with what the interaction is about. For the mood take those with is_latest. Grain: one row per interaction, model and version of the score.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'interaction_id, model_name, score_version');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_sentiments (
  interaction_id comment 'What was scored',
  model_name comment 'What scored it',
  score_version comment 'Count of the model\'s scores for the interaction',
  scored_at comment 'When it was scored (UTC)',
  score_date comment 'When it was scored, in the shop\'s time zone',
  date_key comment 'Day of the interaction as yyyymmdd, of the score while the interaction has not come',
  score comment 'From -1 (negative) to 1 (positive)',
  sentiment_key comment 'The model\'s label, else the band of the score',
  is_latest comment 'The last version of the model that scored last, one for each interaction',
  is_interaction_known comment 'The interaction has come',
  platform_key comment 'Where it was made, -1 while the interaction has not come',
  customer_key comment 'Durable key of who declared the author\'s handle, -1 for strangers',
  product_key comment 'The interaction\'s product, -1 without one',
  product_version_key comment 'The product as of the interaction, -1 without one',
  campaign_key comment 'The interaction\'s campaign, -1 without one',
  promotion_key comment 'The interaction\'s promotion, -1 without one',
  interaction_month comment 'Month of date_key (YYYY-MM), the partition, the interaction\'s own'
)
comment 'Scores of interactions, each version, with what the interaction is about. For the mood take those with is_latest.'
as select
  interaction_id,
  model_name,
  score_version,
  scored_at,
  score_date,
  date_key,
  score,
  sentiment_key,
  is_latest,
  is_interaction_known,
  platform_key,
  customer_key,
  product_key,
  product_version_key,
  campaign_key,
  promotion_key,
  interaction_month
from ${release_db}.fct_sentiments;
