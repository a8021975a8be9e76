"""A RabbitMQ of the tests' own: on free ports, in a throw-away folder, gone at the end. EXCHANGE_TEST_BROKER_URL names
another one that is there already."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kombu import Connection

FOLDERS = ("/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/opt/homebrew/sbin")
START_SECONDS_MAX = 90


class NoBroker(Exception):
    """There is no RabbitMQ here, or it does not start."""


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


@contextmanager
def rabbit() -> Iterator[str]:
    """The address of a broker; NoBroker says why there is none."""
    if url := os.environ.get("EXCHANGE_TEST_BROKER_URL"):
        yield url
        return
    server = shutil.which("rabbitmq-server", path=os.pathsep.join([*FOLDERS, os.environ.get("PATH", "")]))
    if server is None:
        raise NoBroker("no rabbitmq-server is installed, and EXCHANGE_TEST_BROKER_URL names none")
    folder = Path(tempfile.mkdtemp(prefix="loyalty-rabbit-"))
    port, names = free_port(), free_port()
    environment = os.environ | {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"loyalty{port}@localhost",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            [server], env=environment, cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
    try:
        url = f"amqp://guest:guest@127.0.0.1:{port}//"
        _wait(url, process, folder)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        # The names' server of Erlang outlives those whom it serves.
        subprocess.run(["epmd", "-port", str(names), "-kill"], env=environment, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str, process: subprocess.Popen, folder: Path) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < until and process.poll() is None:
        try:
            with Connection(url, connect_timeout=1) as trial:
                trial.connect()
            return
        except OSError:
            time.sleep(0.2)
    raise NoBroker(f"RabbitMQ does not start: {(folder / 'output').read_text()[-500:]}")
