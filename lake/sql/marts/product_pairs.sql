-- product_pairs: two products that stand together in at least two orders, and whether more often than by chance.
-- Reads fct_sales and dim_product (names as they are now). Of a pair, the product with the smaller key is the first one.
-- support = orders with both / all orders; confidence = orders with both / orders with the one; lift = support / (share of
-- orders with the one x share with the other): above 1 they attract each other (Agrawal et al. 1993; Brin et al. 1997).
with
baskets as (
  select
    order_id,
    product_key
  from fct_sales
  group by order_id, product_key
),

all_orders as (
  select count(distinct order_id) as total_order_count
  from baskets
),

product_orders as (
  select
    product_key,
    count(*) as order_count
  from baskets
  group by product_key
),

pairs as (
  select
    one.product_key,
    other.product_key as other_product_key,
    count(*) as pair_order_count
  from baskets as one
  inner join baskets as other on one.order_id = other.order_id and one.product_key < other.product_key
  group by one.product_key, other.product_key
),

named as (
  select
    product_orders.product_key,
    product_orders.order_count,
    product.product_id,
    product.product_name
  from product_orders
  left join dim_product as product on product_orders.product_key = product.product_key and product.is_current
),

measured as (
  select
    pairs.*,
    one.product_id,
    one.product_name,
    other.product_id as other_product_id,
    other.product_name as other_product_name,
    one.order_count as product_order_count,
    other.order_count as other_product_order_count,
    all_orders.total_order_count,
    cast(pairs.pair_order_count / all_orders.total_order_count as decimal(18, 8)) as support_rate,
    cast(pairs.pair_order_count / one.order_count as decimal(18, 8)) as confidence_rate,
    cast(pairs.pair_order_count / other.order_count as decimal(18, 8)) as other_confidence_rate,
    cast(
      pairs.pair_order_count * all_orders.total_order_count / (one.order_count * other.order_count) as decimal(18, 4)
    ) as lift
  from pairs
  inner join named as one on pairs.product_key = one.product_key
  inner join named as other on pairs.other_product_key = other.product_key
  cross join all_orders
  where pairs.pair_order_count >= 2
)

select
  product_key,
  other_product_key,
  product_id,
  product_name,
  other_product_id,
  other_product_name,
  pair_order_count,
  product_order_count,
  other_product_order_count,
  total_order_count,
  support_rate,
  confidence_rate,
  other_confidence_rate,
  lift
from measured
