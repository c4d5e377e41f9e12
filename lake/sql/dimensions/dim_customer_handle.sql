-- dim_customer_handle: one row per handle and customer who takes it over from nobody or from somebody else.
-- Reads customers (cleansed, all rows of their history). Of two who declare it at one moment the greater key has it.
with
declared as (
  select
    durable_key(array(customer_namespace, customer_id)) as customer_key,
    social_handle,
    effective_at
  from customers
  where social_handle is not null
),

followed as (
  select
    *,
    lag(customer_key) over (partition by social_handle order by effective_at, customer_key) as holder_key
  from declared
)

select
  durable_key(array(cast(customer_key as string), cast(effective_at as string), social_handle)) as customer_handle_key,
  customer_key,
  social_handle,
  to_utc_timestamp(to_date(from_utc_timestamp(effective_at, :time_zone)), :time_zone) as valid_from_at
from followed
where holder_key is distinct from customer_key
