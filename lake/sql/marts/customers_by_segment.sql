-- customers_by_segment: people, buyers and what they bought, by one attribute at a time. Reads customer_profile.
with
segmented as (
  select
    *,
    explode(
      map(
        'age_band', coalesce(age_band, 'unknown'),
        'sex', coalesce(sex, 'unknown'),
        'country', coalesce(country, 'unknown'),
        'city', coalesce(concat(city, ', ', coalesce(country, 'unknown')), 'unknown'),
        'rfm_segment', rfm_segment
      )
    ) as (segment_type, segment)
  from customer_profile
),

counted as (
  select
    segment_type,
    segment,
    count(*) as customer_count,
    count_if(is_buyer) as buyer_count,
    sum(order_count) as order_count,
    shop_currency,
    cast(sum(shop_revenue_amount) as decimal(18, 4)) as shop_revenue_amount,
    cast(sum(shop_return_amount) as decimal(18, 4)) as shop_return_amount
  from segmented
  group by segment_type, segment, shop_currency
)

select
  segment_type,
  segment,
  customer_count,
  buyer_count,
  order_count,
  shop_currency,
  shop_revenue_amount,
  shop_return_amount
from counted
