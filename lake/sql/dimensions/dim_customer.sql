-- dim_customer: one row per customer identity and version, inferred members for those that only lines name, and -1.
-- Reads customers_versions (lake/transforms/history.py over customers), order_lines and returns (cleansed).
-- person_key is type 1: the same on all versions; one identity is one person until identities are linked.
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
    customer_namespace,
    customer_id,
    signup_date,
    country,
    city,
    sex,
    age_band,
    income_band,
    valid_from_at,
    valid_to_at,
    is_current,
    is_deleted,
    is_inferred
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
  customer_key,
  customer_version_key,
  customer_key as person_key,
  customer_namespace,
  customer_id,
  signup_date,
  country,
  city,
  sex,
  age_band,
  income_band,
  valid_from_at,
  valid_to_at,
  is_current,
  is_deleted,
  is_inferred
from members
