"""What `ingest` is made of: files in landing, extracts of databases, rows in raw. The verb is in ingest.py."""
