"""Where transforms meet io: a module per verb, which its job calls, and a folder for what a large one is made of."""
