"""Ingest of 500 MB of clean CSV (20 files) against DuckDB's CSV to Parquet on the same files, in CPU-seconds.

    .venv/bin/python tests/bench/bench_ingest.py [MEGABYTES]
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.measure import cost_of, project_copy

FILES = 20
DUCKDB = """
import duckdb
duckdb.sql("set threads to 2")
duckdb.sql("copy (select * from read_csv('{source}/*.csv', all_varchar=true)) to '{target}' (format parquet)")
"""


def write_files(folder: Path, megabytes: int) -> None:
    """Twenty files of the gift shop's columns; every line differs."""
    folder.mkdir(parents=True)
    for number in range(FILES):
        day, lines, size, line = f"2011-01-{number + 1:02d}", [], 0, 0
        while size < megabytes * 1_000_000 // FILES:
            line += 1
            price, customer = f"{line % 900 / 100 + 0.5:.2f}", 12_000 + line % 6000
            product = f"{10000 + line * 7 % 4000}{'AB'[line % 2]},WHITE METAL LANTERN No {line}"
            text = f"{536365 + line // 20},{product},{line % 40 + 1},{day} 08:{line % 60:02d}:00,{price}"
            text += f",{customer}.0,United Kingdom"
            lines.append(text)
            size += len(text) + 1
        header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
        (folder / f"{day}.csv").write_text("\n".join([header, *lines]) + "\n")


def main() -> None:
    """Measure both on the same files and print the ratio."""
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as folder:
        copy = project_copy(Path(folder))
        source = Path(folder) / "landing"
        write_files(source, megabytes)
        shop = copy / "conf/shops/online_retail/shop.yaml"
        shop.write_text(shop.read_text().replace("tests/data/landing/online_retail", str(source)))
        duck = cost_of([sys.executable, "-c", DUCKDB.format(source=source, target=f"{folder}/duck.parquet")], copy)
        job = ["scripts/spark_submit.sh", "jobs/ingest.py", "--shop", "online_retail", "--quiet"]
        ours = cost_of([*job, "--root", f"{folder}/lake"], copy)
        for name, cost in {"ingest": ours, "DuckDB": duck}.items():
            print(f"{name:<8} {megabytes} MB  cpu {cost.cpu:6.1f} s  wall {cost.wall:6.1f} s")
        print(f"ratio of CPU {ours.cpu / duck.cpu:.2f}")


if __name__ == "__main__":
    main()
