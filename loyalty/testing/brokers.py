"""Real brokers of the tests' own: on free ports, in throw-away folders, gone at the end. What other rooms test with a
RabbitMQ shares one; BROKER_TEST_RABBITMQ_URL names another one that is there already and is not restarted."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from kombu import Connection

FOLDERS = ("/usr/lib/rabbitmq/bin", "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/sbin")
START_SECONDS_MAX = 90


class NoBroker(Exception):
    """There is no such broker here, or it does not start."""


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


class Server:
    """A broker's process, which can be ended and started again with what it kept."""

    def __init__(self, url: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]):
        self.url, self.command, self.folder, self.environment = url, command, folder, environment
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with (self.folder / "output").open("a") as output:
            self.process = subprocess.Popen(
                self.command,
                env=os.environ | self.environment,
                cwd=self.folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until and self.process.poll() is None:
            if self.answers():
                return
            time.sleep(0.1)
        raise NoBroker(f"{self.command[0]} does not start: {(self.folder / 'output').read_text()[-500:]}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def answers(self) -> bool:
        host, _, port = self.url.rpartition("@")[2].removeprefix("nats://").strip("/").partition(":")
        try:
            if not self.url.startswith("amqp"):
                socket.create_connection((host, int(port)), timeout=1).close()
                return True
            # RabbitMQ listens before it lets anybody in.
            with Connection(self.url, connect_timeout=1) as trial:
                trial.connect()
            return True
        except OSError:
            return False


def _found(name: str) -> str:
    path = shutil.which(name, path=os.pathsep.join([*FOLDERS, os.environ.get("PATH", "")]))
    if path is None:
        raise NoBroker(f"no {name} is installed")
    return path


@contextmanager
def rabbit() -> Iterator[Server]:
    """A RabbitMQ; NoBroker says why there is none."""
    if url := os.environ.get("BROKER_TEST_RABBITMQ_URL"):
        yield Server(url, (), Path(), {})
        return
    command = [_found("rabbitmq-server")]
    folder = Path(tempfile.mkdtemp(prefix="loyalty-rabbit-"))
    port, names = free_port(), free_port()
    environment = {
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
    server = Server(f"amqp://guest:guest@127.0.0.1:{port}//", command, folder, environment)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        # The names' server of Erlang outlives those whom it serves.
        subprocess.run(
            ["epmd", "-port", str(names), "-kill"], env=os.environ | environment, capture_output=True, check=False
        )
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def nats_server() -> Iterator[Server]:
    """A NATS with JetStream; NoBroker says why there is none."""
    command = _found("nats-server")
    folder = Path(tempfile.mkdtemp(prefix="loyalty-nats-"))
    port = free_port()
    server = Server(
        f"nats://127.0.0.1:{port}",
        [command, "-js", "-a", "127.0.0.1", "-p", str(port), "-sd", str(folder / "store")],
        folder,
        {},
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


class KafkaCluster:
    """The Kafka that librdkafka brings for tests: two brokers in this process, which forget at its end, and can be out
    of reach for a while; NoBroker where the package is not installed."""

    BROKERS = (1, 2)

    def __init__(self):
        try:
            import confluent_kafka
        except ModuleNotFoundError as error:
            raise NoBroker("confluent-kafka is not installed") from error
        # The address is replaced by the cluster's own; the log level leaves out that it says so.
        self._cluster = confluent_kafka.Producer(
            {"test.mock.num.brokers": len(self.BROKERS), "bootstrap.servers": "replaced", "log_level": 3}
        )
        brokers = self._cluster.list_topics(timeout=10).brokers.values()
        self.url = "kafka://" + ",".join(f"{broker.host}:{broker.port}" for broker in brokers) + "?log_level=2"
        self._libraries = Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs"

    def stop(self) -> None:
        self._tell("rd_kafka_mock_broker_set_down")

    def start(self) -> None:
        self._tell("rd_kafka_mock_broker_set_up")

    def end(self) -> None:
        self._cluster.flush(1)

    def _tell(self, function: str) -> None:
        """What the package does not offer its library does; its handle is what the package's object holds first."""
        found = next(iter(self._libraries.glob("librdkafka*")), None)
        if found is None:
            raise NoBroker("confluent-kafka was built in another way")
        library = ctypes.CDLL(str(found))
        library.rd_kafka_handle_mock_cluster.restype = ctypes.c_void_p
        handle = ctypes.c_void_p.from_address(id(self._cluster) + object.__basicsize__)
        mocked = ctypes.c_void_p(library.rd_kafka_handle_mock_cluster(handle))
        for broker in self.BROKERS:
            getattr(library, function)(mocked, ctypes.c_int(broker))


@contextmanager
def kafka_cluster() -> Iterator[KafkaCluster]:
    """One that is there."""
    cluster = KafkaCluster()
    yield cluster
    cluster.end()


def _or_skip(started):
    try:
        with started as found:
            yield found
    except NoBroker as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def rabbit_server():
    yield from _or_skip(rabbit())


@pytest.fixture(scope="session")
def nats_broker():
    yield from _or_skip(nats_server())


@pytest.fixture(scope="session")
def kafka_brokers():
    yield from _or_skip(kafka_cluster())


@pytest.fixture(scope="session")
def kafka_url(kafka_brokers):
    return kafka_brokers.url
