"""Exact readers, from the bytes of one file to raw rows: pure Python, Arrow and numpy, so that executors can run them."""
