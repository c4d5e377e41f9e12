-- promotion_moods: one row per promotion with texts about it or a product that it covers: how many of their latest scores lie 28
-- days before, during and 14 days after, and by how much their mean changed more than that of texts about compared products
-- (of those that name no promotion). Null where one of the four means is missing; squared_error where one has fewer than five
-- scores, of which an interval by the normal distribution would be too narrow.
-- Reads promotion_products (lake/sql/views), fct_social_interactions and fct_sentiments.
with
scored as (
  select
    post.interaction_id,
    post.interaction_date,
    post.product_key,
    post.promotion_key,
    cast(said.score as double) as score
  from fct_social_interactions as post
  inner join fct_sentiments as said
    on post.interaction_id = said.interaction_id and post.interaction_month = said.interaction_month and said.is_latest
  where post.has_text
),

spans as (
  select distinct
    promotion_key,
    first_date,
    last_date,
    before_date,
    after_date
  from promotion_products
),

told as (
  select
    span.promotion_key,
    scored.score,
    span.promotion_key = scored.promotion_key or product.is_covered as is_about,
    case
      when scored.interaction_date < span.first_date then 'before'
      when scored.interaction_date <= span.last_date then 'during'
      else 'after'
    end as period
  from spans as span
  inner join scored
    on span.before_date <= scored.interaction_date and span.after_date >= scored.interaction_date
  left join promotion_products as product
    on span.promotion_key = product.promotion_key and scored.product_key = product.product_key
  where
    span.promotion_key = scored.promotion_key
    or product.is_covered
    or (product.product_key is not null and scored.promotion_key = -1)
),

means as (
  select
    promotion_key,
    is_about,
    period,
    count(*) as score_count,
    avg(score) as mean,
    if(count(*) >= 5, var_samp(score) / count(*), null) as squared_error
  from told
  group by promotion_key, is_about, period
)

select
  promotion_key,
  coalesce(sum(score_count) filter (where is_about and period = 'before'), 0) as before_count,
  coalesce(sum(score_count) filter (where is_about and period = 'during'), 0) as during_count,
  coalesce(sum(score_count) filter (where is_about and period = 'after'), 0) as after_count,
  if(
    count_if(period <> 'after') = 4,
    sum(if(is_about = (period = 'during'), mean, -mean)) filter (where period <> 'after'),
    null
  ) as effect,
  if(
    count(squared_error) filter (where period <> 'after') = 4,
    sum(squared_error) filter (where period <> 'after'),
    null
  ) as squared_error,
  if(
    count_if(period <> 'during') = 4,
    sum(if(is_about = (period = 'after'), mean, -mean)) filter (where period <> 'during'),
    null
  ) as after_effect
from means
group by promotion_key
having count_if(is_about) > 0
