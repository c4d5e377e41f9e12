-- fct_order_status: The way of each order through its statuses, with the first moment of each (an accumulating snapshot).
-- Grain: one row per order.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/fct_order_status -f hive_ddl/spark/create_fct_order_status.sql

create database if not exists ${release_db};

create table ${release_db}.fct_order_status (
  order_id string comment 'The order (degenerate dimension)',
  order_key bigint comment 'Key of the order in dim_order',
  order_date date comment 'When it was placed, in the shop\'s time zone',
  date_key bigint comment 'order_date as yyyymmdd',
  customer_key bigint comment 'Durable key of the customer, -1 where the source does not know',
  order_status string comment 'Status as it stands',
  placed_at timestamp comment 'When it was placed (UTC)',
  paid_at timestamp comment 'When it was first seen paid (UTC), null where it never was',
  shipped_at timestamp comment 'When it was first seen shipped (UTC)',
  delivered_at timestamp comment 'When it was first seen delivered (UTC)',
  cancelled_at timestamp comment 'When it was first seen cancelled (UTC)',
  returned_at timestamp comment 'When it was first seen returned (UTC)',
  days_to_pay decimal(18,4) comment 'Days from placed_at to paid_at',
  days_to_ship decimal(18,4) comment 'Days from placed_at to shipped_at',
  days_to_deliver decimal(18,4) comment 'Days from shipped_at to delivered_at',
  order_month string comment 'Local month of order_date (YYYY-MM), the partition'
)
using orc
partitioned by (order_month)
clustered by (order_id) sorted by (order_id) into 4 buckets
location '${location}'
comment 'The way of each order through its statuses, with the first moment of each (an accumulating snapshot). Grain: one row per order.'
tblproperties ('halles.kind' = 'fact', 'halles.key' = 'order_id');

create database if not exists ${shop_db};

create or replace view ${shop_db}.fct_order_status (
  order_id comment 'The order (degenerate dimension)',
  order_key comment 'Key of the order in dim_order',
  order_date comment 'When it was placed, in the shop\'s time zone',
  date_key comment 'order_date as yyyymmdd',
  customer_key comment 'Durable key of the customer, -1 where the source does not know',
  order_status comment 'Status as it stands',
  placed_at comment 'When it was placed (UTC)',
  paid_at comment 'When it was first seen paid (UTC), null where it never was',
  shipped_at comment 'When it was first seen shipped (UTC)',
  delivered_at comment 'When it was first seen delivered (UTC)',
  cancelled_at comment 'When it was first seen cancelled (UTC)',
  returned_at comment 'When it was first seen returned (UTC)',
  days_to_pay comment 'Days from placed_at to paid_at',
  days_to_ship comment 'Days from placed_at to shipped_at',
  days_to_deliver comment 'Days from shipped_at to delivered_at',
  order_month comment 'Local month of order_date (YYYY-MM), the partition'
)
comment 'The way of each order through its statuses, with the first moment of each (an accumulating snapshot).'
as select
  order_id,
  order_key,
  order_date,
  date_key,
  customer_key,
  order_status,
  placed_at,
  paid_at,
  shipped_at,
  delivered_at,
  cancelled_at,
  returned_at,
  days_to_pay,
  days_to_ship,
  days_to_deliver,
  order_month
from ${release_db}.fct_order_status;
