"""The seeded demo shop: landing files as sources would send them, and the ledger of what is true in them."""
