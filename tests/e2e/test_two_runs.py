"""Two runs at once on one shop: one works, the other leaves with exit code 6 and says by whom the lock is held."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.cloned_shop import DAYS, SHOP, ClonedShop, some_lines, wait_for_owner


def test_one_of_two_runs_works_and_the_other_says_who_does(tmp_path: Path) -> None:
    shop, root = ClonedShop(tmp_path, marts=False), tmp_path / "root"
    shop.put(DAYS[0], some_lines(DAYS[0], 0, 25))
    first = shop.start_pipeline(root)
    try:
        owner = wait_for_owner(root)
        code, said = shop.run_pipeline(root)
        out, errors = first.communicate(timeout=1800)
    finally:
        first.kill()
    assert code == 6, said
    assert f"held by run_pipeline for {SHOP}" in said and f"pid {owner['pid']}" in said and str(owner["since"]) in said
    assert "Traceback" not in said
    assert first.returncode == 0, errors[-3000:]
    assert "(release 1)" in out, "the one that worked published"
