"""How a Python peer of a benchmark is asked: see `python-peer.ts`."""

import json
import sys


def serve(answers):
    """Answers each line of standard input, a JSON request, by the function that its `do` names, with one JSON line."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = answers[request["do"]](request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
