-- dim_person: one row per person behind the identities of dim_customer, as known now. Each attribute is that of the first
-- identity that has it: those that stand before deleted ones, described before inferred ones, registered ones before
-- addresses (guests, loyalty), then by key. joined_month is that of the earliest sign-up, else of the first sale; null
-- without either. A person is deleted when all described identities are. Reads dim_customer, fct_sales and fct_returns.
with
identities as (
  select
    *,
    row_number() over (
      partition by person_key
      order by is_deleted asc, is_inferred asc, customer_namespace <=> 'email' asc, customer_key asc
    ) as place
  from dim_customer
  where is_current and customer_key <> -1
),

described as (
  select
    person_key,
    min_by(country, place) filter (where country is not null) as country,
    min_by(city, place) filter (where city is not null) as city,
    min_by(sex, place) filter (where sex is not null) as sex,
    min_by(age_band, place) filter (where age_band is not null) as age_band,
    min(signup_date) as signup_date,
    bool_or(is_deleted) and bool_and(is_deleted or coalesce(is_inferred, false)) as is_deleted
  from identities
  group by person_key
),

bought as (
  select
    identities.person_key,
    min(sales.order_date) as first_order_date,
    max(sales.order_date) as last_order_date,
    min(sales.sale_month) as first_order_month,
    count(distinct sales.order_id) as order_count,
    sum(sales.shop_net_amount) as shop_revenue_amount
  from fct_sales as sales
  inner join identities on sales.customer_key = identities.customer_key
  group by identities.person_key
),

returned as (
  select
    identities.person_key,
    sum(back.shop_net_amount) as shop_return_amount
  from fct_returns as back
  inner join identities on back.customer_key = identities.customer_key
  group by identities.person_key
),

joined as (
  select
    described.*,
    bought.person_key is not null as is_buyer,
    bought.first_order_date,
    bought.last_order_date,
    coalesce(bought.order_count, 0) as order_count,
    cast(coalesce(bought.shop_revenue_amount, 0) as decimal(18, 4)) as shop_revenue_amount,
    cast(coalesce(returned.shop_return_amount, 0) as decimal(18, 4)) as shop_return_amount,
    concat(lpad(year(described.signup_date), 4, '0'), '-', lpad(month(described.signup_date), 2, '0')) as signup_month,
    bought.first_order_month
  from described
  left join bought on described.person_key = bought.person_key
  left join returned on described.person_key = returned.person_key
)

select
  person_key,
  country,
  city,
  sex,
  age_band,
  is_deleted,
  is_buyer,
  signup_date,
  coalesce(signup_month, first_order_month) as joined_month,
  if(signup_month is not null, 'sign-up', if(first_order_month is not null, 'first order', null)) as joined_by,
  first_order_date,
  last_order_date,
  order_count,
  :currency as shop_currency,
  shop_revenue_amount,
  shop_return_amount
from joined
