"""LightGBM as the other side of the conformance tests and of `npm run bench -- trees`.

Reads one JSON request a line from standard input and answers each with one JSON line. Rows come as files of little-endian numbers
in a folder, `NAME.features.f32` row-major, `NAME.labels.u8` and `NAME.groups.i32`; models as text, predictions as `.f64` files.
Seconds are of the measured call alone: neither the start of the interpreter nor the reading of files is in them.
"""

import json
import os
import sys
import time

import lightgbm
import numpy


def read_rows(folder, name, width):
    path = os.path.join(folder, name)
    return (
        numpy.fromfile(f"{path}.features.f32", dtype="<f4").reshape(-1, width),
        numpy.fromfile(f"{path}.labels.u8", dtype="u1"),
        numpy.fromfile(f"{path}.groups.i32", dtype="<i4"),
    )


def train(request):
    """Trains on the rows named `train`; `seconds` covers the bins and the trees. Writes the model's text to `model`."""
    features, labels, groups = read_rows(request["folder"], "train", request["width"])
    parameters = request["parameters"]
    categorical = parameters.pop("categorical_feature", "auto")
    queries = groups if parameters["objective"] == "lambdarank" else None
    begin = time.perf_counter()
    dataset = lightgbm.Dataset(features, labels, group=queries, params=parameters, categorical_feature=categorical)
    booster = lightgbm.train(parameters, dataset, request["trees"])
    seconds = time.perf_counter() - begin
    booster.save_model(os.path.join(request["folder"], request["model"]))
    return {"seconds": seconds}


def predict(request):
    """Raw scores of the rows named `rows` by the model in the file `model`, repeated to measure; the median in `seconds`."""
    features, _, _ = read_rows(request["folder"], request["rows"], request["width"])
    booster = lightgbm.Booster(model_file=os.path.join(request["folder"], request["model"]))
    threads = request.get("threads", 1)
    seconds = []
    for _ in range(request.get("repeats", 1)):
        begin = time.perf_counter()
        scores = booster.predict(features, raw_score=True, num_threads=threads)
        seconds.append(time.perf_counter() - begin)
    numpy.asarray(scores, dtype="<f8").tofile(os.path.join(request["folder"], request["out"]))
    return {"seconds": float(numpy.median(seconds))}


ACTIONS = {"train": train, "predict": predict}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = ACTIONS[request["do"]](request)
    except Exception as error:  # said to the other side, which fails with it
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

sys.stdout.flush()
os._exit(0)
