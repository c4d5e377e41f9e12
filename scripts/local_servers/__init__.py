"""Servers on 127.0.0.1 for tests and for a laptop: one module a server, started and stopped by scripts/servers.sh."""
