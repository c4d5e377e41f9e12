"""SQL expressions in contracts: which columns they read, and whether they are pure functions of one row.

sqlglot parses them (dialect spark) and is imported on first use, so that commands without SQL start fast.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from functools import lru_cache
from typing import TYPE_CHECKING

from lake.contracts import spark_functions as functions
from lake.contracts.problems import did_you_mean

if TYPE_CHECKING:
    from sqlglot import exp

WORD = re.compile(r"[a-z_]\w*", re.IGNORECASE)
BEFORE_BRACKETS = frozenset(
    "and or not in is case when then else between like ilike rlike regexp values interval distinct over as div".split()  # noqa: SIM905 - a list of quoted words is harder to read
)
"""Words before an opening bracket that are no function names."""

QUANTIFIERS = frozenset({"any", "some", "all"})
COMPARES_WITH_LISTS = frozenset({"like", "ilike"})


class ExpressionSyntaxError(ValueError):
    """The text is no SQL expression; the message says where it breaks."""


@lru_cache(maxsize=4096)
def parsed(expression: str) -> exp.Expr:
    """The syntax tree of one expression; ExpressionSyntaxError where it does not parse."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(expression, dialect="spark")
    except SqlglotError as error:
        found = (getattr(error, "errors", None) or [{}])[0]
        reason = str(found.get("description") or error).split("\n")[0].rstrip(".")
        reason = "something is missing here" if reason.startswith("Required keyword") else reason
        place = f" at column {found['col']}" if found.get("col") else ""
        raise ExpressionSyntaxError(f"does not parse{place}: {reason}") from None
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionSyntaxError("must be one expression, without ';'")
    return trees[0]


def columns_of(expression: str) -> set[str]:
    """The columns that the expression reads, in lower case; of `a.b` it is `a`, parameters of lambdas do not count."""
    from sqlglot import exp

    return {column.parts[0].name.lower() for column in parsed(expression).find_all(exp.Column)}


def literal_results(expression: str) -> list[str]:
    """The texts that the expression itself may give: a literal, or those in the branches of case, if and coalesce."""
    from sqlglot import exp

    def results(node: exp.Expr | None) -> Iterator[str]:
        match node:
            case exp.Literal(is_string=True):
                yield str(node.this)
            case exp.Paren():
                yield from results(node.this)
            case exp.Case():
                for branch in [*node.args["ifs"], node]:
                    yield from results(branch.args.get("default" if branch is node else "true"))
            case exp.If():
                yield from results(node.args.get("true"))
                yield from results(node.args.get("false"))
            case exp.Coalesce():
                for one in [node.this, *node.expressions]:
                    yield from results(one)

    return list(results(parsed(expression)))


@lru_cache(maxsize=4096)
def function_names(expression: str) -> frozenset[str]:
    """The names of called functions as they are written (the tree keeps only what sqlglot makes of them).

    A name that is called without brackets (`current_date`), if it is no column, has a blank at its end.
    """
    from sqlglot.dialects.spark import Spark
    from sqlglot.errors import SqlglotError

    try:
        tokens = Spark().tokenize(expression)
    except SqlglotError:
        return frozenset()
    found = set()
    for position, token in enumerate(tokens):
        name = token.text.lower()
        before = tokens[position - 1].text.lower() if position else ""
        following = tokens[position + 1].text if position + 1 < len(tokens) else ""
        if token.token_type.name == "STRING" or not WORD.fullmatch(name) or before in ("as", "::", "."):
            continue
        is_operator = name in BEFORE_BRACKETS or (name in QUANTIFIERS and before in COMPARES_WITH_LISTS)
        if following == "(" and not is_operator:
            found.add(name)
        elif name in functions.WITHOUT_BRACKETS:
            found.add(f"{name} ")
    return frozenset(found)


def expression_problems(
    expression: str, available: Set[str], integers: Set[str] = frozenset()
) -> Iterator[str]:
    """What is wrong with an expression over the columns `available`, each with the fix.

    `integers` are the columns of whole type: sums and products of those alone can overflow.
    """
    try:
        tree = parsed(expression)
    except ExpressionSyntaxError as error:
        yield f"`{expression}` {error}; mend the SQL"
        return
    known = {name.lower() for name in available}
    yield from _shape_problems(tree)
    called = {
        name.rstrip()
        for name in function_names(expression)
        if name.rstrip() not in known or name.isidentifier()
    }
    for name in sorted(called):
        yield from _function_problems(name)
    for name in sorted(columns_of(expression) - known - called):
        yield f"no column '{name}' here; {did_you_mean(name, known)}"
    if not called & functions.CAST_NAMES:
        yield from _cast_problems(tree)
    yield from _arithmetic_problems(tree, integers)


def _function_problems(name: str) -> Iterator[str]:
    if name in functions.OTHER_ANSWER_EACH_TIME:
        yield f"{name}() gives another answer each time; use columns, `file_date` or constants"
    elif name in functions.ASKS_THE_MACHINE:
        yield f"{name}() depends on the session or machine; use columns, `file_name` or constants"
    elif name in functions.SEVERAL_ROWS:
        yield f"{name}() looks at several rows; an expression sees one record: aggregate in the SQL of a table"
    elif name in functions.MAKES_ROWS:
        yield f"{name}() makes rows; declare `explode:` beside `columns:`"
    elif name in functions.CAST_NAMES:
        yield f"{name}() raises on a bad value; write try_cast(... as {name})"
    elif name in functions.TRY_FORMS and name != "cast":
        yield f"{name}() raises on a bad value; use {functions.TRY_FORMS[name]}"
    elif name not in functions.ALLOWED and name != "cast":
        yield f"'{name}' is no function that contracts may use; {did_you_mean(name, functions.ALLOWED)}"


def _shape_problems(tree: exp.Expr) -> Iterator[str]:
    from sqlglot import exp

    if isinstance(tree, exp.Alias):
        yield "has an alias; write the expression only"
    if tree.find(exp.Query):
        yield "holds a subquery; joins happen in the SQL of a table, by business key"
    if tree.find(exp.Window):
        yield "holds a window; an expression sees one record"
    if tree.find(exp.Placeholder, exp.Parameter):
        yield "holds a parameter; write constants"
    if isinstance(tree, exp.Star):
        yield "is '*'; name the columns"


def _cast_problems(tree: exp.Expr) -> Iterator[str]:
    """Casts other than to text; sqlglot reads Spark's `cast` as a TryCast that is not marked `safe`."""
    from sqlglot import exp

    for node in tree.find_all(exp.Cast, exp.TryCast):
        is_checked = isinstance(node, exp.TryCast) and node.args.get("safe")
        if not is_checked and not node.to.is_type("text") and not isinstance(node.this, exp.Literal):
            yield "cast raises on a bad value; use try_cast"


def _arithmetic_problems(tree: exp.Expr, integers: Set[str]) -> Iterator[str]:
    """Operators that raise under ANSI although a try_ form exists."""
    from sqlglot import exp

    divisions = {
        exp.Div: ("/", "try_divide"),
        exp.Mod: ("%", "try_mod"),
        exp.IntDiv: ("div", "floor(try_divide())"),
    }
    for node in tree.find_all(*divisions):
        sign, form = divisions[type(node)]
        if not _is_constant_but_zero(node.args["expression"]):
            yield f"'{sign}' raises when the divisor is 0; use {form}"
    sums = {exp.Add: ("+", "try_add"), exp.Sub: ("-", "try_subtract"), exp.Mul: ("*", "try_multiply")}
    for node in tree.find_all(*sums):
        sign, form = sums[type(node)]
        if _may_overflow(node, integers):
            yield f"'{sign}' raises when the result is too large; use {form}"
    for bracket in tree.find_all(exp.Bracket):
        if not (bracket.expressions and bracket.expressions[0].is_string):
            yield "[...] raises outside of the array; use get(array, index) or try_element_at"


def no_truth(expression: str, booleans: Set[str]) -> str:
    """Why an expression that parses is no predicate, where that can be seen without types of functions; else ''."""
    from sqlglot import exp

    tree = parsed(expression).unnest()
    is_value = isinstance(tree, exp.Literal) or (
        isinstance(tree, exp.Binary) and not isinstance(tree, (exp.Predicate, exp.Connector, exp.Func))
    )
    if isinstance(tree, exp.Column):
        is_value = tree.parts[0].name.lower() not in booleans
    return f"`{expression}` is a value, neither true nor false; compare it with something" if is_value else ""


def _may_overflow(node: exp.Expr, integers: Set[str]) -> bool:
    """Whole numbers alone, or a product of three or more: two decimals of 18 digits always fit into one of 38."""
    from sqlglot import exp

    columns = {column.name.lower() for column in node.find_all(exp.Column)}
    if columns and columns <= integers and not node.find(exp.Func, exp.Div):
        return True
    products = node.find_all(exp.Mul) if isinstance(node, exp.Mul) else ()
    return any(inner is not node and inner.find(exp.Column) for inner in products)


def _is_constant_but_zero(node: exp.Expr) -> bool:
    from sqlglot import exp

    return isinstance(node, exp.Literal) and not node.is_string and float(node.this) != 0
