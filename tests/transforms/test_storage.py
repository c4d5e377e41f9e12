"""Files as Hadoop lists them; Python's own walk is the oracle."""

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
    for number in range(100):
        (folder / f"zz/{number}.csv").touch()
    spent = _of_children(spark)
    found = storage.list_files(spark, str(folder))
    assert _of_children(spark) == spent
    due = [path for path in folder.rglob("*") if path.is_file()]
    assert [file.name for file in found] == sorted(path.relative_to(folder).as_posix() for path in due)
    for file in found:
        told = (folder / file.name).stat()
        assert (file.size, file.modified_ms) == (told.st_size, told.st_mtime_ns // 1_000_000)
        assert file.uri == f"file:{folder / file.name}"
    assert storage.list_files(spark, f"{folder}/nothing") == []


def _of_children(spark: SparkSession) -> int:
    """Ticks that the JVM's ended child processes took, proc(5): cutime and cstime."""
    text = Path(f"/proc/{jvm_pid(spark)}/stat").read_text()
    fields = text[text.rindex(")") + 2 :].split()
    return int(fields[13]) + int(fields[14])
