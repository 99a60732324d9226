"""delta-rs as the other side of `npm run bench -- lake`.

It is asked as `json_lines.py` says, so that neither the start of the interpreter nor the making of rows is ever inside a measured
time. Every answer to a measured request has `seconds`.
"""

import time

import deltalake
import pyarrow
import pyarrow.compute as compute
import pyarrow.parquet as parquet
from deltalake import DeltaTable, write_deltalake

from json_lines import serve

rows = None
tables = {}


def load_rows(request):
    """Rows of a Parquet file, which the next appends and merges write."""
    global rows
    rows = parquet.read_table(request["file"]).combine_chunks()
    return {"rows": rows.num_rows}


def append(request):
    """Through a handle that is kept from commit to commit, as on the other side."""
    path = request["table"]
    begin = time.perf_counter()
    if path in tables:
        write_deltalake(tables[path], rows, mode="append")
    else:
        write_deltalake(path, rows, mode="append", configuration=request["configuration"])
    seconds = time.perf_counter() - begin
    if path not in tables:
        tables[path] = DeltaTable(path)
    return {"seconds": seconds}


def merge(request):
    table = tables[request["table"]]
    begin = time.perf_counter()
    metrics = (
        table.merge(rows, predicate="t.order_id = s.order_id", source_alias="s", target_alias="t")
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )
    return {
        "seconds": time.perf_counter() - begin,
        "updated": metrics["num_target_rows_updated"],
        "inserted": metrics["num_target_rows_inserted"],
    }


def snapshot(request):
    begin = time.perf_counter()
    table = DeltaTable(request["table"])
    files = len(table.file_uris())
    seconds = time.perf_counter() - begin
    return {"seconds": seconds, "files": files, "version": table.version()}


def scan(request):
    begin = time.perf_counter()
    table = tables[request["table"]].to_pyarrow_table(columns=request["columns"])
    return {"seconds": time.perf_counter() - begin, "rows": table.num_rows}


def summary(request):
    """What both sides must agree on, computed anew from the files."""
    table = DeltaTable(request["table"]).to_pyarrow_table()
    paid = compute.equal(table["status"], "paid")
    return {
        "rows": table.num_rows,
        "orderIds": str(compute.sum(table["order_id"]).as_py()),
        "userIds": str(compute.sum(table["user_id"]).as_py()),
        "amount": format(compute.sum(table["amount"]).as_py(), "f"),
        "placedAt": str(compute.sum(compute.cast(table["placed_at"], pyarrow.int64())).as_py()),
        "paid": compute.sum(compute.cast(paid, pyarrow.int64())).as_py(),
        "noteLetters": compute.sum(compute.utf8_length(table["note"])).as_py(),
        "notes": table.num_rows - table["note"].null_count,
    }


def version(request):
    return {"deltalake": deltalake.__version__, "pyarrow": pyarrow.__version__}


ANSWERS = {
    "version": version,
    "load_rows": load_rows,
    "append": append,
    "merge": merge,
    "snapshot": snapshot,
    "scan": scan,
    "summary": summary,
}

serve(ANSWERS)
