"""faiss's exact search as the other side of `npm run bench -- topk`.

Reads one JSON request a line from standard input and answers each with one JSON line, so that neither the start of the
interpreter nor the making of factors is ever inside a measured time.
"""

import json
import sys
import time

import faiss
import numpy

index = None
queries = None


def load(request):
    """Row-major float32 files: the items of an index that scans them all, and the queries."""
    global index, queries
    rank = request["rank"]
    index = faiss.IndexFlatIP(rank)
    index.add(numpy.fromfile(request["items"], dtype=numpy.float32).reshape(-1, rank))
    queries = numpy.fromfile(request["queries"], dtype=numpy.float32).reshape(-1, rank)
    return {"items": index.ntotal}


def search(request):
    """One query after another, each timed alone."""
    faiss.omp_set_num_threads(request["threads"])
    seconds, items = [], []
    for at in range(request["from"], request["to"]):
        query = queries[at : at + 1]
        begin = time.perf_counter()
        _, found = index.search(query, request["n"])
        seconds.append(time.perf_counter() - begin)
        items.append(found[0].tolist())
    return {"seconds": seconds, "items": items}


def version(request):
    return {"faiss": faiss.__version__, "threads": faiss.omp_get_max_threads(), "options": faiss.get_compile_options()}


ANSWERS = {"version": version, "load": load, "search": search}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = ANSWERS[request["do"]](request)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
