-- promotion_reaction: what a promotion did to sales, visits and mood of the products that it covers.
-- Reads promotion_products, promotion_strata and promotion_moods (lake/sql/views).
-- Sales and visits: the Mantel-Haenszel ratio of two rates with products as strata, and Greenland's and Robins' variance of
-- its logarithm; the exposure is itself counted, so its variance is added. Mood: the change of the mean less that of compared
-- products, with the variance of four independent means.
with
sizes as (
  select
    promotion_key,
    promotion_id,
    first_date,
    last_date,
    count_if(is_covered) as product_count,
    count_if(not is_covered) as matched_product_count
  from promotion_products
  group by promotion_key, promotion_id, first_date, last_date
),

sums as (
  select
    promotion_key,
    measure,
    sum(before_count) as before_count,
    sum(during_count) as during_count,
    sum(after_count) as after_count,
    sum(try_divide(during_count * before_exposure, before_exposure + during_exposure)) as during_term,
    sum(try_divide(before_count * during_exposure, before_exposure + during_exposure)) as before_term,
    sum(try_divide(after_count * before_exposure, before_exposure + after_exposure)) as after_term,
    sum(try_divide(before_count * after_exposure, before_exposure + after_exposure)) as before_after_term,
    sum(
      try_divide((before_count + during_count) * before_exposure, before_exposure + during_exposure)
      * try_divide(during_exposure, before_exposure + during_exposure)
    ) as variance_term,
    try_divide(1, max(before_exposure)) + try_divide(1, max(during_exposure)) as exposure_variance
  from promotion_strata
  group by promotion_key, measure
),

ratios as (
  select
    promotion_key,
    measure,
    before_count,
    during_count,
    after_count,
    try_divide(nullif(during_term, 0), before_term) as effect,
    sqrt(try_divide(variance_term, during_term * before_term) + exposure_variance) as error,
    try_divide(after_term, before_after_term) as after_effect
  from sums
),

measured as (
  select
    promotion_key,
    measure,
    'ratio' as unit,
    before_count,
    during_count,
    after_count,
    effect,
    effect * exp(-1.96 * error) as effect_low,
    effect * exp(1.96 * error) as effect_high,
    1 as no_effect,
    after_effect
  from ratios
  union all
  select
    promotion_key,
    'mood' as measure,
    'difference' as unit,
    before_count,
    during_count,
    after_count,
    effect,
    effect - 1.96 * sqrt(squared_error) as effect_low,
    effect + 1.96 * sqrt(squared_error) as effect_high,
    0 as no_effect,
    after_effect
  from promotion_moods
)

select
  sizes.promotion_key,
  sizes.promotion_id,
  measured.measure,
  measured.unit,
  sizes.first_date,
  sizes.last_date,
  sizes.product_count,
  sizes.matched_product_count,
  measured.before_count,
  measured.during_count,
  measured.after_count,
  cast(measured.effect as decimal(18, 4)) as effect,
  cast(measured.effect_low as decimal(18, 4)) as effect_low,
  cast(measured.effect_high as decimal(18, 4)) as effect_high,
  coalesce(measured.effect_low > measured.no_effect or measured.effect_high < measured.no_effect, false) as is_significant,
  cast(measured.after_effect as decimal(18, 4)) as after_effect
from sizes
inner join measured on sizes.promotion_key = measured.promotion_key
