-- social_mood: interactions, and the latest scores of their texts, by subject and ISO week. An interaction counts for the
-- shop and for each of its product, campaign and promotion.
-- Reads fct_social_interactions, fct_sentiments, dim_sentiment and, for names, dim_product, dim_campaign, dim_promotion.
with
scored as (
  select
    said.interaction_id,
    said.interaction_month,
    said.score,
    mood.sentiment
  from fct_sentiments as said
  inner join dim_sentiment as mood on said.sentiment_key = mood.sentiment_key
  where said.is_latest and said.is_interaction_known
),

posts as (
  select
    post.has_text,
    to_date(date_trunc('week', post.interaction_date)) as week_start_date,
    if(post.has_text, scored.score, null) as score,
    if(post.has_text, scored.sentiment, null) as sentiment,
    inline(
      array(
        struct('shop' as subject_kind, cast(-1 as bigint) as subject_key),
        struct('product' as subject_kind, post.product_key as subject_key),
        struct('campaign' as subject_kind, post.campaign_key as subject_key),
        struct('promotion' as subject_kind, post.promotion_key as subject_key)
      )
    ) as (subject_kind, subject_key)
  from fct_social_interactions as post
  left join scored
    on post.interaction_id = scored.interaction_id and post.interaction_month = scored.interaction_month
),

weeks as (
  select
    subject_kind,
    subject_key,
    week_start_date,
    cast(extract(yearofweek from week_start_date) as int) as iso_year,
    count(*) as interaction_count,
    count_if(has_text) as text_count,
    count(score) as scored_count,
    cast(avg(score) as decimal(18, 4)) as mean_score,
    count_if(sentiment = 'negative') as negative_count,
    count_if(sentiment = 'neutral') as neutral_count,
    count_if(sentiment = 'positive') as positive_count
  from posts
  where subject_kind = 'shop' or subject_key <> -1
  group by subject_kind, subject_key, week_start_date
),

subjects as (
  select
    'shop' as subject_kind,
    cast(-1 as bigint) as subject_key,
    'shop' as subject_id,
    cast(null as string) as subject_name
  union all
  select
    'product' as subject_kind,
    product_key as subject_key,
    product_id as subject_id,
    product_name as subject_name
  from dim_product
  where is_current
  union all
  select
    'campaign' as subject_kind,
    campaign_key as subject_key,
    campaign_id as subject_id,
    campaign_name as subject_name
  from dim_campaign
  union all
  select
    'promotion' as subject_kind,
    promotion_key as subject_key,
    promotion_id as subject_id,
    promotion_name as subject_name
  from dim_promotion
)

select
  weeks.subject_kind,
  weeks.subject_key,
  coalesce(subjects.subject_id, 'unknown') as subject_id,
  subjects.subject_name,
  weeks.week_start_date,
  weeks.iso_year,
  weekofyear(weeks.week_start_date) as iso_week,
  weeks.interaction_count,
  weeks.text_count,
  weeks.scored_count,
  cast(weeks.scored_count / nullif(weeks.text_count, 0) as decimal(9, 6)) as coverage_rate,
  weeks.mean_score,
  weeks.negative_count,
  weeks.neutral_count,
  weeks.positive_count
from weeks
left join subjects on weeks.subject_kind = subjects.subject_kind and weeks.subject_key = subjects.subject_key
