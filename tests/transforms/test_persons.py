"""Who is one person: addresses connect identities, over as many others as it takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lake.transforms.persons import persons_of
from tests.oracle.orders import persons


def test_identities_that_reach_each_other_are_the_smallest_of_them() -> None:
    links = [(5, "a"), (4, "a"), (4, "b"), (9, "b"), (9, "c"), (7, "c"), (8, "d"), (3, "e"), (2, "e")]
    assert dict(persons_of(links)) == {5: 4, 4: 4, 9: 4, 7: 4, 8: 8, 3: 2, 2: 2}


@given(st.lists(st.tuples(st.integers(1, 12), st.sampled_from("abcdefgh"))))
def test_any_links_give_the_components_of_their_graph(links: list[tuple[int, str]]) -> None:
    assert dict(persons_of(links)) == persons(links)
