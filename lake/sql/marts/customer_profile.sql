-- customer_profile: one row per person, bought or not: where they live, how old they are, what they bought, and a score of 1
-- to 5 for recency, frequency and money. Ages and recency are as of the shop's last day with a sale or return. Scores are
-- fifths of the buyers by rank, equal values have equal scores. Reads dim_person, dim_customer, trading_span (lake/sql/views,
-- over fct_sales and fct_returns) and customers (cleansed), whose dates of birth stay there: only a band is kept.
with
identities as (
  select
    customer_key,
    person_key
  from dim_customer
  where is_current and customer_key <> -1
),

births as (
  select
    identities.person_key,
    min(member.birth_date) as birth_date
  from customers_versions as member
  inner join identities on durable_key(array(member.customer_namespace, member.customer_id)) = identities.customer_key
  where member.is_current and member.birth_date is not null
  group by identities.person_key
),

described as (
  select
    people.*,
    floor(months_between(trading_span.last_date, births.birth_date) / 12) as age,
    trading_span.last_date as as_of_date,
    datediff(trading_span.last_date, people.last_order_date) as recency_days
  from dim_person as people
  left join births on people.person_key = births.person_key
  cross join trading_span
),

scored as (
  select
    *,
    if(is_buyer, 1 + least(4, floor(5 * percent_rank() over (partition by is_buyer order by recency_days desc))), null) as r,
    if(is_buyer, 1 + least(4, floor(5 * percent_rank() over (partition by is_buyer order by order_count asc))), null) as f,
    if(
      is_buyer,
      1 + least(4, floor(5 * percent_rank() over (partition by is_buyer order by shop_revenue_amount + shop_return_amount asc))),
      null
    ) as m
  from described
)

select
  person_key,
  country,
  city,
  sex,
  coalesce(
    age_band,
    case
      when age < 18 then '0-17' when age < 25 then '18-24' when age < 35 then '25-34' when age < 45 then '35-44'
      when age < 55 then '45-54' when age < 65 then '55-64' when age >= 65 then '65+'
    end
  ) as age_band,
  is_deleted,
  is_buyer,
  joined_month,
  joined_by,
  first_order_date,
  last_order_date,
  order_count,
  shop_currency,
  shop_revenue_amount,
  shop_return_amount,
  as_of_date,
  recency_days,
  cast(r as int) as recency_score,
  cast(f as int) as frequency_score,
  cast(m as int) as money_score,
  case
    when not is_buyer then 'no order' when r >= 4 and f >= 4 then 'champion' when r >= 3 and f >= 3 then 'loyal'
    when r >= 4 then 'recent' when r = 3 then 'occasional' when f >= 3 then 'at risk' else 'lost'
  end as rfm_segment
from scored
