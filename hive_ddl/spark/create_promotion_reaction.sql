-- promotion_reaction: What a promotion did to sales (order lines), visits (views of product pages by visitors with a cookie) and mood of the products that it covers: during it against the 28 days before, measured by products that no promotion covers in that time. The ratio is that of Mantel and Haenszel with the variance of Greenland and Robins (Biometrics 41, 1985, 55-68); mood is a difference of differences: of the mean score of texts about it or its products, less that of texts about the compared products, with the summed variances of the four means (as Welch, Biometrika 34, 1947, 28-35, for two), which need five scores each.
-- Grain: one row per promotion that has begun and measure.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/promotion_reaction -f hive_ddl/spark/create_promotion_reaction.sql

create database if not exists ${release_db};

create table ${release_db}.promotion_reaction (
  promotion_key bigint comment 'The promotion',
  promotion_id string comment 'Its business key',
  measure string comment 'sales, visits or mood',
  unit string comment 'ratio (1: no effect) or difference (0: no effect)',
  first_date date comment 'First local day',
  last_date date comment 'Last local day, of one that goes on the last day with a sale',
  product_count bigint comment 'Products that it covers',
  matched_product_count bigint comment 'Products that it is compared with',
  before_count bigint comment 'Lines, views or scores in the 28 days before, on days without another promotion of the product (mood: all days)',
  during_count bigint comment 'The same while it ran',
  after_count bigint comment 'The same in the 14 days after',
  effect decimal(18,4) comment 'By how much it multiplied sales or visits, or changed the mood more than that of compared products, null where nothing can be said',
  effect_low decimal(18,4) comment 'Lower end of the 95 % interval',
  effect_high decimal(18,4) comment 'Upper end of the 95 % interval',
  is_significant boolean comment 'The interval leaves no effect out',
  after_effect decimal(18,4) comment 'The same of the 14 days after, against the days before, without an interval'
)
using orc
location '${location}'
comment 'What a promotion did to sales (order lines), visits (views of product pages by visitors with a cookie) and mood of the products that it covers: during it against the 28 days before, measured by products that no promotion covers in that time. The ratio is that of Mantel and Haenszel with the variance of Greenland and Robins (Biometrics 41, 1985, 55-68), mood is a difference of differences: of the mean score of texts about it or its products, less that of texts about the compared products, with the summed variances of the four means (as Welch, Biometrika 34, 1947, 28-35, for two), which need five scores each. Grain: one row per promotion that has begun and measure.'
tblproperties ('halles.kind' = 'mart', 'halles.key' = 'promotion_key, measure');

create database if not exists ${shop_db};

create or replace view ${shop_db}.promotion_reaction (
  promotion_key comment 'The promotion',
  promotion_id comment 'Its business key',
  measure comment 'sales, visits or mood',
  unit comment 'ratio (1: no effect) or difference (0: no effect)',
  first_date comment 'First local day',
  last_date comment 'Last local day, of one that goes on the last day with a sale',
  product_count comment 'Products that it covers',
  matched_product_count comment 'Products that it is compared with',
  before_count comment 'Lines, views or scores in the 28 days before, on days without another promotion of the product (mood: all days)',
  during_count comment 'The same while it ran',
  after_count comment 'The same in the 14 days after',
  effect comment 'By how much it multiplied sales or visits, or changed the mood more than that of compared products, null where nothing can be said',
  effect_low comment 'Lower end of the 95 % interval',
  effect_high comment 'Upper end of the 95 % interval',
  is_significant comment 'The interval leaves no effect out',
  after_effect comment 'The same of the 14 days after, against the days before, without an interval'
)
comment 'What a promotion did to sales (order lines), visits (views of product pages by visitors with a cookie) and mood of the products that it covers: during it against the 28 days before, measured by products that no promotion covers in that time. The ratio is that of Mantel and Haenszel with the variance of Greenland and Robins (Biometrics 41, 1985, 55-68), mood is a difference of differences: of the mean score of texts about it or its products, less that of texts about the compared products, with the summed variances of the four means (as Welch, Biometrika 34, 1947, 28-35, for two), which need five scores each.'
as select
  promotion_key,
  promotion_id,
  measure,
  unit,
  first_date,
  last_date,
  product_count,
  matched_product_count,
  before_count,
  during_count,
  after_count,
  effect,
  effect_low,
  effect_high,
  is_significant,
  after_effect
from ${release_db}.promotion_reaction;
