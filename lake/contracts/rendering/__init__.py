"""Texts that are rendered from contracts and committed: schemas, diagrams, documents, the SQL of kpi_sheet. No DDL."""
