"""E-mail addresses in one form: two spellings that reach the same mailbox become equal, others do not."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F

WITHOUT_DOTS = ("gmail.com", "googlemail.com")
"""Providers that pass over dots before the @ (Google's help page "Dots don't matter in Gmail addresses")."""

WITH_TAGS = (*WITHOUT_DOTS, "outlook.com", "hotmail.com", "live.com", "icloud.com", "protonmail.com", "proton.me")
"""Providers that deliver `name+tag@` to `name@`, as their help pages say; elsewhere + is a letter like others."""

_ADDRESS = r"^[^@\s]+@[^@\s]+\.[^@\s.]+\z"


def lowered_address(text: Column) -> Column:
    """Lower case, without white space."""
    return F.lower(F.regexp_replace(text, r"\s+", ""))


def normalised_address(lowered: Column) -> Column:
    """A lowered address without tags and dots where the provider passes over them; null for what is none."""
    name, domain = F.split_part(lowered, F.lit("@"), F.lit(1)), F.split_part(lowered, F.lit("@"), F.lit(2))
    name = F.when(domain.isin(*WITH_TAGS), F.split_part(name, F.lit("+"), F.lit(1))).otherwise(name)
    name = F.when(domain.isin(*WITHOUT_DOTS), F.replace(name, F.lit("."), F.lit(""))).otherwise(name)
    domain = F.when(domain == "googlemail.com", F.lit("gmail.com")).otherwise(domain)
    return F.when(lowered.rlike(_ADDRESS) & (name != ""), F.concat(name, F.lit("@"), domain))
