-- campaign_performance: cost, visits, orders and mood of each campaign, money in the shop's currency. A line counts once for
-- a campaign, by its session or by its promotion; two campaigns for one promotion both have it.
-- Reads dim_campaign, fct_ad_performance, fct_sales, fct_web_sessions, fct_social_interactions and fct_sentiments.
with
ads as (
  select
    campaign_key,
    sum(impression_count) as impression_count,
    sum(click_count) as click_count,
    cast(sum(conversions) as decimal(18, 4)) as conversions,
    sum(shop_spend_amount) as shop_spend_amount,
    count_if(shop_spend_amount is null) as unrated_count
  from fct_ad_performance
  group by campaign_key
),

visits as (
  select
    campaign_key,
    count(*) as session_count,
    count_if(has_order) as order_session_count
  from fct_web_sessions
  where not is_bot
  group by campaign_key
),

attributed as (
  select
    campaign.campaign_key,
    sale.order_line_id,
    sale.order_id,
    sale.shop_net_amount
  from dim_campaign as campaign
  inner join fct_sales as sale
    on
      campaign.promotion_key = sale.promotion_key
      and campaign.promotion_key <> -1
      and campaign.starts_on <= sale.order_date
      and (campaign.ends_on is null or campaign.ends_on >= sale.order_date)
  union
  select
    visit.campaign_key,
    sale.order_line_id,
    sale.order_id,
    sale.shop_net_amount
  from fct_web_sessions as visit
  inner join fct_sales as sale on visit.order_id = sale.order_id
  where not visit.is_bot
),

revenue as (
  select
    campaign_key,
    count(distinct order_id) as order_count,
    sum(shop_net_amount) as shop_revenue_amount,
    count_if(shop_net_amount is null) as unrated_count
  from attributed
  group by campaign_key
),

moods as (
  select
    post.campaign_key,
    count(*) as interaction_count,
    count_if(post.has_text) as text_count,
    count(if(post.has_text, said.score, null)) as scored_count,
    cast(avg(if(post.has_text, said.score, null)) as decimal(18, 4)) as mean_score
  from fct_social_interactions as post
  left join fct_sentiments as said
    on post.interaction_id = said.interaction_id and post.interaction_month = said.interaction_month and said.is_latest
  group by post.campaign_key
)

select
  campaign.campaign_key,
  campaign.campaign_id,
  campaign.campaign_name,
  campaign.platform,
  campaign.starts_on,
  campaign.ends_on,
  campaign.promotion_key,
  if(ads.campaign_key is null, 0, ads.impression_count) as impression_count,
  if(ads.campaign_key is null, 0, ads.click_count) as click_count,
  if(ads.campaign_key is null, 0, ads.conversions) as conversions,
  :currency as shop_currency,
  cast(coalesce(ads.shop_spend_amount, 0) as decimal(18, 4)) as shop_spend_amount,
  coalesce(visits.session_count, 0) as session_count,
  coalesce(visits.order_session_count, 0) as order_session_count,
  coalesce(revenue.order_count, 0) as order_count,
  cast(coalesce(revenue.shop_revenue_amount, 0) as decimal(18, 4)) as shop_revenue_amount,
  if(
    coalesce(ads.unrated_count, 0) + coalesce(revenue.unrated_count, 0) = 0,
    cast(coalesce(revenue.shop_revenue_amount, 0) / nullif(ads.shop_spend_amount, 0) as decimal(18, 4)), null
  ) as roas,
  coalesce(ads.unrated_count, 0) + coalesce(revenue.unrated_count, 0) as unrated_count,
  coalesce(moods.interaction_count, 0) as interaction_count,
  coalesce(moods.text_count, 0) as text_count,
  coalesce(moods.scored_count, 0) as scored_count,
  cast(moods.scored_count / nullif(moods.text_count, 0) as decimal(9, 6)) as coverage_rate,
  moods.mean_score
from dim_campaign as campaign
left join ads on campaign.campaign_key = ads.campaign_key
left join visits on campaign.campaign_key = visits.campaign_key
left join revenue on campaign.campaign_key = revenue.campaign_key
left join moods on campaign.campaign_key = moods.campaign_key
where campaign.campaign_key <> -1
