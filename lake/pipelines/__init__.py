"""Where transforms meet io: a module per verb, which its job calls, and beside it a module per step of its work."""
