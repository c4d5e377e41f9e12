-- social_mood: What is said about the shop, its products, campaigns and promotions each week, and in which mood.
-- Grain: one row per subject and ISO week with an interaction.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/social_mood -f hive_ddl/spark/create_social_mood.sql

create database if not exists ${release_db};

create table ${release_db}.social_mood (
  subject_kind string comment 'shop (all interactions), product, campaign or promotion, never add different kinds',
  subject_key bigint comment 'Durable key of the product, campaign or promotion, -1 for the shop',
  subject_id string comment 'Its business key, shop for the shop',
  subject_name string comment 'Its name now',
  week_start_date date comment 'Monday of the week, local',
  iso_year int comment 'The year that the ISO week belongs to',
  iso_week int comment 'ISO week, 1 to 53',
  interaction_count bigint comment 'Posts, comments, likes and shares',
  text_count bigint comment 'Those in which something is written',
  scored_count bigint comment 'Texts with a score',
  coverage_rate decimal(9,6) comment 'Share of the texts with a score, null without a text',
  mean_score decimal(18,4) comment 'Mean of the latest scores, -1 to 1, null without one',
  negative_count bigint comment 'Scored texts that are negative',
  neutral_count bigint comment 'Scored texts that are neutral',
  positive_count bigint comment 'Scored texts that are positive'
)
using orc
location '${location}'
comment 'What is said about the shop, its products, campaigns and promotions each week, and in which mood. Grain: one row per subject and ISO week with an interaction.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'subject_kind, subject_key, week_start_date');

create database if not exists ${shop_db};

create or replace view ${shop_db}.social_mood (
  subject_kind comment 'shop (all interactions), product, campaign or promotion, never add different kinds',
  subject_key comment 'Durable key of the product, campaign or promotion, -1 for the shop',
  subject_id comment 'Its business key, shop for the shop',
  subject_name comment 'Its name now',
  week_start_date comment 'Monday of the week, local',
  iso_year comment 'The year that the ISO week belongs to',
  iso_week comment 'ISO week, 1 to 53',
  interaction_count comment 'Posts, comments, likes and shares',
  text_count comment 'Those in which something is written',
  scored_count comment 'Texts with a score',
  coverage_rate comment 'Share of the texts with a score, null without a text',
  mean_score comment 'Mean of the latest scores, -1 to 1, null without one',
  negative_count comment 'Scored texts that are negative',
  neutral_count comment 'Scored texts that are neutral',
  positive_count comment 'Scored texts that are positive'
)
comment 'What is said about the shop, its products, campaigns and promotions each week, and in which mood.'
as select
  subject_kind,
  subject_key,
  subject_id,
  subject_name,
  week_start_date,
  iso_year,
  iso_week,
  interaction_count,
  text_count,
  scored_count,
  coverage_rate,
  mean_score,
  negative_count,
  neutral_count,
  positive_count
from ${release_db}.social_mood;
