-- dim_sentiment: the three sentiments with their bands of scores, and the unknown member. Reads nothing.
with
bands as (
  select
    inline(
      array(
        struct('negative' as sentiment, -1 as sort_order, -1.0000 as lowest_score, -0.2001 as highest_score),
        struct('neutral' as sentiment, 0 as sort_order, -0.2000 as lowest_score, 0.2000 as highest_score),
        struct('positive' as sentiment, 1 as sort_order, 0.2001 as lowest_score, 1.0000 as highest_score)
      )
    )
),

members as (
  select
    durable_key(array(sentiment)) as sentiment_key,
    sentiment,
    sort_order,
    cast(lowest_score as decimal(18, 4)) as lowest_score,
    cast(highest_score as decimal(18, 4)) as highest_score
  from bands
  union all
  select
    cast(-1 as bigint) as sentiment_key,
    'unknown' as sentiment,
    cast(null as int) as sort_order,
    cast(null as decimal(18, 4)) as lowest_score,
    cast(null as decimal(18, 4)) as highest_score
)

select
  sentiment_key,
  sentiment,
  sort_order,
  lowest_score,
  highest_score
from members
