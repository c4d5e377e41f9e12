-- product_spans: one row per product and version, with the moments from which and before which facts have it (null: open).
-- It is the last version that had started, so a deleted member keeps its last one, and the first version also serves
-- what came before it. Reads dim_product.
select
  product_key,
  product_version_key,
  if(lag(valid_from_at) over versions_in_time is null, null, valid_from_at) as starts_at,
  lead(valid_from_at) over versions_in_time as ends_at
from dim_product
window versions_in_time as (partition by product_key order by valid_from_at)
