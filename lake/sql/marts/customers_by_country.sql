-- customers_by_country: people by the country they are known to live in, and how many of them have bought.
-- Reads dim_customer and fct_sales. A person counts once, with the attributes of the registered identity.
with
people as (
  select
    person_key,
    coalesce(country, 'unknown') as country,
    is_deleted
  from dim_customer
  where customer_key = person_key and is_current and customer_key <> -1
),

buyers as (
  select customer.person_key
  from fct_sales as sales
  inner join dim_customer as customer on sales.customer_version_key = customer.customer_version_key
  where customer.person_key <> -1
  group by customer.person_key
),

counted as (
  select
    people.country,
    count(*) as customer_count,
    count(buyers.person_key) as buyer_count,
    count_if(people.is_deleted) as deleted_customer_count
  from people
  left join buyers on people.person_key = buyers.person_key
  group by people.country
)

select
  country,
  customer_count,
  buyer_count,
  deleted_customer_count
from counted
