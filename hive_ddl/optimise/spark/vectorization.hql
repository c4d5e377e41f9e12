-- vectorization: ORC is read in batches of columns instead of row by row.
-- Parameters: none.
-- Run: scripts/beeline.sh --shop online_retail -f hive_ddl/optimise/spark/vectorization.hql
-- Before (reader switched off): FileScan orc ... Batched: false
-- After (the default):          FileScan orc ... Batched: true, with ColumnarToRow above it
-- Nested columns keep it only with spark.sql.orc.enableNestedColumnVectorizedReader (on since Spark 4).

-- before
set spark.sql.orc.enableVectorizedReader=false;
explain select currency, sum(net_amount) as revenue_amount from fct_sales group by currency;

-- after
set spark.sql.orc.enableVectorizedReader=true;
explain select currency, sum(net_amount) as revenue_amount from fct_sales group by currency;

reset spark.sql.orc.enableVectorizedReader;
