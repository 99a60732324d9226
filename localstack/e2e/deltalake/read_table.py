"""Reads Delta tables with delta-rs, a program that shares no code with ours.

    python read_table.py rows TABLE [VERSION]   every row as one JSON line, in no particular order
    python read_table.py count TABLE...         one JSON line per table: path, version, rows, files
    python read_table.py write TABLE MODE       writes the sample table of `sample_rows` (MODE: append, overwrite)
    python read_table.py checkpoint TABLE       writes a checkpoint

JSON has no exact numbers beyond 2^53 and no bytes or dates, so: long, decimal and timestamp (microseconds since 1970
UTC) are text, date is days since 1970, binary is hexadecimal, NaN and infinities are text.
"""

import datetime
import decimal
import json
import math
import os
import sys

import pyarrow
from deltalake import DeltaTable, write_deltalake

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def plain(value, kind):
    if value is None:
        return None
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind):
        return [plain(element, kind.value_type) for element in value]
    if isinstance(value, bool) or isinstance(value, str):
        return value
    if pyarrow.types.is_int64(kind):
        return str(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime.datetime):
        return str((value - EPOCH) // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.date):
        return (value - EPOCH.date()).days
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def print_rows(path, version):
    table = DeltaTable(path, version=version).to_pyarrow_table()
    kinds = {field.name: field.type for field in table.schema}
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            print(json.dumps({name: plain(value, kinds[name]) for name, value in row.items()}, ensure_ascii=False))


def print_counts(paths):
    for path in paths:
        table = DeltaTable(path)
        rows = table.to_pyarrow_table(columns=[]).num_rows
        print(json.dumps({"path": path, "version": table.version(), "rows": rows, "files": len(table.file_uris())}))


def sample_rows():
    return pyarrow.table(
        {
            "id": pyarrow.array([1, 2, None], pyarrow.int32()),
            "big": pyarrow.array([9007199254740993, -(2**63), None], pyarrow.int64()),
            "name": pyarrow.array(["emoji 😀 \ue000", "", None], pyarrow.string()),
            "price": pyarrow.array([decimal.Decimal("-12.50"), decimal.Decimal("99999999.99"), None], pyarrow.decimal128(10, 2)),
            "wide": pyarrow.array([decimal.Decimal("-1234567890123456789012345678.0000000001"), decimal.Decimal(0), None], pyarrow.decimal128(38, 10)),
            "at": pyarrow.array([-1, 1795393913764467, None], pyarrow.timestamp("us", tz="UTC")),
            "day": pyarrow.array([-1, 20000, None], pyarrow.date32()),
            "ok": pyarrow.array([True, False, None], pyarrow.bool_()),
            "raw": pyarrow.array([b"\x00\xff", b"", None], pyarrow.binary()),
            "ratio": pyarrow.array([0.1, -1e300, None], pyarrow.float64()),
            "factors": pyarrow.array([[0.5, -0.25], [], None], pyarrow.list_(pyarrow.float32())),
        }
    )


def main(command, *arguments):
    if command == "rows":
        path, version = (*arguments, None)[:2]
        print_rows(path, None if version is None else int(version))
    elif command == "count":
        print_counts(arguments)
    elif command == "write":
        path, mode = arguments
        write_deltalake(path, sample_rows(), mode=mode)
    elif command == "checkpoint":
        DeltaTable(arguments[0]).create_checkpoint()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
    # The thread pools of delta-rs and Arrow may abort a process that ends as usual ("terminate called without an active
    # exception"), after all output is written.
    sys.stdout.flush()
    os._exit(0)
