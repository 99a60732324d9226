"""Values of other engines as JSON carries them exactly, and requests answered one line each.

JSON has no exact numbers beyond 2^53 and no bytes or dates, so: long, decimal and timestamp (microseconds since 1970
UTC) are text, date is days since 1970, binary is hexadecimal, NaN and infinities are text, a map is a list of pairs.
"""

import datetime
import decimal
import json
import math
import sys
import traceback

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def plain(value):
    """By the value's own type; integers are text, since none of them tells how wide its column is."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex()
    if isinstance(value, datetime.datetime):
        return str((value - EPOCH) // datetime.timedelta(microseconds=1))
    if isinstance(value, datetime.date):
        return str((value - EPOCH.date()).days)
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {name: plain(element) for name, element in value.items()}
    raise TypeError(f"no plain form of {type(value)}")


def serve(answer, channel):
    """Answers each line of standard input, a JSON list of arguments, with one JSON line: {"result": …} or {"error": …}."""
    for line in sys.stdin:
        try:
            reply = {"result": answer(*json.loads(line))}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
        channel.write(json.dumps(reply, ensure_ascii=False) + "\n")
        channel.flush()
