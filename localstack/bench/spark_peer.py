"""Spark MLlib's ALS as the other side of `npm run bench -- spark`; asked as `json_lines.py` says."""

import array
import os
import sys
import time

# Tasks are the threads: a BLAS with threads of its own would have them compete.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import pyspark
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession

# Spark's own words go where they are no answer.
sys.stdout.flush()
answers_to = os.dup(1)
os.dup2(2, 1)
sys.stdout = os.fdopen(answers_to, "w")

from json_lines import serve

spark = None
ratings = None


def start(request):
    global spark
    spark = (
        SparkSession.builder.master(f"local[{request['threads']}]")
        .config("spark.driver.memory", "6g")
        # Java's own vector instructions, where no native BLAS is found.
        .config("spark.driver.extraJavaOptions", "--add-modules=jdk.incubator.vector")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.warehouse.dir", request["folder"])
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    library = spark._jvm.dev.ludovic.netlib
    try:
        blas = library.blas.NativeBLAS.getInstance()
    except Exception:
        blas = library.blas.JavaBLAS.getInstance()
    try:
        lapack = library.lapack.NativeLAPACK.getInstance()
    except Exception:
        lapack = library.lapack.JavaLAPACK.getInstance()
    names = [implementation.getClass().getSimpleName() for implementation in (blas, lapack)]
    return {
        "blas": " and ".join(names),
        "java": spark._jvm.System.getProperty("java.version"),
        "libraries": libraries_of(spark._jvm.ProcessHandle.current().pid()),
    }


def libraries_of(pid):
    """Files of BLAS and LAPACK that the process has loaded; Linux tells."""
    try:
        with open(f"/proc/{pid}/maps") as maps:
            paths = {line.split()[-1] for line in maps}
    except FileNotFoundError:
        return "unknown libraries"
    names = sorted({os.path.basename(path) for path in paths if ".so" in path and ("blas" in path or "lapack" in path)})
    return ", ".join(names) or "no native library"


def load(request):
    """Lines `user,item,rating`, held in memory in as many partitions as there are blocks of ALS."""
    global ratings
    lines = spark.read.schema("user int, item int, rating float").csv(request["file"])
    ratings = lines.repartition(request["blocks"]).cache()
    return {"rows": ratings.count()}


def fit(request):
    """Whole fit; the factors go to files as float32 rows by ascending id. Writing them is not part of the time."""
    als = ALS(
        rank=request["rank"],
        maxIter=request["iterations"],
        regParam=request["regularization"],
        alpha=request["alpha"],
        implicitPrefs=True,
        numUserBlocks=request["blocks"],
        numItemBlocks=request["blocks"],
        seed=request["seed"],
    )
    begin = time.perf_counter()
    model = als.fit(ratings)
    # Factors are computed when they are first asked for.
    model.userFactors.count()
    model.itemFactors.count()
    seconds = time.perf_counter() - begin
    for factors, file in ((model.userFactors, request["userFile"]), (model.itemFactors, request["itemFile"])):
        with open(file, "wb") as out:
            for row in factors.orderBy("id").toLocalIterator():
                array.array("f", row.features).tofile(out)
    return {"seconds": seconds}


def version(request):
    return {"spark": pyspark.__version__}


serve({"version": version, "start": start, "load": load, "fit": fit})
