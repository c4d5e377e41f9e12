"""What `lake audit` recounts. The command is in audit.py."""
