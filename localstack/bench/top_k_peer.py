"""faiss's exact search as the other side of `npm run bench -- topk`.

It is asked as `json_lines.py` says, so that neither the start of the interpreter nor the making of factors is ever inside a measured
time.
"""

import time

import faiss
import numpy

from json_lines import serve

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

serve(ANSWERS)
