-- fct_social_interactions: one row per interaction that stands. interaction_month is its local month.
-- Reads social_interactions (cleansed), social_mentions (lake/sql/views: what they are about, by dim_mention_phrase),
-- dim_customer_handle (whose handle it is) and the versions as of interacted_at (product_spans, customer_spans).
with
posts as (
  select *
  from social_interactions
  where deleted_at is null
),

authors as (
  select
    post.interaction_id,
    post.interaction_month,
    max_by(holder.customer_key, struct(holder.valid_from_at, holder.customer_key)) as customer_key
  from posts as post
  inner join dim_customer_handle as holder
    on post.author_handle = holder.social_handle and post.interacted_at >= holder.valid_from_at
  group by post.interaction_id, post.interaction_month
),

linked as (
  select
    post.*,
    coalesce(author.customer_key, -1) as customer_key,
    durable_key(array(mention.product.target_id)) as product_key,
    if(mention.product.way = 'worded', 1, coalesce(mention.listed_product_count, 0)) as product_count,
    mention.product.way as product_way,
    durable_key(array(mention.campaign.target_id)) as campaign_key,
    durable_key(array(mention.promotion.target_id)) as promotion_key
  from posts as post
  left join social_mentions as mention
    on post.interaction_id = mention.interaction_id and post.interaction_month = mention.interaction_month
  left join authors as author
    on post.interaction_id = author.interaction_id and post.interaction_month = author.interaction_month
)

select
  linked.interaction_id,
  linked.interacted_at,
  linked.interaction_date,
  cast(
    year(linked.interaction_date) * 10000 + month(linked.interaction_date) * 100 + day(linked.interaction_date) as bigint
  ) as date_key,
  durable_key(array(nullif(linked.platform, 'unknown'))) as platform_key,
  linked.platform,
  linked.interaction_kind,
  linked.parent_id as parent_interaction_id,
  linked.language,
  coalesce(trim(linked.interaction_text) <> '', false) as has_text,
  linked.edited_at is not null as is_edited,
  linked.customer_key,
  coalesce(customer.customer_version_key, -1) as customer_version_key,
  linked.product_key,
  coalesce(product.product_version_key, -1) as product_version_key,
  cast(linked.product_count as int) as product_count,
  linked.product_way,
  linked.campaign_key,
  linked.promotion_key,
  linked.interaction_month
from linked
left join customer_spans as customer
  on
    linked.customer_key = customer.customer_key
    and (customer.starts_at is null or linked.interacted_at >= customer.starts_at)
    and (customer.ends_at is null or linked.interacted_at < customer.ends_at)
left join product_spans as product
  on
    linked.product_key = product.product_key
    and (product.starts_at is null or linked.interacted_at >= product.starts_at)
    and (product.ends_at is null or linked.interacted_at < product.ends_at)
