-- partition_pruning: with the month in the filter, or in the join with dim_date, only that month's folders are read.
-- Parameters: month (YYYY-MM).
-- Run: scripts/beeline.sh --shop online_retail --hivevar month=2010-12 -f hive_ddl/optimise/spark/partition_pruning.hql
-- Before (a date alone):        PartitionFilters: []                  every month is opened, ORC skips rows only
-- After (the month beside it):  PartitionFilters: [.. = 2010-12]      the other months are not listed at all
-- After (joined on the month):  PartitionFilters: [(sale_month = 2010-12)], inferred from the filter on dim_date

-- before: the date says nothing about folders
explain
select sum(net_amount) as revenue_amount
from fct_sales
where order_date >= cast('${month}-01' as date) and currency = 'GBP';

-- after: the partition column is named
explain
select sum(net_amount) as revenue_amount
from fct_sales
where sale_month = '${month}' and order_date >= cast('${month}-01' as date) and currency = 'GBP';

-- after: the calendar is filtered, and the join carries the month (dim_date has it for this)
explain
select calendar.order_week, sum(sales.net_amount) as revenue_amount
from fct_sales as sales
inner join (
  select date_key, calendar_month, iso_week as order_week
  from dim_date
  where calendar_month = '${month}'
) as calendar
  on sales.date_key = calendar.date_key and sales.sale_month = calendar.calendar_month
where sales.currency = 'GBP'
group by calendar.order_week;
