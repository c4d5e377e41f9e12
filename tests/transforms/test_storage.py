"""Files of the local disk; what Hadoop lists by itself is the oracle."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession

from lake.io import storage
from lake.io.session import jvm_pid


def test_all_files_of_a_local_folder_are_listed_without_starting_a_process_for_each(
    spark: SparkSession, tmp_path: Path
) -> None:
    folder = tmp_path / "a shop's 50 % ü"
    for name in ("b.csv", "a.csv", ".hidden", "_left", "2024/01/x y.csv", "2024/é.csv", "zz/.deep/f"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x" * len(name))
    (folder / "none").mkdir()
    (folder / "linked").symlink_to(folder / "2024")
    (folder / "broken").symlink_to(folder / "nowhere")
    (folder / ".b.csv.crc").touch()
    for number in range(100):
        (folder / f"zz/{number}.csv").touch()
    spent = _of_children(spark)
    found = storage.list_files(spark, str(folder))
    assert _of_children(spark) == spent
    assert len(found) == 7 + 100 + 2, "all but a checksum and a link to nothing"
    statuses = list(storage._files_below(*storage._path(spark, str(folder))))
    told = {s.getPath().toString(): (s.getLen(), s.getModificationTime()) for s in statuses}
    assert {file.uri: (file.size, file.modified_ms) for file in found} == told
    assert [file.uri for file in found] == [f"file:{folder / file.name}" for file in found]
    assert [file.name for file in found] == sorted(file.name for file in found)
    assert storage.list_files(spark, f"{folder}/nothing") == []


def _of_children(spark: SparkSession) -> int:
    """Ticks that the JVM's ended child processes took, proc(5): cutime and cstime."""
    text = Path(f"/proc/{jvm_pid(spark)}/stat").read_text()
    fields = text[text.rindex(")") + 2 :].split()
    return int(fields[13]) + int(fields[14])
