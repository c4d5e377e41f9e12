"""`lake contracts`: lint, render, diagram, transformations."""

from __future__ import annotations

import typer

from lake.cli.project import PROJECT, chosen_shops, conf_folder, write_rendered

app = typer.Typer()


@app.command()
def lint(shop: str = typer.Option(None, help="Only this shop (default: all)")) -> None:
    """Check all contracts; one line for each problem, exit code 3 when there is one."""
    from lake.contracts.loading import check_shop
    from lake.contracts.problems import Problem, raise_problems
    from lake.settings import load_settings

    load_settings(PROJECT)
    problems: set[Problem] = set()
    warnings: set[Problem] = set()
    shops = chosen_shops(shop)
    for name in shops:
        catalogue, found = check_shop(conf_folder(), name)
        problems.update(found)
        warnings.update(catalogue.warnings if catalogue else ())
    for warning in sorted(warnings):
        typer.echo(f"warning: {warning}", err=True)
    raise_problems(problems)
    typer.echo(f"{len(shops)} shops: no problems, {len(warnings)} warnings")


@app.command()
def render(check: bool = typer.Option(False, "--check", help="Only compare with the committed files")) -> None:
    """Write the JSON Schemas of the YAML files to conf/schema."""
    from lake.contracts.rendering.schemas import rendered_schemas

    write_rendered(PROJECT / "conf" / "schema", rendered_schemas(), check, ".json")


@app.command()
def diagram(check: bool = typer.Option(False, "--check", help="Only compare with the committed file")) -> None:
    """Write the diagrams and the bus matrix to docs/model.md."""
    from lake.contracts.loading import load_tables
    from lake.contracts.rendering.diagrams import model_document

    write_rendered(PROJECT / "docs", {"model.md": model_document(load_tables(conf_folder()))}, check)


@app.command()
def transformations(check: bool = typer.Option(False, "--check", help="Only compare with the committed files")) -> None:
    """Write to docs/transformations how each cleansed table is made; made-up shops say how many records are refused."""
    from lake.contracts.loading import load_catalogue
    from lake.contracts.rendering.transformations import transformation_documents
    from lake.generator.demo_shop import refused_records

    shops = {name: load_catalogue(conf_folder(), name) for name in chosen_shops(None)}
    counted = {
        (name, feed, rule): count
        for name, catalogue in shops.items()
        if catalogue.shop.generated is not None
        for (feed, rule), count in refused_records(catalogue.shop.generated).items()
    }
    documents = transformation_documents(shops, counted)
    write_rendered(PROJECT / "docs" / "transformations", documents, check, ".md")
