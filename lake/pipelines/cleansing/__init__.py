"""What `cleanse` is made of: which deliveries, the fates of candidates, what is written. The verb is in cleanse.py."""
