-- order_line_sums: one row per order and currency of the lines that stand, with the sums of their amounts; a sum of what
-- not every line says is null. Reads order_lines and orders (cleansed). A line without a currency has that of its order;
-- currency_count: how many of these rows the order has.
select
  line.order_id,
  coalesce(line.currency, header.currency) as currency,
  header.currency as header_currency,
  header.deleted_at is not null as is_order_deleted,
  count(*) over (partition by line.order_id) as currency_count,
  count(*) as line_count,
  max(line.line_number) as last_number,
  sum(line.net_amount) as net_amount,
  sum(line.gross_amount) as items_amount,
  sum(line.discount_amount) as discount_amount,
  if(count(line.shipping_amount) = count(*), sum(line.shipping_amount), null) as shipping_amount,
  if(count(line.tax_amount) = count(*), sum(line.tax_amount), null) as tax_amount
from order_lines as line
left join orders as header on line.order_id = header.order_id
where line.deleted_at is null
group by line.order_id, coalesce(line.currency, header.currency), header.currency, header.deleted_at is not null
