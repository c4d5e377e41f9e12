"""What `curate` is made of: which months, their rows, the checks before they are written. The verb is in curate.py."""
