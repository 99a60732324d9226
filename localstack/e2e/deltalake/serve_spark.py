"""Spark with Delta as a server of one process: see `serve` of plain_values.py for how it is asked.

["rows", TABLE, VERSION or null, WHERE or null]   TABLE is a folder
["sql", STATEMENT]                                its rows too; a table of a folder is delta.`FOLDER`

Its arguments are the jars of Delta.
"""

import os
import sys

# What Java prints must not come between the answers.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")

from pyspark.sql import SparkSession, functions
from pyspark.sql.types import DateType, TimestampNTZType, TimestampType

from plain_values import plain, serve

spark = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", ",".join(sys.argv[1:]))
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .config("spark.sql.session.timeZone", "UTC")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.driver.host", "127.0.0.1")
    # Many small questions: compiling code for each, by Java or of Java, costs more than it saves.
    .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
    .config("spark.sql.codegen.wholeStage", "false")
    .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
    .config("spark.sql.adaptive.enabled", "false")
    .config("spark.databricks.delta.snapshotPartitions", "1")
    .config("spark.sql.shuffle.partitions", "1")
    .getOrCreate()
)
spark.sparkContext.setLogLevel("ERROR")

# Python's own times would pass through its time zone and its range of years.
EXACT = {
    TimestampType: functions.unix_micros,
    TimestampNTZType: lambda column: functions.unix_micros(column.cast("timestamp")),
    DateType: functions.unix_date,
}


def collected(frame):
    columns = [
        EXACT.get(type(field.dataType), lambda column: column)(frame[f"`{field.name}`"]).alias(field.name)
        for field in frame.schema
    ]
    return [{name: plain(value) for name, value in row.asDict(recursive=True).items()} for row in frame.select(columns).collect()]


def rows(path, version, where):
    reader = spark.read.format("delta")
    frame = (reader if version is None else reader.option("versionAsOf", version)).load(path)
    return collected(frame if where is None else frame.where(where))


def sql(statement):
    return collected(spark.sql(statement))


COMMANDS = {command.__name__: command for command in (rows, sql)}

serve(lambda name, *arguments: COMMANDS[name](*arguments), answers)
spark.stop()
