-- bucketing: facts are hashed by order_id into sorted files, so that grouping and joining by order need no shuffle.
-- Parameters: none.
-- Run: scripts/beeline.sh --shop online_retail -f hive_ddl/optimise/spark/bucketing.hql
-- Before (buckets ignored): Bucketed: false (disabled by configuration), Exchange hashpartitioning(order_id) on both sides
-- After:                    Bucketed: true, SelectedBucketsCount: 4 out of 4, no Exchange at all
-- One order:                SelectedBucketsCount: 1 out of 4, also where the planner shows "disabled by query planner"
-- A cast on the key, or a table of another engine, loses the buckets.

set spark.sql.autoBroadcastJoinThreshold=-1;

-- before
set spark.sql.sources.bucketing.enabled=false;
explain
select sold.order_id, sold.sold_amount, returned.returned_amount
from (select order_id, sum(net_amount) as sold_amount from fct_sales group by order_id) as sold
left join (select order_id, sum(net_amount) as returned_amount from fct_returns group by order_id) as returned
  on sold.order_id = returned.order_id;

-- after
set spark.sql.sources.bucketing.enabled=true;
explain
select sold.order_id, sold.sold_amount, returned.returned_amount
from (select order_id, sum(net_amount) as sold_amount from fct_sales group by order_id) as sold
left join (select order_id, sum(net_amount) as returned_amount from fct_returns group by order_id) as returned
  on sold.order_id = returned.order_id;

-- one order: one bucket of each month is opened (the setting only makes the plan say so)
set spark.sql.sources.bucketing.autoBucketedScan.enabled=false;
explain select product_key, quantity from fct_sales where order_id = '536365';

reset spark.sql.autoBroadcastJoinThreshold;
reset spark.sql.sources.bucketing.enabled;
reset spark.sql.sources.bucketing.autoBucketedScan.enabled;
