select product_key, count(*) as line_count
from fct_sales
group by product_key
