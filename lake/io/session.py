"""The one place that builds a Spark session. Settings come from conf/lake.yaml; what spark-submit was given wins."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from py4j.java_gateway import JavaClass
from pyspark import SparkConf, SparkContext
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession
from pyspark.traceback_utils import SCCallSiteSync

from lake.errors import EnvironmentError_

Catalog = Literal["memory", "hive"]

DELTA = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Delta's parser hides named parameters (:currency) from Spark's own substitution, which then leaves them unbound
    "spark.sql.legacy.parameterSubstitution.constantsOnly": "true",
}
GIVEN = "spark.lake.given"
"""Which of conf/lake.yaml's settings spark-submit was given: they stay as they are."""
JVM_SHORT = (
    "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m -XX:MetaspaceSize=256m "
    "-XX:InitialRAMPercentage=5 -Duser.timezone=UTC"
)
PYSPARKS_CLASSES = (
    "functions",
    "org.apache.spark.sql.functions",
    "PythonUtils",
    "PythonSQLUtils",
    "PythonRDD",
    "SerDeUtil",
    "SimplePythonFunction",
    "org.apache.spark.sql.classic.SparkSession",
)
"""As PySpark names them; it looks the first two up for each column and each function of an expression."""


def open_session(
    application: str,
    project: Path,
    session: Mapping[str, str],
    *,
    catalog: Catalog = "memory",
    metastore: Path | None = None,
) -> SparkSession:
    """A session with Delta, UTC and the given settings; with `catalog="hive"` over the metastore in that folder.

    Raises EnvironmentError_ when the Delta jars are neither on the command line nor in `jars/`.
    """
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        os.environ.setdefault("PYSPARK_SUBMIT_ARGS", _submit_arguments(project))
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(project), os.environ.get("PYTHONPATH")]))
    SparkContext._ensure_initialized()  # the JVM must run before SparkConf can see what spark-submit was given
    conf = SparkConf()
    conf.set(GIVEN, ",".join(key for key in session if conf.contains(key)))
    wanted = {"spark.app.name": application, **DELTA, **session, **_catalog_settings(catalog, metastore)}
    for key, value in wanted.items():
        conf.setIfMissing(key, value)
    if not conf.contains("spark.master"):
        conf.setMaster("local[*]")
    if str(conf.get("spark.master")).startswith("local"):
        conf.setIfMissing("spark.driver.host", "127.0.0.1")
        conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1")
    spark = SparkSession.builder.config(conf=conf).getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True  # they print each error with its trace before it can be handled
    ask_once(spark)
    return spark


class _KnownClass(JavaClass):  # type: ignore[misc]
    """A class of the JVM that is asked once for each of its static members."""

    def __getattr__(self, name: str) -> Any:
        member = super().__getattr__(name)
        self.__dict__[name] = member
        return member


def ask_once(spark: SparkSession) -> None:
    """Ask the JVM once for the classes and functions that PySpark asks it for at each use, which goes through all jars.

    Nor is the stack walked for the line of each step: nobody reads it, and in PySpark it is one of the gateway.
    """
    for name in PYSPARKS_CLASSES:
        java_class(spark, name)
    for form in ("callSite.short", "callSite.long"):
        spark.sparkContext.setLocalProperty(form, "halles")
    SCCallSiteSync._spark_stack_depth = 1  # as inside of a call that has told its line


def change_settings(spark: SparkSession, wanted: Mapping[str, str]) -> None:
    """Change settings of a running session, except those that somebody chose when it was started."""
    known: dict[str, str] = vars(spark).setdefault("_lake_settings", {})
    changed = {key: value for key, value in wanted.items() if known.get(key) != value}
    if not changed:
        return
    started = spark.sparkContext.getConf()
    given = started.get(GIVEN)
    for key, value in changed.items():
        is_given = started.contains(key) if given is None else key in given.split(",")
        if not is_given:
            spark.conf.set(key, value)
    known.update(changed)


def jvm_pid(spark: SparkSession) -> int:
    """The process id of the driver's JVM, which outlives a killed Python process for a moment."""
    return int(java_class(spark, "java.lang.ProcessHandle").current().pid())


def java_class(spark: SparkSession, name: str) -> Any:
    """By its full name in one step: each step of `_jvm.org.apache...` looks for a class in all jars, in vain; once."""
    found = getattr(spark._jvm, name)
    if type(found) is JavaClass:
        found = _KnownClass(found._fqn, found._gateway_client)
        setattr(spark._jvm, name, found)
    return found


def scala_sequence(spark: SparkSession, values: Any) -> Any:
    """A list, Python's or Java's, as the Seq that a method of Scala takes."""
    return java_class(spark, "org.apache.spark.api.python.PythonUtils").toSeq(values)


@contextmanager
def scratch(spark: SparkSession) -> Iterator[Path]:
    """A folder among Spark's temporary files; of a killed run the JVM removes it."""
    utils = java_class(spark, "org.apache.spark.util.Utils")
    folder = Path(utils.createTempDir(spark.sparkContext._temp_dir, "parts").getAbsolutePath())
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shares_disk(spark: SparkSession) -> bool:
    """Whether the workers are the driver's own: what one of them writes to the local disk, the other can read."""
    return re.fullmatch(r"local(\[.*\])?", str(spark.sparkContext.master)) is not None


def _catalog_settings(catalog: Catalog, metastore: Path | None) -> dict[str, str]:
    if catalog == "memory" or metastore is None:
        nowhere = Path(tempfile.gettempdir()).as_uri()  # there already; the default is made in the current folder
        return {"spark.sql.catalogImplementation": "in-memory", "spark.sql.warehouse.dir": nowhere}
    metastore.mkdir(parents=True, exist_ok=True)
    if SparkContext._jvm is not None:  # else Derby's log goes to the current folder, which may be anybody's
        log = str(metastore / "derby.log")
        SparkContext._jvm.java.lang.System.setProperty("derby.stream.error.file", log)
    database = metastore / "metastore_db"
    return {
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": str(metastore / "warehouse"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={database};create=true",
    }


def _submit_arguments(project: Path) -> str:
    """Arguments for a JVM started from Python itself (the `lake` command, tests): as scripts/spark_submit.sh does."""
    jars = sorted(Path(os.environ.get("LAKE_JARS", project / "jars")).glob("*.jar"))
    if not any(jar.name.startswith("delta-spark") for jar in jars):
        place = project / "jars"
        raise EnvironmentError_(f"no Delta jars in {place}: run scripts/spark_submit.sh once, it fetches them")
    memory = os.environ.get("LAKE_DRIVER_MEMORY", "2g")
    log4j = f"-Dlog4j2.configurationFile=file:{project / 'conf' / 'log4j2.properties'}"
    listed = ",".join(str(jar) for jar in jars)
    options = f'--driver-memory {memory} --driver-java-options "{JVM_SHORT} \'{log4j}\'" --jars "{listed}"'
    return f"{options} --conf spark.ui.showConsoleProgress=false pyspark-shell"
