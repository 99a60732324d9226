"""delta-rs as a server of one process: see `serve` of plain_values.py for how it is asked.

["rows", TABLE, VERSION or null, WHERE or null]   rows by DataFusion, which skips files by our statistics
["append", TABLE, ROWS], ["merge", TABLE, KEY, ROWS], ["delete", TABLE, WHERE], ["checkpoint", TABLE]
ROWS is a list of objects whose values PyArrow casts to the types of the table.
"""

import os
import sys

import pyarrow
from deltalake import DeltaTable, QueryBuilder, write_deltalake

from plain_values import plain, serve


def rows(path, version, where):
    table = DeltaTable(path, version=version)
    sql = "SELECT * FROM t" + ("" if where is None else f" WHERE {where}")
    found = pyarrow.table(QueryBuilder().register("t", table).execute(sql))
    return [{name: plain(value) for name, value in row.items()} for row in found.to_pylist()]


def arrow(path, values):
    schema = pyarrow.schema(DeltaTable(path).schema().to_arrow())
    columns = [pyarrow.array([row.get(field.name) for row in values]).cast(field.type) for field in schema]
    return pyarrow.table(columns, schema=schema)


def append(path, values):
    write_deltalake(path, arrow(path, values), mode="append")


def merge(path, key, values):
    source = arrow(path, values)
    merger = DeltaTable(path).merge(source, f"t.{key} = s.{key}", source_alias="s", target_alias="t")
    merger.when_matched_update_all().when_not_matched_insert_all().execute()


def delete(path, where):
    DeltaTable(path).delete(where)


def checkpoint(path):
    DeltaTable(path).create_checkpoint()


COMMANDS = {command.__name__: command for command in (rows, append, merge, delete, checkpoint)}

serve(lambda name, *arguments: COMMANDS[name](*arguments), sys.stdout)
# The thread pools of delta-rs and Arrow may abort a process that ends as usual, after all output is written.
os._exit(0)
