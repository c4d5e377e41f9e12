"""The YAML files as typed models, and their loading with file, line and key. No pyspark below this folder."""
