"""The embedded server: it starts by itself, once, and heals after whatever is done to it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from loyalty.database import ELSEWHERE, EmbeddedServer
from loyalty.postgresql.binaries import DatabaseUnavailable
from loyalty.postgresql.processes import command_line, is_alive

START = """
import sys
from pathlib import Path
from loyalty.database import EmbeddedServer
print(EmbeddedServer(Path(sys.argv[1]), durable=False).start())
"""


@pytest.fixture
def folder():
    """A place that any user may walk to, as a checkout is."""
    path = Path(tempfile.mkdtemp(prefix="loyalty-ground-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def server(folder):
    server = EmbeddedServer(folder / "pg", durable=False)
    yield server
    server.remove()


def ask(server: EmbeddedServer, sql: str):
    with psycopg.connect(server.conninfo(), autocommit=True) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchone()[0] if cursor.description else None


def pid_of(server: EmbeddedServer) -> int:
    return int((server.data / "postmaster.pid").read_text().split()[0])


def wait_until(condition, seconds: int = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_it_makes_its_database_and_starts_once(server):
    assert server.start() is True
    assert server.start() is False

    assert ask(server, "select current_database()") == "loyalty"
    assert ask(server, "select lower('ÀÉŠ')") == "àéš"
    assert ask(server, "show listen_addresses") == ""


def test_six_processes_that_start_it_at_once_share_one(server, folder):
    command = [sys.executable, "-c", START, str(folder / "pg")]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]

    answers = [process.communicate(timeout=60)[0].strip() for process in processes]

    assert sorted(answers) == ["False"] * 5 + ["True"]
    assert ask(server, "select 1") == 1


def test_two_checkouts_run_side_by_side(folder):
    servers = [EmbeddedServer(folder / name / "pg", durable=False) for name in ("a", "b")]
    try:
        for server in servers:
            server.start()
            ask(server, "create table here ()")

        assert servers[0].host != servers[1].host
        assert ask(servers[0], "select count(*) from here") == 0
    finally:
        for server in servers:
            server.remove()


def test_kill_9_loses_nothing_that_was_committed(server):
    server.start()
    ask(server, "create table kept as select 42 as n")
    os.kill(pid_of(server), signal.SIGKILL)

    server.start()

    assert ask(server, "select n from kept") == 42


def test_kill_9_with_a_busy_client_heals_too(server):
    server.start()
    busy = psycopg.connect(server.conninfo(), autocommit=True)
    busy.pgconn.send_query(b"select pg_sleep(2)")
    os.kill(pid_of(server), signal.SIGKILL)

    server.start()

    assert ask(server, "select 1") == 1


def test_a_deleted_data_directory_is_made_anew_and_its_server_ended(server):
    server.start()
    orphan = pid_of(server)
    shutil.rmtree(server.data)

    assert server.is_ready() is False
    server.start()

    assert ask(server, "select 1") == 1
    assert wait_until(lambda: not is_alive(orphan))


def test_lost_sockets_come_back(server):
    server.start()
    ask(server, "create table kept as select 42 as n")
    shutil.rmtree(server.sockets)

    server.start()

    assert ask(server, "select n from kept") == 42


def test_a_pid_that_now_belongs_to_another_program_is_forgotten(server):
    server.start()
    os.kill(pid_of(server), signal.SIGKILL)
    pid_file = server.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    server.start()

    assert ask(server, "select 1") == 1
    assert "postgres" in command_line(pid_of(server))


def test_an_interrupted_birth_is_begun_again(server, folder):
    (folder / "pg-draft-interrupted").mkdir()
    (folder / "pg").mkdir()

    server.start()

    assert ask(server, "select 1") == 1


def test_a_folder_with_other_things_in_it_is_left_alone(server, folder):
    (folder / "pg").mkdir()
    (folder / "pg" / "letters.txt").write_text("mine")

    with pytest.raises(DatabaseUnavailable, match="cannot be made"):
        server.start()

    assert (folder / "pg" / "letters.txt").read_text() == "mine"


def test_data_of_another_major_version_is_refused(server):
    server.start()
    server.stop()
    (server.data / "PG_VERSION").write_text("11\n")

    with pytest.raises(DatabaseUnavailable, match="was made by PostgreSQL 11"):
        server.start()


def test_stop_is_clean_and_says_whether_there_was_anything(server):
    server.start()

    assert server.stop() is True
    assert server.stop() is False
    assert server.is_running() is False


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its server to somebody else")
def test_a_checkout_that_the_servers_user_cannot_reach_keeps_its_data_elsewhere(folder):
    folder.chmod(0o700)
    server = EmbeddedServer(folder / "pg", durable=False)
    try:
        server.start()

        assert server.data.is_relative_to(ELSEWHERE)
        assert ask(server, "select 1") == 1
    finally:
        server.remove()


def test_sockets_that_another_user_put_there_first_are_refused(server):
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder of somebody else's")
    server.sockets.mkdir(mode=0o777)
    os.chown(server.sockets, 12345, 12345)

    with pytest.raises(DatabaseUnavailable, match="belongs to another user"):
        server.start()

    server.sockets.rmdir()
