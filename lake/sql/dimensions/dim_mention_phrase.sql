-- dim_mention_phrase: one row per phrase and product, promotion or campaign that it means, with the day from which it
-- counts; old names go on counting, as people go on using them. Reads products (all rows of their history), promotions
-- and campaigns (cleansed). A text of less than four letters or with a backslash is no phrase.
with
said as (
  select
    'tag' as phrase_kind,
    hashtag as phrase,
    'product' as target_kind,
    product_id as target_id,
    effective_at as known_at
  from products
  union all
  select
    'text' as phrase_kind,
    product_name as phrase,
    'product' as target_kind,
    product_id as target_id,
    effective_at as known_at
  from products
  union all
  select
    'text' as phrase_kind,
    explode(array(promotion_name, coupon_code)) as phrase,
    'promotion' as target_kind,
    promotion_id as target_id,
    coalesce(starts_at - interval 30 days, timestamp '1900-01-01 00:00:00') as known_at
  from promotions
  union all
  select
    'tag' as phrase_kind,
    hashtag as phrase,
    'campaign' as target_kind,
    campaign_id as target_id,
    coalesce(cast(starts_on as timestamp) - interval 30 days, timestamp '1900-01-01 00:00:00') as known_at
  from campaigns
),

phrases as (
  select
    phrase_kind,
    lower(phrase) as phrase,
    target_kind,
    target_id,
    min(known_at) as known_at
  from said
  where phrase_kind = 'tag' or length(phrase) >= 4 and not contains(phrase, '\\')
  group by phrase_kind, lower(phrase), target_kind, target_id
)

select
  durable_key(array(phrase_kind, phrase, target_kind, target_id)) as mention_phrase_key,
  phrase_kind,
  phrase,
  target_kind,
  target_id,
  to_utc_timestamp(to_date(from_utc_timestamp(known_at, :time_zone)), :time_zone) as valid_from_at
from phrases
where phrase is not null
