"""One module per verb: where transforms meet io."""
