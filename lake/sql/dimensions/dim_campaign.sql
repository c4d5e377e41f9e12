-- dim_campaign: one row per campaign, inferred members for those that only figures, posts or visits name, and -1.
-- Reads campaigns, ad_stats, social_interactions (cleansed) and fct_daily_page_views. The row is that of now; a removed
-- campaign stays, marked.
with
named as (
  select campaign_id
  from ad_stats
  where deleted_at is null
  union
  select campaign_id
  from social_interactions
  where deleted_at is null and campaign_id is not null
  union
  select campaign_id
  from fct_daily_page_views
  where campaign_id is not null
),

inferred as (
  select named.campaign_id
  from named
  left anti join campaigns as known on named.campaign_id = known.campaign_id
),

undescribed as (
  select
    durable_key(array(campaign_id)) as campaign_key,
    campaign_id,
    true as is_inferred
  from inferred
  union all
  select
    cast(-1 as bigint) as campaign_key,
    'none' as campaign_id,
    false as is_inferred
),

members as (
  select
    durable_key(array(campaign_id)) as campaign_key,
    campaign_id,
    campaign_name,
    platform,
    starts_on,
    ends_on,
    hashtag,
    durable_key(array(promotion_id)) as promotion_key,
    budget_amount,
    budget_currency,
    deleted_at is not null as is_deleted,
    false as is_inferred
  from campaigns
  union all
  select
    campaign_key,
    campaign_id,
    null as campaign_name,
    null as platform,
    null as starts_on,
    null as ends_on,
    null as hashtag,
    cast(-1 as bigint) as promotion_key,
    null as budget_amount,
    null as budget_currency,
    false as is_deleted,
    is_inferred
  from undescribed
)

select
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
from members
