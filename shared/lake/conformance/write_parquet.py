"""Writes one Parquet file in the way that the JSON object on standard input asks for: {path, options, rows}.

`rows` is a number; the columns are fixed, and hold what `parquet-files.native.test.ts` computes as well.
"""
import decimal
import json
import sys

import pyarrow as pa
import pyarrow.parquet as pq

decimal.getcontext().prec = 40
request = json.load(sys.stdin)
rows = range(request["rows"])


def some(value):
    """Every fifth value is null."""
    return [None if row % 5 == 3 else value(row) for row in rows]


unit = request.get("unit", "us")
per_second = {"s": 1, "ms": 1000, "us": 1_000_000, "ns": 1_000_000_000}[unit]
seconds = [-62_135, -1, 0, 1, 1_700_000_000]
table = pa.table(
    {
        "n": pa.array(rows, pa.int32()),
        "whole": pa.array([row * 3 - 7 for row in rows], pa.int64()),
        "byte": pa.array(some(lambda row: row % 256 - 128), pa.int8()),
        "short": pa.array(some(lambda row: row % 65536 - 32768), pa.int16()),
        "long": pa.array(some(lambda row: (row * 2**57) % 2**64 - 2**63), pa.int64()),
        "float": pa.array(some(lambda row: row / 4), pa.float32()),
        "double": pa.array(some(lambda row: row / 3), pa.float64()),
        "ok": pa.array(some(lambda row: row % 3 == 0), pa.bool_()),
        "text": pa.array(some(lambda row: "é😀 " * (row % 4) + str(row % 7)), pa.string()),
        "ascii": pa.array([f"customer {row} of the shop" for row in rows], pa.string()),
        "bytes": pa.array(some(lambda row: bytes([row % 256] * (row % 4))), pa.binary()),
        "day": pa.array(some(lambda row: row - 100), pa.date32()),
        "at": pa.array(some(lambda row: seconds[row % 5] * per_second + row % per_second), pa.timestamp(unit, "UTC")),
        "local": pa.array(some(lambda row: seconds[row % 5] * per_second), pa.timestamp(unit)),
        "m9": pa.array(some(lambda row: decimal.Decimal(row * 7 - 30).scaleb(-2)), pa.decimal128(9, 2)),
        "m18": pa.array(some(lambda row: decimal.Decimal(row * 10**12 - 5).scaleb(-3)), pa.decimal128(18, 3)),
        "m38": pa.array(some(lambda row: decimal.Decimal(row * 10**30 - 5).scaleb(-10)), pa.decimal128(38, 10)),
        "list": pa.array(some(lambda row: [None if each == 1 else each for each in range(row % 4)]), pa.list_(pa.int32())),
        "lists": pa.array(some(lambda row: [["x"] * each for each in range(row % 3)]), pa.list_(pa.list_(pa.string()))),
        "struct": pa.array(
            some(lambda row: {"a": None if row % 2 else row, "b": None if row % 3 else {"c": [str(row)] * (row % 2)}}),
            pa.struct([("a", pa.int64()), ("b", pa.struct([("c", pa.list_(pa.string()))]))]),
        ),
        "structs": pa.array(
            some(lambda row: [None if each == 1 else {"a": each} for each in range(row % 3)]),
            pa.list_(pa.struct([("a", pa.int32())])),
        ),
        "tags": pa.array(some(lambda row: [(f"k{each}", None if each else row) for each in range(row % 3)]), pa.map_(pa.string(), pa.int32())),
        "counts": pa.array(some(lambda row: [(each, [each] * each) for each in range(row % 3)]), pa.map_(pa.int64(), pa.list_(pa.int32()))),
    }
)
columns = request.get("columns")
if columns is not None:
    table = table.select(columns)
pq.write_table(table, request["path"], **request["options"])
