-- trading_span: one row, the first and the last local day with a sale or return. Reads fct_sales and fct_returns.
with
traded_days as (
  select
    min(order_date) as first_date,
    max(order_date) as last_date
  from fct_sales
  union all
  select
    min(return_date) as first_date,
    max(return_date) as last_date
  from fct_returns
)

select
  min(first_date) as first_date,
  max(last_date) as last_date
from traded_days
