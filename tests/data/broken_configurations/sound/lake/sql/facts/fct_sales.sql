select
  lines.order_line_id,
  lines.ordered_at,
  product.product_key,
  lines.net_amount,
  lines.currency,
  lines.order_month as sale_month
from order_lines as lines
left join dim_product as product on lines.product_id = product.product_id
