-- dim_customer: one row per customer identity and version, inferred members for those that only lines name, and -1.
-- Reads customers_versions (lake/transforms/history.py over customers), order_lines, orders and returns (cleansed), and
-- linked_persons (lake/sql/views). person_key is type 1, the same on all versions: to link identities re-keys nothing.
with
named_by_lines as (
  select
    customer_namespace,
    customer_id
  from order_lines
  where deleted_at is null and customer_id is not null
  union
  select
    customer_namespace,
    customer_id
  from orders
  where deleted_at is null and customer_id is not null
  union
  select
    customer_namespace,
    customer_id
  from returns
  where deleted_at is null and customer_id is not null
),

inferred as (
  select
    named.customer_namespace,
    named.customer_id
  from named_by_lines as named
  left anti join customers_versions as known
    on named.customer_namespace <=> known.customer_namespace and named.customer_id = known.customer_id
),

versions as (
  select
    customer_namespace,
    customer_id,
    signup_date,
    country,
    city,
    sex,
    age_band,
    income_band,
    effective_at,
    valid_from_at,
    valid_to_at,
    is_current,
    is_deleted,
    false as is_inferred
  from customers_versions
  union all
  select
    customer_namespace,
    customer_id,
    null as signup_date,
    null as country,
    null as city,
    null as sex,
    null as age_band,
    null as income_band,
    timestamp '1900-01-01 00:00:00' as effective_at,
    timestamp '1900-01-01 00:00:00' as valid_from_at,
    null as valid_to_at,
    true as is_current,
    false as is_deleted,
    true as is_inferred
  from inferred
),

members as (
  select
    durable_key(array(customer_namespace, customer_id)) as customer_key,
    version_key(array(customer_namespace, customer_id), effective_at) as customer_version_key,
    * except (effective_at)
  from versions
  union all
  select
    cast(-1 as bigint) as customer_key,
    cast(-1 as bigint) as customer_version_key,
    'unknown' as customer_namespace,
    'unknown' as customer_id,
    null as signup_date,
    null as country,
    null as city,
    null as sex,
    null as age_band,
    null as income_band,
    timestamp '1900-01-01 00:00:00' as valid_from_at,
    null as valid_to_at,
    true as is_current,
    false as is_deleted,
    false as is_inferred
)

select
  members.customer_key,
  members.customer_version_key,
  coalesce(person.person_key, members.customer_key) as person_key,
  members.customer_namespace,
  members.customer_id,
  members.signup_date,
  members.country,
  members.city,
  members.sex,
  members.age_band,
  members.income_band,
  members.valid_from_at,
  members.valid_to_at,
  members.is_current,
  members.is_deleted,
  members.is_inferred
from members
left join linked_persons as person on members.customer_key = person.customer_key
