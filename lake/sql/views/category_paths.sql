-- category_paths: one row per category with the names from the top of the catalogue down to it, at most six levels.
-- Names are those of now (type 1), also of removed categories. Reads categories_versions (lake/transforms/history.py).
with
current_names as (
  select
    category_id,
    coalesce(category_name, category_id) as category_name,
    parent_id
  from categories_versions
  where is_current
),

chains as (
  select
    leaf.category_id,
    array_compact(
      array(
        sixth.category_name,
        fifth.category_name,
        fourth.category_name,
        third.category_name,
        second.category_name,
        leaf.category_name
      )
    ) as names
  from current_names as leaf
  left join current_names as second on leaf.parent_id = second.category_id
  left join current_names as third on second.parent_id = third.category_id
  left join current_names as fourth on third.parent_id = fourth.category_id
  left join current_names as fifth on fourth.parent_id = fifth.category_id
  left join current_names as sixth on fifth.parent_id = sixth.category_id
)

select
  category_id,
  names
from chains
