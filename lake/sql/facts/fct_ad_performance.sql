-- fct_ad_performance: one row per campaign, platform and day, as last exported. ad_month is the month of the day.
-- Reads ad_stats (cleansed) and fct_fx_rates (the rate of the day).
with
figures as (
  select
    reported.*,
    date_format(reported.ad_date, 'yyyy-MM') as ad_month,
    if(reported.currency = :currency, cast(1 as decimal(18, 8)), rate.fx_rate) as fx_rate
  from ad_stats as reported
  left join fct_fx_rates as rate
    on
      reported.currency = rate.base_currency
      and rate.quote_currency = :currency
      and reported.ad_date = rate.rate_date
  where reported.deleted_at is null
)

select
  durable_key(array(campaign_id)) as campaign_key,
  campaign_id,
  durable_key(array(nullif(platform, 'unknown'))) as platform_key,
  platform,
  ad_date,
  cast(year(ad_date) * 10000 + month(ad_date) * 100 + day(ad_date) as bigint) as date_key,
  impression_count,
  click_count,
  conversions,
  spend_amount,
  currency,
  fx_rate,
  :currency as shop_currency,
  cast(spend_amount * fx_rate as decimal(18, 4)) as shop_spend_amount,
  ad_month
from figures
