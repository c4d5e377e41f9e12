-- dim_channel: one row per channel that a source names, and the unknown member.
-- Reads orders, order_lines and returns (cleansed).
with
named as (
  select channel
  from orders
  where deleted_at is null and channel is not null
  union
  select channel
  from order_lines
  where deleted_at is null and channel is not null
  union
  select channel
  from returns
  where deleted_at is null and channel is not null
),

members as (
  select
    durable_key(array(channel)) as channel_key,
    channel
  from named
  where channel <> 'unknown'
  union all
  select
    cast(-1 as bigint) as channel_key,
    'unknown' as channel
)

select
  channel_key,
  channel
from members
