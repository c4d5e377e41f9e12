"""From contracts to HiveQL text, and scripts to statements. Nothing here talks to an engine."""
