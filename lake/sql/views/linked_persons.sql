-- linked_persons: one row per customer identity that shares an address with another one, and the person behind it: the
-- smallest customer_key of those connected by any address they ever had (lake/transforms/persons.py). In the namespace
-- `email` (guests, sign-ups) the id is the address. Reads customers, order_lines, orders and returns (cleansed).
with
addresses as (
  select
    customer_namespace,
    customer_id,
    email
  from customers
  where email is not null
  union
  select
    customer_namespace,
    customer_id,
    customer_id as email
  from customers
  where customer_namespace = 'email'
  union
  select
    customer_namespace,
    customer_id,
    customer_id as email
  from order_lines
  where deleted_at is null and customer_namespace = 'email' and customer_id is not null
  union
  select
    customer_namespace,
    customer_id,
    customer_id as email
  from orders
  where deleted_at is null and customer_namespace = 'email' and customer_id is not null
  union
  select
    customer_namespace,
    customer_id,
    customer_id as email
  from returns
  where deleted_at is null and customer_namespace = 'email' and customer_id is not null
),

held as (
  select
    durable_key(array(customer_namespace, customer_id)) as customer_key,
    email,
    count(*) over (partition by email) as holder_count
  from addresses
),

-- an address of one identity links nothing; all others are looked at together
linked as (
  select explode(persons_of(collect_list(struct(customer_key, email)))) as person
  from held
  where holder_count > 1
)

select
  linked.person.customer_key,
  linked.person.person_key
from linked
