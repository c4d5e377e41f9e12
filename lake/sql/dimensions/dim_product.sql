-- dim_product: one row per product and version, inferred members for products that only lines name, and -1.
-- Reads products_versions (lake/transforms/history.py over products), order_lines and returns (cleansed).
with
named_by_lines as (
  select product_id
  from order_lines
  where deleted_at is null
  union
  select product_id
  from returns
  where deleted_at is null
),

inferred as (
  select named.product_id
  from named_by_lines as named
  left anti join products_versions as known on named.product_id = known.product_id
),

versions as (
  select
    product_id,
    product_name,
    category,
    subcategory,
    brand,
    effective_at,
    valid_from_at,
    valid_to_at,
    is_current,
    is_deleted,
    false as is_inferred
  from products_versions
  union all
  select
    product_id,
    null as product_name,
    null as category,
    null as subcategory,
    null as brand,
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
    durable_key(array(product_id)) as product_key,
    version_key(array(product_id), effective_at) as product_version_key,
    product_id,
    product_name,
    category,
    subcategory,
    brand,
    valid_from_at,
    valid_to_at,
    is_current,
    is_deleted,
    is_inferred
  from versions
  union all
  select
    cast(-1 as bigint) as product_key,
    cast(-1 as bigint) as product_version_key,
    'unknown' as product_id,
    null as product_name,
    null as category,
    null as subcategory,
    null as brand,
    timestamp '1900-01-01 00:00:00' as valid_from_at,
    null as valid_to_at,
    true as is_current,
    false as is_deleted,
    false as is_inferred
)

select
  product_key,
  product_version_key,
  product_id,
  product_name,
  category,
  subcategory,
  brand,
  valid_from_at,
  valid_to_at,
  is_current,
  is_deleted,
  is_inferred
from members
