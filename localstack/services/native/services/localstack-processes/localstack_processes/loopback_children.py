"""Starts the servers that LocalStack itself starts on 127.0.0.1 only; as it starts them, they listen on every address.

DynamoDB Local comes from DYNAMODB_LOCAL_FOLDER (its jars in `lib`, and the main class LoopbackDynamoDb) and runs by
DYNAMODB_LOCAL_JAVA; Kinesis Mock comes from KINESIS_MOCK_FOLDER (`node_modules/kinesis-local`). So neither is fetched.
"""

import os
from pathlib import Path

from localstack.runtime import hooks

LISTEN_ON_LOOPBACK = Path(__file__).with_name("listen-on-loopback.cjs")


@hooks.on_infra_start()
def start_children_on_loopback():
    from localstack.services.dynamodb.server import DynamodbServer
    from localstack.services.kinesis.kinesis_mock_server import KinesisMockNodeServer
    from localstack.services.kinesis.packages import KinesisMockNodePackageInstaller

    DynamodbServer.do_start_thread = start_dynamodb
    KinesisMockNodePackageInstaller._get_install_dir = lambda self, target: os.environ["KINESIS_MOCK_FOLDER"]
    KinesisMockNodeServer._create_shell_command = lambda self: (
        ["node", "--require", str(LISTEN_ON_LOOPBACK), str(self._exe_path)],
        self._environment_variables,
    )


def start_dynamodb(server):
    from localstack.utils.common import TMP_THREADS, ShellCommandThread

    folder = Path(os.environ["DYNAMODB_LOCAL_FOLDER"])
    command = [
        os.environ["DYNAMODB_LOCAL_JAVA"],
        f"-Xmx{server.heap_size}",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        f"-Djava.library.path={folder / 'lib'}",
        "-cp",
        os.pathsep.join([str(folder / "lib" / "*"), str(folder)]),
        "LoopbackDynamoDb",
        "-port",
        str(server.port),
    ]
    if server.db_path:
        command += ["-dbPath", server.db_path]
    if server.share_db:
        command.append("-sharedDb")
    if server.delay_transient_statuses:
        command.append("-delayTransientStatuses")
    thread = ShellCommandThread(
        command, strip_color=True, auto_restart=True, name="dynamodb-local", env_vars={"DDB_LOCAL_TELEMETRY": "0"}
    )
    TMP_THREADS.append(thread)
    thread.start()
    return thread
