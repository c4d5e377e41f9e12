-- promotion_moods: one row per promotion with the latest scores of texts about it or a product that it covers, 28 days before,
-- during and 14 days after. Reads promotion_products (lake/sql/views), fct_social_interactions and fct_sentiments.
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

about as (
  select
    span.promotion_key,
    scored.interaction_id,
    scored.score,
    case
      when scored.interaction_date < span.first_date then 'before'
      when scored.interaction_date <= span.last_date then 'during'
      else 'after'
    end as period
  from spans as span
  inner join scored
    on span.before_date <= scored.interaction_date and span.after_date >= scored.interaction_date
  left join promotion_products as product
    on
      span.promotion_key = product.promotion_key
      and scored.product_key = product.product_key
      and product.is_covered
  where span.promotion_key = scored.promotion_key or product.product_key is not null
)

select
  promotion_key,
  count_if(period = 'before') as before_count,
  count_if(period = 'during') as during_count,
  count_if(period = 'after') as after_count,
  avg(score) filter (where period = 'before') as before_mean,
  avg(score) filter (where period = 'during') as during_mean,
  avg(score) filter (where period = 'after') as after_mean,
  var_samp(score) filter (where period = 'before') as before_variance,
  var_samp(score) filter (where period = 'during') as during_variance
from about
group by promotion_key
