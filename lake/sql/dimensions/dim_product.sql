-- dim_product: one row per product and version, inferred members for products that only lines or posts name, and -1.
-- Reads products_versions (lake/transforms/history.py over products), order_lines, returns and social_interactions
-- (cleansed), and category_paths (lake/sql/views) for products that name a category of the catalogue.
with
-- each text is parsed once, however many posts have it
mentions as (
  select distinct product_ids
  from social_interactions
  where deleted_at is null and product_ids <> '[]'
),

named_elsewhere as (
  select product_id
  from order_lines
  where deleted_at is null
  union
  select product_id
  from returns
  where deleted_at is null
  union
  select explode(from_json(product_ids, 'array<string>')) as product_id
  from mentions
),

inferred as (
  select named.product_id
  from named_elsewhere as named
  left anti join products_versions as known on named.product_id = known.product_id
  where named.product_id is not null
),

described as (
  select
    product.* except (category, subcategory),
    coalesce(path.names, array_compact(array(product.category, product.subcategory))) as names,
    if(path.names is null, product.category, path.names[0]) as category,
    if(path.names is null, product.subcategory, get(path.names, 1)) as subcategory
  from products_versions as product
  left join category_paths as path on product.category_id = path.category_id
),

unversioned as (
  select
    durable_key(array(product_id)) as product_key,
    version_key(array(product_id), timestamp '1900-01-01 00:00:00') as product_version_key,
    product_id,
    true as is_inferred
  from inferred
  union all
  select
    cast(-1 as bigint) as product_key,
    cast(-1 as bigint) as product_version_key,
    'unknown' as product_id,
    false as is_inferred
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
    false as is_inferred,
    nullif(array_join(names, ' > '), '') as category_path,
    list_price,
    list_currency,
    product_status
  from described
  union all
  select
    member.product_key,
    member.product_version_key,
    member.product_id,
    null as product_name,
    null as category,
    null as subcategory,
    null as brand,
    timestamp '1900-01-01 00:00:00' as valid_from_at,
    null as valid_to_at,
    true as is_current,
    false as is_deleted,
    member.is_inferred,
    null as category_path,
    null as list_price,
    null as list_currency,
    null as product_status
  from unversioned as member
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
  is_inferred,
  category_path,
  list_price,
  list_currency,
  product_status
from members
