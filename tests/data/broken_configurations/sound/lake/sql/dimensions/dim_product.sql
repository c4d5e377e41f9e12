with versions as (
  select durable_key(array(product_id)) as product_key, version_key(array(product_id), effective_at) as product_version_key, product_id
  from products_versions
)

select * from versions
