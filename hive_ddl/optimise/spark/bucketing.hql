-- bucketing: facts are hashed by order_id into sorted files, so that a join or group by order needs no shuffle.
-- Parameters: none.
-- Run: scripts/beeline.sh --shop online_retail -f hive_ddl/optimise/spark/bucketing.hql
-- Before (buckets ignored): Bucketed: false (disabled by configuration), Exchange hashpartitioning(order_id) on both sides
-- After:                    Bucketed: true, SelectedBucketsCount: 4 out of 4, no Exchange below the join
-- A cast on the key, or a table of another engine, loses the buckets. One order: SelectedBucketsCount: 1 out of 4.

set spark.sql.autoBroadcastJoinThreshold=-1;

-- before
set spark.sql.sources.bucketing.enabled=false;
explain
select sales.order_id, sum(sales.net_amount) as sold_amount, sum(returns.net_amount) as returned_amount
from fct_sales as sales
inner join fct_returns as returns on sales.order_id = returns.order_id
group by sales.order_id;

-- after
set spark.sql.sources.bucketing.enabled=true;
explain
select sales.order_id, sum(sales.net_amount) as sold_amount, sum(returns.net_amount) as returned_amount
from fct_sales as sales
inner join fct_returns as returns on sales.order_id = returns.order_id
group by sales.order_id;

-- one order: one bucket of each month is opened
explain select product_key, quantity from fct_sales where order_id = '536365';

reset spark.sql.autoBroadcastJoinThreshold;
reset spark.sql.sources.bucketing.enabled;
