"""SQL expressions of contracts: the columns they read, and what is refused."""

from __future__ import annotations

import pytest

from lake.contracts.sql_expressions import ExpressionSyntaxError, columns_of, expression_problems

COLUMNS = {"name", "amount", "pieces", "sold_at", "tags", "note"}
INTEGERS = {"pieces"}


@pytest.mark.parametrize(
    ("expression", "columns"),
    [
        ("name", {"name"}),
        ("NAME = 'name'", {"name"}),
        ("`odd name` is null", {"odd name"}),
        ("concat(name, '-', note)", {"name", "note"}),
        ("item.price + item.tax", {"item"}),
        ("a.b.c", {"a"}),
        ("transform(tags, tag -> concat(tag, name))", {"tags", "name"}),
        ("aggregate(tags, 0, (total, tag) -> total + pieces)", {"tags", "pieces"}),
        ("case when pieces > 0 then amount end", {"pieces", "amount"}),
        ("timestamp '2024-01-01 00:00:00'", set()),
        ("'EUR'", set()),
        ("name -- and note", {"name"}),
    ],
)
def test_the_columns_of_an_expression_are_those_it_reads(expression: str, columns: set[str]) -> None:
    assert columns_of(expression) == columns


@pytest.mark.parametrize("expression", ["name +", "1 2", "name; note", "", "(name"])
def test_what_is_no_expression_does_not_parse(expression: str) -> None:
    with pytest.raises(ExpressionSyntaxError):
        columns_of(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "startswith(name, 'C')",
        "not (name like 'C%' or note rlike '^x')",
        "try_cast(name as decimal(18,4))",
        "cast(pieces as string)",
        "date '2024-01-01' <= sold_at",
        "amount / 1000",
        "pieces % 7 = 0",
        "try_divide(amount, pieces)",
        "amount + amount",
        "amount * pieces",
        "pieces > 0 and pieces between 1 and (2)",
        "name in ('a', 'b')",
        "name like any ('a%', 'b%')",
        "if(pieces = 0, null, amount)",
        "coalesce(nullif(trim(name), ''), 'unknown')",
        "extract(year from sold_at)",
        "exists(tags, tag -> tag = 'x')",
        "get(tags, 0)",
        "left(name, 2)",
        "'rand()' = name",
        "name = 'current_date'",
        "get_json_object(note, '$.a.b')",
    ],
)
def test_pure_functions_of_one_record_are_accepted(expression: str) -> None:
    assert list(expression_problems(expression, COLUMNS, INTEGERS)) == []


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("rand()", "each time"),
        ("RAND ()", "each time"),
        ("uuid()", "each time"),
        ("now()", "each time"),
        ("current_date", "each time"),
        ("current_date()", "each time"),
        ("localtimestamp", "each time"),
        ("monotonically_increasing_id()", "each time"),
        ("shuffle(tags)", "each time"),
        ("current_user", "session or machine"),
        ("user()", "session or machine"),
        ("input_file_name()", "session or machine"),
        ("reflect('java.lang.Math', 'random')", "session or machine"),
        ("java_method('java.lang.Math', 'random')", "session or machine"),
        ("sum(pieces)", "several rows"),
        ("count(*)", "several rows"),
        ("any(pieces > 0)", "several rows"),
        ("lag(pieces) over (order by sold_at)", "window"),
        ("(select max(pieces) from x)", "subquery"),
        ("exists (select 1)", "subquery"),
        ("select name", "subquery"),
        ("explode(tags)", "explode:"),
        ("cast(name as int)", "try_cast"),
        ("name::int", "try_cast"),
        ("int(name)", "try_cast"),
        ("to_date(name)", "try_to_date"),
        ("to_timestamp(name, 'yyyy')", "try_to_timestamp"),
        ("unix_timestamp(name)", "unix_seconds"),
        ("element_at(tags, 1)", "try_element_at"),
        ("tags[0]", "get(array, index)"),
        ("amount / pieces", "try_divide"),
        ("amount / 0", "try_divide"),
        ("amount % pieces", "try_mod"),
        ("pieces + pieces", "try_add"),
        ("pieces * 2", "try_multiply"),
        ("amount * amount * amount", "try_multiply"),
        ("raise_error('x')", "expectation"),
        ("frobnicate(name)", "no function"),
        ("nam", "did you mean 'name'"),
        ("amount as total", "alias"),
        ("*", "name the columns"),
        ("name = :value", "parameter"),
    ],
)
def test_what_is_no_pure_function_of_one_record_is_refused(expression: str, word: str) -> None:
    problems = list(expression_problems(expression, COLUMNS, INTEGERS))
    assert any(word in problem for problem in problems), problems


def test_a_column_may_be_called_like_a_function_without_brackets() -> None:
    assert list(expression_problems("user = 'x'", {"user"})) == []
