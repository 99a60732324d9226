"""Runs the Node functions of LocalStack 4.14 as processes of this machine, without Docker.

LocalStack loads it with LAMBDA_RUNTIME_EXECUTOR=process. What an executor is: class RuntimeExecutor of
localstack.services.lambda_.invocation.runtime_executor. Functions share the machine's network, files and memory.
"""

from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        # Imported here: LocalStack's Lambda provider imports this package while it is itself being imported.
        from process_executor.executor import ProcessExecutor

        return ProcessExecutor
