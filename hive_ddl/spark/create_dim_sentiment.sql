-- dim_sentiment: What a score says of the mood; the bands are for scores whose model gives no label of these.
-- Grain: one row per sentiment, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_sentiment -f hive_ddl/spark/create_dim_sentiment.sql

create database if not exists ${release_db};

create table ${release_db}.dim_sentiment (
  sentiment_key bigint comment 'Key of the sentiment',
  sentiment string comment 'negative, neutral or positive',
  sort_order int comment 'From the worst, -1, to the best, 1',
  lowest_score decimal(18,4) comment 'Least score of the band',
  highest_score decimal(18,4) comment 'Greatest score of the band, scores have four places'
)
using orc
location '${location}'
comment 'What a score says of the mood, the bands are for scores whose model gives no label of these. Grain: one row per sentiment, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'sentiment_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_sentiment (
  sentiment_key comment 'Key of the sentiment',
  sentiment comment 'negative, neutral or positive',
  sort_order comment 'From the worst, -1, to the best, 1',
  lowest_score comment 'Least score of the band',
  highest_score comment 'Greatest score of the band, scores have four places'
)
comment 'What a score says of the mood, the bands are for scores whose model gives no label of these.'
as select
  sentiment_key,
  sentiment,
  sort_order,
  lowest_score,
  highest_score
from ${release_db}.dim_sentiment;
