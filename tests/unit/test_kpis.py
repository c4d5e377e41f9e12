"""The KPI dictionary: what is rendered from it is committed as rendered, and a broken figure is told with its fix."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from lake.contracts.kpi import Kpi
from lake.contracts.lint.kpis import sheet_problems
from lake.contracts.loading import load_kpis, read_scope
from lake.contracts.rendering.kpi_documents import MODEL, dictionaries, sheet_select
from lake.errors import ContractError

PROJECT = Path(__file__).resolve().parents[2]
REQUIRED = {
    "sales_volume_per_product",
    "chiffre_affaire_par_mois",
    "avg_cart_per_month",
    "new_customers_per_month",
    "customer_per_country",
}


@pytest.fixture(scope="module")
def kpis() -> dict[str, Kpi]:
    return load_kpis(PROJECT / "conf")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the tables, their SQL and the dictionary."""
    for name in ("conf/tables", "conf/kpis", "lake/sql"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    return tmp_path


def test_the_sheet_and_the_dictionaries_are_committed_as_rendered(kpis: dict[str, Kpi]) -> None:
    rendered = {f"lake/sql/{MODEL}": sheet_select(kpis.values())}
    rendered |= {f"docs/{name}": text for name, text in dictionaries(kpis.values()).items()}
    committed = {name: (PROJECT / name).read_text(encoding="utf-8") for name in rendered}
    assert committed == rendered, "run: lake kpis render"


def test_the_figures_that_readers_know_are_there_in_both_languages(kpis: dict[str, Kpi]) -> None:
    assert set(kpis) >= REQUIRED
    assert len({kpi.position for kpi in kpis.values()}) == len(kpis), "each has a place of its own"
    for text in dictionaries(kpis.values()).values():
        assert all(f"`{kpi}`" in text for kpi in kpis)


BROKEN = {
    "no_such_table": ({"tables": ["sales_by_mont"]}, "tables[0]: no curated table 'sales_by_mont'; did you mean"),
    "another_table": ({"tables": ["fct_sales"]}, "tables: the SQL reads sales_by_month; name these"),
    "no_such_column": ({"sql": "revenue_amount/revenu"}, "sql: Column 'revenu' could not be resolved"),
    "another_result": ({"sql": "as value/as amount"}, "sql: must select calendar_month, currency, value"),
    "no_sql": ({"sql": "select/selekt from from"}, "sql: does not parse: "),
    "two_places": ({"mart": {"table": "sales_by_month", "column": "units"}}, "give either `sql:` or `mart:`"),
    "a_name_twice": ({"name": "units"}, "name: 'units' also names chiffre_affaire_par_mois; choose another name"),
    "one_language": ({"label": {"en": "Revenue"}}, "label.fr: is missing; add it"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_figure_is_told_with_its_fix(project: Path, case: str) -> None:
    change, told = BROKEN[case]
    path = project / "conf/kpis/chiffre_affaire_par_mois.yaml"
    head, _, rest = path.read_text(encoding="utf-8").partition("\n")
    content = yaml.safe_load(rest)
    for key, value in change.items():
        if key == "sql":
            old, _, new = str(value).partition("/")
            value = content["sql"].replace(old, new)
        content[key] = value
    path.write_text(f"{head}\n{yaml.safe_dump(content)}", encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load_kpis(project / "conf")
    assert told in str(caught.value)


def test_a_figure_of_a_mart_names_one_of_its_columns(project: Path) -> None:
    path = project / "conf/kpis/customer_per_country.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("column: customer_count", "column: customers"), "utf-8")
    with pytest.raises(ContractError, match=r"mart\.column: no column 'customers' in 'customers_by_country'"):
        load_kpis(project / "conf")


def test_a_figure_that_was_not_rendered_is_a_problem(project: Path) -> None:
    shutil.copytree(PROJECT / "conf/entities", project / "conf/entities")
    assert list(sheet_problems(read_scope(project / "conf", None)[0])) == []
    path = project / "conf/kpis/units.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("sum(units)", "max(units)"), "utf-8")
    (problem,) = sheet_problems(read_scope(project / "conf", None)[0])
    assert "run `lake kpis render`" in str(problem)
