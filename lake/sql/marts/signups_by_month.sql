-- signups_by_month: people by the local month in which they joined, and how that month is known, by country.
-- Reads dim_person. Who has neither signed up nor bought is left out.
with
counted as (
  select
    joined_month as calendar_month,
    joined_by,
    coalesce(country, 'unknown') as country,
    count(*) as customer_count,
    count_if(is_buyer) as buyer_count
  from dim_person
  where joined_month is not null
  group by joined_month, joined_by, coalesce(country, 'unknown')
)

select
  calendar_month,
  joined_by,
  country,
  customer_count,
  buyer_count
from counted
