"""Exact readers, from the bytes of one file to raw rows: Python, Arrow and numpy only, for executors."""
