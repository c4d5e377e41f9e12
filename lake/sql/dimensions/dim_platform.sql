-- dim_platform: one row per platform that a post, a campaign or a report of advertising names, and the unknown member.
-- Reads social_interactions, campaigns and ad_stats (cleansed).
with
named as (
  select platform
  from social_interactions
  where deleted_at is null and platform is not null
  union
  select platform
  from campaigns
  where platform is not null
  union
  select platform
  from ad_stats
  where deleted_at is null and platform is not null
),

members as (
  select
    durable_key(array(platform)) as platform_key,
    platform
  from named
  where platform <> 'unknown'
  union all
  select
    cast(-1 as bigint) as platform_key,
    'unknown' as platform
)

select
  platform_key,
  platform
from members
