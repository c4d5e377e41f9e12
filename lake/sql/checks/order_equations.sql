-- order_equations: one row per order whose money cannot be judged, or is not as it should be; is_broken: nothing excuses
-- it. Reads order_sides (beside this) and order_line_sums (lake/sql/views). The equations:
-- lines: items, discounts, taxes and shipping sum to the header's; total = items - discounts + shipping + tax.
-- payments: captured - refunded = total - returned (with tax and shipping), 0 for a cancelled order; judged from paid on. A first
-- payment or a refund may be under way until the order is settled; a captured amount that is too small is never excused by
-- that, but all are where :payments_are_whole is false (shop.yaml). Two currencies are not added: an order with lines, payments
-- or returns in another one is not judged by these.
-- A source that states more than four decimals has its lines rounded: less than a cent is no difference.
with
sides as (
  select
    *,
    lacks_returned_tax and paid_off between -abs(tax_amount) and 0 as may_be_returned_tax
  from order_sides
),

found as (
  select
    *,
    case
      when line_count is null then named_struct('reason', 'no lines', 'amount', total_amount, 'is_broken', false)
      when refused_entities is not null
        then named_struct('reason', concat('refused rows of ', refused_entities), 'amount', total_amount, 'is_broken', false)
      when abs(total_off) >= 0.01
        then
          named_struct(
            'reason', 'total is not items - discounts + shipping + tax', 'amount', total_off, 'is_broken', not has_headers
          )
      when
        not has_foreign_lines
        and greatest(abs(items_off), abs(discount_off), abs(tax_off), abs(shipping_off)) >= 0.01
        then
          named_struct(
            'reason', if(has_gap, 'a line is missing', 'lines do not sum to the header'),
            'amount',
            case
              when abs(items_off) >= 0.01 then items_off
              when abs(discount_off) >= 0.01 then discount_off
              when abs(tax_off) >= 0.01 then tax_off
              else shipping_off
            end,
            'is_broken', not (has_gap or has_headers or (has_lines and coalesce(items_off, 0) < 0))
          )
      when
        abs(paid_off) >= 0.01
        and is_settled is not null
        and order_status in ('paid', 'shipped', 'delivered', 'returned', 'cancelled')
        then
          named_struct(
            'reason',
            case
              when has_foreign_money then 'payments or returns in another currency'
              when may_be_returned_tax then 'a return does not say its tax'
              when is_settled then 'payments are not what is due'
              else 'a payment is under way'
            end,
            'amount', paid_off,
            'is_broken',
            :payments_are_whole
            and not (has_payments or has_foreign_money or may_be_returned_tax)
            and (is_settled or (paid_off < 0 and captured_amount > 0 and refunded_amount = 0))
          )
    end as finding
  from sides
),

unmatched as (
  select
    order_id,
    if(header_currency is null, 'no header', 'lines in another currency') as reason,
    net_amount as amount,
    currency,
    false as is_broken
  from order_line_sums
  where not is_order_deleted and (header_currency is null or currency <> header_currency)
)

select
  found.order_id,
  found.finding.reason,
  found.finding.amount,
  found.currency,
  coalesce(found.finding.is_broken, false) as is_broken
from found
where found.finding is not null
union all
select
  order_id,
  reason,
  amount,
  currency,
  is_broken
from unmatched
