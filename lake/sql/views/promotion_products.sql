-- promotion_products: one row per promotion that has begun and product that it covers (is_covered) or that it is compared
-- with: one that no promotion covers from 28 days before it begins until it ends. The days judged end 14 days after it.
-- Compared are only products (is_eligible) that were sold before these days and stay on sale until it ends.
-- Reads dim_promotion, promotion_scopes, products_versions, categories_versions and fct_sales.
with
sold as (
  select
    product_key,
    min(order_date) as first_sold_date
  from fct_sales
  group by product_key
),

ends as (
  select max(order_date) as end_date from fct_sales
),

spans as (
  select
    promotion.promotion_key,
    promotion.promotion_id,
    promotion.starts_at,
    promotion.first_date,
    least(promotion.last_date, ends.end_date) as last_date,
    date_sub(promotion.first_date, 28) as before_date,
    least(date_add(promotion.last_date, 14), ends.end_date) as after_date
  from dim_promotion as promotion
  inner join ends on promotion.first_date <= ends.end_date
  where not promotion.is_deleted
),

parents as (
  select
    category_id,
    explode(array(category_id, parent_id)) as scope_id
  from categories_versions
  where is_current
),

covered as (
  select
    span.promotion_key,
    durable_key(array(scope.scope_id)) as product_key
  from spans as span
  inner join promotion_scopes as scope on span.promotion_id = scope.promotion_id and scope.deleted_at is null
  where scope.scope_kind = 'product'
  union
  select
    span.promotion_key,
    durable_key(array(product.product_id)) as product_key
  from spans as span
  inner join promotion_scopes as scope on span.promotion_id = scope.promotion_id and scope.deleted_at is null
  inner join parents as category on scope.scope_id = category.scope_id
  inner join products_versions as product
    on
      category.category_id = product.category_id
      and span.starts_at >= product.valid_from_at
      and (product.valid_to_at is null or span.starts_at < product.valid_to_at)
  where scope.scope_kind = 'category'
),

-- a product without a status is on sale
gone as (
  select
    durable_key(array(product_id)) as product_key,
    to_date(min(if(product_status <> 'active', valid_from_at, valid_to_at))) as gone_date
  from products_versions
  where product_status <> 'active' or is_deleted
  group by product_id
),

eligible as (
  select
    span.promotion_key,
    sold.product_key
  from spans as span
  inner join sold on span.before_date > sold.first_sold_date
  left join gone on sold.product_key = gone.product_key
  where gone.gone_date is null or gone.gone_date > span.last_date
),

touched as (
  select distinct
    span.promotion_key,
    covered.product_key
  from spans as span
  inner join spans as other on span.last_date >= other.first_date and span.before_date <= other.last_date
  inner join covered on other.promotion_key = covered.promotion_key
),

compared as (
  select
    covered.promotion_key,
    covered.product_key,
    true as is_covered,
    eligible.product_key is not null as is_eligible
  from covered
  left join eligible on covered.promotion_key = eligible.promotion_key and covered.product_key = eligible.product_key
  union all
  select
    eligible.promotion_key,
    eligible.product_key,
    false as is_covered,
    true as is_eligible
  from eligible
  left anti join touched on eligible.promotion_key = touched.promotion_key and eligible.product_key = touched.product_key
)

select
  compared.promotion_key,
  span.promotion_id,
  span.first_date,
  span.last_date,
  span.before_date,
  span.after_date,
  compared.product_key,
  compared.is_covered,
  compared.is_eligible
from compared
inner join spans as span on compared.promotion_key = span.promotion_key
