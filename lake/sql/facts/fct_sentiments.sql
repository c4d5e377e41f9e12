-- fct_sentiments: one row per score of an interaction; scores leave with a deleted interaction, and stand without links
-- in the month of the score while the interaction has not come.
-- Reads sentiments and social_interactions (cleansed: what was deleted) and fct_social_interactions (links).
with
scores as (
  select
    said.*,
    said.score_version = max(said.score_version) over (partition by said.interaction_id, said.model_name) as is_last_of_model
  from sentiments as said
  left anti join social_interactions as gone on said.interaction_id = gone.interaction_id and gone.deleted_at is not null
  where said.deleted_at is null
),

ranked as (
  select
    *,
    row_number() over (partition by interaction_id order by is_last_of_model desc, scored_at desc, model_name asc) as place,
    case
      when sentiment in ('negative', 'neutral', 'positive') then sentiment
      when score < -0.2 then 'negative'
      when score > 0.2 then 'positive'
      else 'neutral'
    end as mood
  from scores
),

placed as (
  select
    ranked.*,
    post.interaction_id is not null as is_interaction_known,
    coalesce(post.interaction_date, ranked.score_date) as mood_date,
    coalesce(post.interaction_month, ranked.score_month) as interaction_month,
    coalesce(post.platform_key, -1) as platform_key,
    coalesce(post.customer_key, -1) as customer_key,
    coalesce(post.product_key, -1) as product_key,
    coalesce(post.product_version_key, -1) as product_version_key,
    coalesce(post.campaign_key, -1) as campaign_key,
    coalesce(post.promotion_key, -1) as promotion_key
  from ranked
  left join fct_social_interactions as post on ranked.interaction_id = post.interaction_id
)

select
  interaction_id,
  model_name,
  score_version,
  scored_at,
  score_date,
  cast(year(mood_date) * 10000 + month(mood_date) * 100 + day(mood_date) as bigint) as date_key,
  score,
  durable_key(array(mood)) as sentiment_key,
  place = 1 as is_latest,
  is_interaction_known,
  platform_key,
  customer_key,
  product_key,
  product_version_key,
  campaign_key,
  promotion_key,
  interaction_month
from placed
