-- dim_promotion: one row per promotion, inferred members for those that only orders, their lines, campaigns or visits
-- name, and -1. Reads promotions, order_lines, orders and campaigns (cleansed) and fct_daily_page_views. The row is that
-- of now; a removed promotion stays, marked.
with
named as (
  select promotion_id
  from order_lines
  where deleted_at is null and promotion_id is not null
  union
  select promotion_id
  from orders
  where deleted_at is null and promotion_id is not null
  union
  select promotion_id
  from campaigns
  where promotion_id is not null
  union
  select promotion_id
  from fct_daily_page_views
  where promotion_id is not null
),

inferred as (
  select named.promotion_id
  from named
  left anti join promotions as known on named.promotion_id = known.promotion_id
),

undescribed as (
  select
    durable_key(array(promotion_id)) as promotion_key,
    promotion_id,
    true as is_inferred
  from inferred
  union all
  select
    cast(-1 as bigint) as promotion_key,
    'none' as promotion_id,
    false as is_inferred
),

members as (
  select
    durable_key(array(promotion_id)) as promotion_key,
    promotion_id,
    promotion_name,
    promotion_kind,
    promotion_value,
    starts_at,
    ends_at,
    coupon_code,
    budget_amount,
    budget_currency,
    deleted_at is not null as is_deleted,
    false as is_inferred,
    to_date(from_utc_timestamp(starts_at, :time_zone)) as first_date,
    to_date(from_utc_timestamp(ends_at - interval 1 second, :time_zone)) as last_date
  from promotions
  union all
  select
    promotion_key,
    promotion_id,
    null as promotion_name,
    null as promotion_kind,
    null as promotion_value,
    null as starts_at,
    null as ends_at,
    null as coupon_code,
    null as budget_amount,
    null as budget_currency,
    false as is_deleted,
    is_inferred,
    null as first_date,
    null as last_date
  from undescribed
)

select
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
from members
