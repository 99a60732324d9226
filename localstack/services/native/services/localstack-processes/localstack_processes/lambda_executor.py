"""Runs the Node functions of LocalStack's Lambda as processes of this machine, where there is no Docker.

Chosen by LAMBDA_RUNTIME_EXECUTOR=process. A process is no sandbox: a function can read this machine's files, and only
V8's heap is limited to its memory size. Interface: localstack.services.lambda_.invocation.runtime_executor, 4.14.0.
"""

import json
import os
import shutil
import subprocess
import threading
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import ExecutorEndpoint
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.utils.net import get_free_tcp_port

HOST_PROGRAM = Path(__file__).with_name("lambda-host.mjs")
STOPS_WITHIN_S = 3
# Of this process' environment; the rest is the function's own.
PASSED_ON = ("PATH", "HOME", "LANG")


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        # Imported here because that module looks for this plugin.
        from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

        return type("ProcessExecutor", (ProcessExecution, RuntimeExecutor), {})


class ProcessExecution:
    """One execution environment: a Node process that serves one invocation at a time."""

    def __init__(self, id, function_version):
        super().__init__(id=id, function_version=function_version)
        self.endpoint = ExecutorEndpoint(id, container_address="127.0.0.1")
        self.process = None
        self.environment = {}
        self.log_file = Path(config.dirs.tmp) / f"lambda-{id}.log"

    def start(self, env_vars):
        runtime = self.function_version.config.runtime or "none"
        if not runtime.startswith("nodejs"):
            raise NotImplementedError(f"functions run as Node processes, the runtime {runtime} cannot")
        self.environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self.environment |= {name: str(value) for name, value in env_vars.items() if value is not None}
        self.environment["TZ"] = "UTC"
        self.environment["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{runtime}"
        self._launch()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.endpoint.shutdown()
        self.log_file.unlink(missing_ok=True)

    def invoke(self, payload):
        # A process ends with the invocation that timed out, as Lambda resets the environment.
        if self.process.poll() is not None:
            self._launch()
        return self.endpoint.invoke(payload)

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}{self.endpoint.get_endpoint_prefix()}"

    def get_logs(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    @classmethod
    def prepare_version(cls, function_version):
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        """The code's folder belongs to LocalStack, which removes it with the function."""

    def _launch(self):
        code = str(self.function_version.config.code.get_unzipped_code_location())
        memory_mb = self.function_version.config.memory_size or 128
        self.endpoint.start()
        self.endpoint.container_port = get_free_tcp_port()
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [shutil.which("node"), f"--max-old-space-size={memory_mb}", str(HOST_PROGRAM)],
                cwd=code,
                env=self.environment
                | {"LAMBDA_TASK_ROOT": code, "LAMBDA_HOST_PORT": str(self.endpoint.container_port)},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        threading.Thread(target=self._report_exit, args=(self.process,), daemon=True).start()
        self.endpoint.wait_for_startup()

    def _report_exit(self, process):
        """Answers what a process that ended has left unanswered, with the error that Lambda gives for it."""
        status = process.wait()
        if process is not self.process:
            return
        message = f"Runtime exited with status {status}"
        if not self.endpoint.startup_future.done():
            self.endpoint.startup_future.set_exception(RuntimeError(message))
        pending = self.endpoint.invocation_future
        if pending is not None and not pending.done():
            error = json.dumps({"errorType": "Runtime.ExitError", "errorMessage": message}).encode()
            pending.set_result(InvocationResult("", error, is_error=True, logs=self.endpoint.logs))
