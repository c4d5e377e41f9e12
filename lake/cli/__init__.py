"""The `lake` command: one module per noun. Modules import what they need inside of functions, so that help is fast."""
