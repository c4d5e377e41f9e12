-- social_mentions: one row per standing interaction that mentions something, with the product, promotion and campaign
-- that it is linked to. What the platform linked comes first, then tags, then names and codes in the text; within one
-- way the first in the list, or the longest phrase (so "Oslo XL" is not "Oslo"), at last the least id. A phrase counts
-- where no letter, digit or # touches it. Reads social_interactions (cleansed) and dim_mention_phrase.
with
posts as (
  select
    interaction_id,
    interaction_month,
    interacted_at,
    lower(interaction_text) as interaction_text,
    transform(from_json(tags, 'array<string>'), tag -> lower(tag)) as tags,
    from_json(product_ids, 'array<string>') as product_ids,
    campaign_id
  from social_interactions
  where deleted_at is null
),

tagged as (
  select
    interaction_id,
    interaction_month,
    interacted_at,
    posexplode(tags) as (place, tag)
  from posts
),

mentions as (
  select
    interaction_id,
    interaction_month,
    'product' as target_kind,
    'linked' as way,
    posexplode(product_ids) as (place, target_id)
  from posts
  union all
  select
    interaction_id,
    interaction_month,
    'campaign' as target_kind,
    'linked' as way,
    0 as place,
    campaign_id as target_id
  from posts
  union all
  select
    post.interaction_id,
    post.interaction_month,
    said.target_kind,
    'tagged' as way,
    post.place,
    said.target_id
  from tagged as post
  inner join dim_mention_phrase as said
    on post.tag = said.phrase and said.phrase_kind = 'tag' and post.interacted_at >= said.valid_from_at
  union all
  select
    post.interaction_id,
    post.interaction_month,
    said.target_kind,
    'worded' as way,
    -length(said.phrase) as place,
    said.target_id
  from posts as post
  inner join dim_mention_phrase as said
    on
      said.phrase_kind = 'text'
      and post.interacted_at >= said.valid_from_at
      and contains(post.interaction_text, said.phrase)
      and regexp_like(
        post.interaction_text, concat('(?<![\\p{L}\\p{N}#])\\Q', said.phrase, '\\E(?![\\p{L}\\p{N}])')
      )
)

-- the ways in the order of the alphabet, which is that of trust
select
  interaction_id,
  interaction_month,
  min(struct(way, place, target_id)) filter (where target_kind = 'product') as product,
  min(struct(way, place, target_id)) filter (where target_kind = 'promotion') as promotion,
  min(struct(way, place, target_id)) filter (where target_kind = 'campaign') as campaign,
  count(distinct target_id) filter (where target_kind = 'product' and way <> 'worded') as listed_product_count
from mentions
where target_id is not null
group by interaction_id, interaction_month
