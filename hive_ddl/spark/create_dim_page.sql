-- dim_page: Pages of the web shop that were answered; those after an order are one page, and so are all that the shop's feed gives no kind.
-- Grain: one row per page, and the unknown member.
-- Rendered from conf/tables by `lake ddl render`; a test fails when the two differ. Publishing binds the same text.
--
-- Parameters
--   release_db  database of one release, such as online_retail_r000001
--   shop_db     database of the views that readers use, such as online_retail
--   location    folder of this table's files
--
-- Usage
--   PYSPARK_PYTHON=.venv/bin/python .venv/bin/spark-sql --hivevar release_db=trial_r000001 --hivevar shop_db=trial \
--     --hivevar location=/tmp/trial/dim_page -f hive_ddl/spark/create_dim_page.sql

create database if not exists ${release_db};

create table ${release_db}.dim_page (
  page_key bigint comment 'Key of the page',
  page string comment 'Path, an order\'s number replaced by {order_id}, (other) for pages of no kind, the kind in brackets where the source gives no path',
  page_kind string comment 'home, category, product, cart, checkout, order or other',
  funnel_step int comment '1 a visit, 2 a product, 3 the cart, 4 the checkout, 5 an order',
  product_key bigint comment 'Durable key of the product that it shows, -1 for other pages'
)
using orc
location '${location}'
comment 'Pages of the web shop that were answered, those after an order are one page, and so are all that the shop\'s feed gives no kind. Grain: one row per page, and the unknown member.'
tblproperties ('halles.kind' = 'dimension', 'halles.key' = 'page_key');

create database if not exists ${shop_db};

create or replace view ${shop_db}.dim_page (
  page_key comment 'Key of the page',
  page comment 'Path, an order\'s number replaced by {order_id}, (other) for pages of no kind, the kind in brackets where the source gives no path',
  page_kind comment 'home, category, product, cart, checkout, order or other',
  funnel_step comment '1 a visit, 2 a product, 3 the cart, 4 the checkout, 5 an order',
  product_key comment 'Durable key of the product that it shows, -1 for other pages'
)
comment 'Pages of the web shop that were answered, those after an order are one page, and so are all that the shop\'s feed gives no kind.'
as select
  page_key,
  page,
  page_kind,
  funnel_step,
  product_key
from ${release_db}.dim_page;
