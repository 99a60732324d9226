"""Every day: build the features, load them into the online store, train the model, rank every customer's list.

    run_feature_engineering >> load_features_to_redis >> train_als >> build_recommendations

Each task calls one function of the platform over the Lambda Invoke API and takes its report as its result. The functions
are the ones that run-pipeline calls, with the same payload: {runId, attempt, upstream: {<job before>: its report}}.
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

Settings, by environment: LAMBDA_ENDPOINT (e.g. http://127.0.0.1:3002), LAMBDA_FUNCTION_PREFIX (service and stage, e.g.
customer-insight-local-), LAMBDA_RETRY_SECONDS (30: before the first retry; every further one waits twice as long).
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from typing import Any

from airflow.sdk import dag, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

# The timeouts of serverless.yml, in seconds. A call waits longer: a function that ran out of time answers so itself.
FUNCTION_TIMEOUT = {
    "build-features": 600,
    "load-online-store": 600,
    "train-model": 840,
    "build-recommendations": 840,
}
CALL_MARGIN = timedelta(seconds=30)
TASK_MARGIN = timedelta(seconds=60)


def invoke(function: str, payload: dict[str, Any]) -> Any:
    """What the function returned. Raises AirflowException where a repetition may help, else AirflowFailException."""
    name = os.environ["LAMBDA_FUNCTION_PREFIX"] + function
    request = urllib.request.Request(
        f"{os.environ['LAMBDA_ENDPOINT']}/2015-03-31/functions/{urllib.parse.quote(name, safe='')}/invocations",
        data=json.dumps(payload).encode(),
        headers={"content-type": "application/json", "x-amz-invocation-type": "RequestResponse"},
    )
    patience = timedelta(seconds=FUNCTION_TIMEOUT[function]) + CALL_MARGIN
    try:
        with urllib.request.urlopen(request, timeout=patience.total_seconds()) as response:
            body, function_error = response.read().decode(), response.headers.get("X-Amz-Function-Error")
    except urllib.error.HTTPError as refusal:
        message = f"invoking {name} answered {refusal.code}: {refusal.read().decode(errors='replace')}"
        may_pass = refusal.code == 429 or refusal.code >= 500
        raise (AirflowException if may_pass else AirflowFailException)(message) from None
    except OSError as error:
        raise AirflowException(f"{name} at {request.full_url} gave no answer: {error}") from error
    if function_error is not None:
        raise AirflowException(f"{name} failed: {error_message(body)}")
    return json.loads(body) if body else None


def error_message(body: str) -> str:
    """Of a function that threw: {errorType, errorMessage, …}; of anything in between, what it said."""
    try:
        return str(json.loads(body)["errorMessage"])
    except (ValueError, KeyError, TypeError):
        return body


def run_id(started: datetime) -> str:
    """When the run began, as every function reads it, e.g. 20261123T021500123Z-airflow: the same for every attempt.

    Not the date of the schedule: the functions refuse to build features of a time before the ones that are there.
    """
    started = started.astimezone(timezone.utc)
    return f"{started:%Y%m%dT%H%M%S}{started.microsecond // 1000:03d}Z-airflow"


def job(task_id: str, function: str):
    """A task that runs one function; called with the reports of the functions before it."""

    @task(
        task_id=task_id,
        execution_timeout=timedelta(seconds=FUNCTION_TIMEOUT[function]) + TASK_MARGIN,
        retries=2,
        retry_delay=timedelta(seconds=float(os.environ.get("LAMBDA_RETRY_SECONDS", "30"))),
        retry_exponential_backoff=True,
        max_retry_delay=timedelta(minutes=10),
    )
    def call(upstream: dict[str, Any]) -> Any:
        context = get_current_context()
        payload = {
            "runId": run_id(context["dag_run"].start_date),
            "attempt": context["ti"].try_number,
            "upstream": upstream,
        }
        return invoke(function, payload)

    return call


@dag(
    dag_id="update_feature_store",
    schedule="@daily",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=3),
    tags=["customer-insight"],
    doc_md=__doc__,
)
def update_feature_store():
    features = job("run_feature_engineering", "build-features")({})
    loaded = job("load_features_to_redis", "load-online-store")({"build-features": features})
    trained = job("train_als", "train-model")({"load-online-store": loaded})
    job("build_recommendations", "build-recommendations")({"train-model": trained})


update_feature_store()
