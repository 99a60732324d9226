import json
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock, Thread

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import (
    ExecutorEndpoint,
    StatusErrorException,
)
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from localstack.utils.net import get_free_tcp_port

LOOPBACK = "127.0.0.1"
RUNTIME = Path(__file__).parent / "runtime.mjs"
STOP_WITHIN_S = 3
# Of LocalStack's own environment a function gets what programs need to run, and nothing else.
INHERITED = ("PATH", "HOME", "LANG", "NODE_EXTRA_CA_CERTS")


class ProcessExecutor(RuntimeExecutor):
    """One execution environment: a Node process that answers one invocation after the other."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id, function_version)
        self._endpoint = ExecutorEndpoint(id, container_address=LOOPBACK)
        self._environment: dict[str, str] = {}
        self._output = TemporaryFile()
        self._process: subprocess.Popen | None = None
        self._invocation_id: str | None = None
        self._settling = Lock()

    def start(self, env_vars: dict[str, str]) -> None:
        code = str(self.function_version.config.code.get_unzipped_code_location())
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        own = {name: str(value) for name, value in env_vars.items() if value is not None}
        self._environment = inherited | own | {"LAMBDA_TASK_ROOT": code, "TZ": "UTC"}
        self._endpoint.start()
        self._spawn()

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._endpoint.shutdown()
        self._output.close()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        # A process that timed out or crashed has ended; the next invocation is a cold start, as on AWS.
        if self._process is None or self._process.poll() is not None:
            self._endpoint.start()
            self._spawn()
        self._invocation_id = payload["invoke-id"]
        return self._endpoint.invoke(payload)

    def get_address(self) -> str:
        return LOOPBACK

    def get_endpoint_from_executor(self) -> str:
        return LOOPBACK

    def get_runtime_endpoint(self) -> str:
        return f"http://{LOOPBACK}:{config.GATEWAY_LISTEN[0].port}{self._endpoint.get_endpoint_prefix()}"

    def get_logs(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        runtime = function_version.config.runtime or ""
        if not runtime.startswith("nodejs"):
            raise NotImplementedError(f"runtime {runtime!r}: this executor runs nodejs alone")
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """The code is removed with the function, by LocalStack."""

    def _spawn(self) -> None:
        node = shutil.which("node", path=self._environment.get("PATH"))
        if node is None:
            raise FileNotFoundError("node is not on the PATH of LocalStack")
        self._endpoint.container_port = get_free_tcp_port()
        process = subprocess.Popen(
            [node, str(RUNTIME)],
            cwd=self._environment["LAMBDA_TASK_ROOT"],
            env=self._environment | {"PROCESS_EXECUTOR_PORT": str(self._endpoint.container_port)},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
        )
        self._process = process
        Thread(target=self._await_exit, args=(process,), daemon=True).start()
        self._endpoint.wait_for_startup()

    def _await_exit(self, process: subprocess.Popen) -> None:
        """Nobody else tells LocalStack of a process that ended in the middle of its work; it would wait 15 minutes."""
        code = process.wait()
        if self._process is not process:
            return
        error = {"errorType": "Runtime.ExitError", "errorMessage": f"the process ended with code {code}"}
        payload = json.dumps(error).encode()
        with self._settling:
            startup, invocation = self._endpoint.startup_future, self._endpoint.invocation_future
            if startup is not None and not startup.done():
                startup.set_exception(StatusErrorException("the function's process ended", payload))
            if invocation is not None and not invocation.done():
                logs = self._endpoint.logs or self.get_logs()
                invocation.set_result(
                    InvocationResult(self._invocation_id or "", payload, is_error=True, logs=logs)
                )
