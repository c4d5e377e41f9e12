"""Everything that reads or writes outside the process: session, sources, tables, doors and ledgers."""
