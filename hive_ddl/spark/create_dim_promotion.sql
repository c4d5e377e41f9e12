-- dim_promotion: Price promotions and coupons, as they stand.
-- Grain: one row per promotion, and the member for none.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_promotion -f hive_ddl/spark/create_dim_promotion.sql

create database if not exists ${release_db};

create table ${release_db}.dim_promotion (
  promotion_key bigint comment 'Key of the promotion',
  promotion_id string comment 'Business key, none for the member without a promotion',
  promotion_name string comment 'Name shown to customers',
  promotion_kind string comment 'percent, amount, bogo or shipping',
  promotion_value decimal(18,4) comment 'Per cent or amount that the kind takes off',
  starts_at timestamp comment 'First moment (UTC)',
  ends_at timestamp comment 'Last moment (UTC, exclusive), null: until further notice',
  coupon_code string comment 'Code that the customer types, null where none is needed',
  budget_amount decimal(18,4) comment 'Planned cost',
  budget_currency string comment 'ISO 4217 code of the budget',
  is_deleted boolean comment 'The source no longer lists it',
  is_inferred boolean comment 'Orders, lines, campaigns or visits name it, no source describes it yet',
  first_date date comment 'First local day',
  last_date date comment 'Last local day, included, null: until further notice'
)
using orc
location '${location}'
comment 'Price promotions and coupons, as they stand. Grain: one row per promotion, and the member for none.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'promotion_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_promotion (
  promotion_key comment 'Key of the promotion',
  promotion_id comment 'Business key, none for the member without a promotion',
  promotion_name comment 'Name shown to customers',
  promotion_kind comment 'percent, amount, bogo or shipping',
  promotion_value comment 'Per cent or amount that the kind takes off',
  starts_at comment 'First moment (UTC)',
  ends_at comment 'Last moment (UTC, exclusive), null: until further notice',
  coupon_code comment 'Code that the customer types, null where none is needed',
  budget_amount comment 'Planned cost',
  budget_currency comment 'ISO 4217 code of the budget',
  is_deleted comment 'The source no longer lists it',
  is_inferred comment 'Orders, lines, campaigns or visits name it, no source describes it yet',
  first_date comment 'First local day',
  last_date comment 'Last local day, included, null: until further notice'
)
comment 'Price promotions and coupons, as they stand.'
as select
  promotion_key,
  promotion_id,
  promotion_name,
  promotion_kind,
  promotion_value,
  starts_at,
  ends_at,
  coupon_code,
  budget_amount,
  budget_currency,
  is_deleted,
  is_inferred,
  first_date,
  last_date
from ${release_db}.dim_promotion;
