-- analyze: column statistics, which Spark's cost-based optimiser needs to order joins and to see what is small.
-- Parameters: release_db (a database of `select release_database from <shop>.releases where is_live`).
-- Run: scripts/beeline.sh --shop online_retail --hivevar release_db=online_retail_r000001 -f hive_ddl/optimise/spark/analyze.hql
-- publish has done this for the columns that contracts list under `analyze:`; by hand it is needed after a new filter
-- column came into use. Only join and filter columns: all columns cost as much as loading the table.
-- Before (no statistics):  Statistics(sizeInBytes=8.0 EiB) on a partitioned table; joins stay in the order written
-- After:                   Statistics(sizeInBytes=..., rowCount=...), and joins start with the most selective

analyze table ${release_db}.fct_sales compute statistics for columns date_key, customer_key, product_key, country_key, order_id;
analyze table ${release_db}.dim_country compute statistics for columns country_key, country;

describe formatted ${release_db}.fct_sales country_key;

explain cost
select country.country, sum(sales.net_amount) as revenue_amount
from ${release_db}.fct_sales as sales
inner join ${release_db}.dim_country as country on sales.country_key = country.country_key
where country.country = 'France' and sales.currency = 'GBP'
group by country.country;
