-- customers_by_country: people by the country they are known to live in, and how many of them have bought.
-- Reads dim_person. A person counts once, whatever their identities.
with
counted as (
  select
    coalesce(country, 'unknown') as country,
    count(*) as customer_count,
    count_if(is_buyer) as buyer_count,
    count_if(is_deleted) as deleted_customer_count
  from dim_person
  group by coalesce(country, 'unknown')
)

select
  country,
  customer_count,
  buyer_count,
  deleted_customer_count
from counted
