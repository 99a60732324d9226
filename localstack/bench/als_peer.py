"""implicit's ALS as the other side of `npm run bench -- als`.

It is asked as `json_lines.py` says, so that neither the start of the interpreter nor the reading of files is ever inside a measured
time.
"""

import os
import time

# implicit divides rows among threads itself and asks for a BLAS of one thread; the BLAS shall know its machine by itself.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)
os.environ.pop("L2_SIZE", None)

import implicit
import numpy
import scipy.sparse
from implicit.cpu.als import AlternatingLeastSquares

from json_lines import serve

confidences = None


def load(request):
    """Compressed sparse rows as files: int32 starts and columns, float32 confidences."""
    global confidences
    starts = numpy.fromfile(request["starts"], dtype=numpy.int32)
    columns = numpy.fromfile(request["columns"], dtype=numpy.int32)
    values = numpy.fromfile(request["values"], dtype=numpy.float32)
    confidences = scipy.sparse.csr_matrix((values, columns, starts), shape=(len(starts) - 1, request["columnCount"]))
    return {"rows": confidences.shape[0]}


def fit(request):
    """From given factors, which files are overwritten with the fitted ones. Rows are solved first, then columns."""
    rank = request["rank"]
    model = AlternatingLeastSquares(
        factors=rank,
        regularization=request["regularization"],
        alpha=1.0,
        use_native=True,
        use_cg=request["useCg"],
        iterations=request["iterations"],
        num_threads=request["threads"],
    )
    model.user_factors = numpy.fromfile(request["rowFactors"], dtype=numpy.float32).reshape(-1, rank)
    model.item_factors = numpy.fromfile(request["columnFactors"], dtype=numpy.float32).reshape(-1, rank)
    seconds = []
    begin = time.perf_counter()
    model.fit(confidences, show_progress=False, callback=lambda iteration, elapsed, loss: seconds.append(elapsed))
    whole = time.perf_counter() - begin
    model.user_factors.tofile(request["rowFactors"])
    model.item_factors.tofile(request["columnFactors"])
    return {"seconds": seconds, "whole": whole}


def version(request):
    return {"implicit": implicit.__version__, "numpy": numpy.__version__, "scipy": scipy.__version__}


ANSWERS = {"version": version, "load": load, "fit": fit}

serve(ANSWERS)
