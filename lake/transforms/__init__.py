"""Pure functions from DataFrame to DataFrame; no action, no reading, no writing."""
