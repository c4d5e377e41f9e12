"""Does a little of everything a job does, so that the JVM can archive the classes it has loaded. Run by setup.sh.

Run as: train_class_archive.py PROJECT SCRATCH_FOLDER
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from lake.io.session import open_session

SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.session.timeZone": "UTC",
}


def unchanged(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows as they came: wakes the Arrow road between Java and Python."""
    yield from batches


def lines(spark: SparkSession, first: int, last: int) -> DataFrame:
    """Order lines without meaning: one row per number."""
    return spark.range(first, last).select(
        F.col("id"),
        F.concat(F.lit("2011-0"), (F.col("id") % 3 + 1).cast("string")).alias("sale_month"),
        F.expr("try_cast(concat(' ', id, '.5') as decimal(18,4))").alias("net_amount"),
        F.expr("timestamp'2011-01-01 00:00:00' + make_interval(0, 0, 0, cast(id as int))").alias("sold_at"),
        F.sha2(F.to_json(F.array(F.col("id").cast("string"))), 256).alias("line_id"),
    )


def write_delta(spark: SparkSession, table: str) -> DataFrame:
    """A Delta table that was written, merged into and replaced in part; returned as read again."""
    lines(spark, 0, 500).write.format("delta").partitionBy("sale_month").save(table)
    lines(spark, 400, 700).createOrReplaceTempView("incoming")
    spark.sql(
        f"merge into delta.`{table}` t using incoming s on t.line_id = s.line_id and t.sale_month in ('2011-01')"
        " when matched then update set * when not matched then insert *"
    )
    january = lines(spark, 0, 90).where("sale_month = '2011-01'")
    january.write.format("delta").mode("overwrite").option("replaceWhere", "sale_month = '2011-01'").save(table)
    return spark.read.format("delta").load(table)


def publish_hive(spark: SparkSession, sales: DataFrame, folder: str) -> None:
    """The way of a release: bucketed ORC folders, a database, a table over them, a view."""
    spark.sql("create database if not exists trained")
    bucketed = sales.repartition(2, "line_id").write.format("orc").partitionBy("sale_month")
    bucketed.bucketBy(2, "line_id").sortBy("line_id").option("path", folder).saveAsTable("trained.fct_sales")
    spark.sql("create or replace view trained.sales as select * from trained.fct_sales")
    spark.sql("select sale_month, sum(net_amount) from trained.sales group by sale_month").collect()


def main() -> None:
    """Reads, writes, joins, ranks and publishes a few hundred rows under the scratch folder."""
    project, scratch = Path(sys.argv[1]), Path(sys.argv[2])
    spark = open_session("set-up", project, SETTINGS, catalog="hive", metastore=scratch / "metastore")
    sales = write_delta(spark, str(scratch / "delta"))
    newest = sales.withColumn("rank", F.row_number().over(Window.partitionBy("sale_month").orderBy("id")))
    months = newest.groupBy("sale_month").agg(F.sum("net_amount"), F.max("rank"), F.countDistinct("line_id"))
    newest.join(F.broadcast(months), "sale_month", "left").orderBy("id").limit(20).collect()
    newest.mapInArrow(unchanged, newest.schema).write.parquet(str(scratch / "parquet"))
    spark.read.format("binaryFile").load(str(scratch / "parquet" / "*.parquet")).select("length").collect()
    publish_hive(spark, sales, str(scratch / "orc"))
    spark.stop()


if __name__ == "__main__":
    main()
