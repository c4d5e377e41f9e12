-- dim_customer_listing: one row per customer identity and unbroken time in which an address of its person was on the
-- blacklist. Reads dim_customer, customers and blacklist (cleansed). Listings that overlap or follow each other are one.
with
addresses as (
  select
    member.person_key,
    named.email
  from customers as named
  inner join dim_customer as member
    on named.customer_namespace = member.customer_namespace and named.customer_id = member.customer_id
  where named.email is not null
  union
  select
    member.person_key,
    member.customer_id as email
  from dim_customer as member
  where member.customer_namespace = 'email'
),

-- days as numbers; a listing without an end lasts to the end of time
listed as (
  select
    addresses.person_key,
    blacklist.listed_from as first_date,
    coalesce(blacklist.listed_until, date '9999-12-31') as last_date
  from blacklist
  inner join addresses on blacklist.email = addresses.email
  where blacklist.deleted_at is null and coalesce(blacklist.listed_until, date '9999-12-31') >= blacklist.listed_from
),

marked as (
  select
    *,
    coalesce(
      first_date > date_add(
        max(last_date) over (
          partition by person_key order by first_date, last_date rows between unbounded preceding and 1 preceding
        ), 1
      ), true
    ) as is_start
  from listed
),

numbered as (
  select
    *,
    count_if(is_start) over (partition by person_key order by first_date, last_date) as run
  from marked
),

runs as (
  select
    person_key,
    min(first_date) as first_date,
    max(last_date) as last_date
  from numbered
  group by person_key, run
),

held as (
  select distinct
    customer_key,
    person_key
  from dim_customer
)

select
  durable_key(array(cast(held.customer_key as string), cast(runs.first_date as string), cast(runs.last_date as string)))
    as customer_listing_key,
  held.customer_key,
  runs.first_date as listed_date,
  nullif(runs.last_date, date '9999-12-31') as last_date,
  to_utc_timestamp(runs.first_date, :time_zone) as valid_from_at
from runs
inner join held on runs.person_key = held.person_key
