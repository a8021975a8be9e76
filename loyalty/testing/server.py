"""The database of a test run: without DATABASE_URL a throw-away embedded server, one for each xdist worker, gone with
the session; what a killed session left behind goes when the next one begins. Of one server for all, each worker's long
transactions would hold up what the others wait for: no seal is set and no event told past a transaction that runs."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import TransactionTestCase

from loyalty.database import EmbeddedServer
from loyalty.testing import tables
from loyalty.testing.flushing import empty_tables, execute_sql_flush

PREFIX = "loyalty-test-"
FAST_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class ThrowAway:
    """A folder with a server in it, alive as long as this process holds the lock on its file `alive`."""

    def __init__(self):
        draft = Path(tempfile.mkdtemp(prefix="loyalty-draft-"))
        draft.chmod(0o711)
        self.lock = os.open(draft / "alive", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self.lock, fcntl.LOCK_EX)
        # Only now may it be seen by those who look for dead ones.
        self.folder = draft.rename(draft.with_name(draft.name.replace("loyalty-draft-", PREFIX)))
        self.making = None

    @property
    def server(self) -> EmbeddedServer:
        return server_in(self.folder)

    def make_tables(self) -> None:
        """Begins to make the tables that workers copy, once."""
        self.making = self.making or tables.begin(self.folder)

    def remove(self) -> None:
        if self.making:
            self.making.kill()
            self.making.wait()
        remove_servers(self.folder)
        os.close(self.lock)


def server_in(folder: Path) -> EmbeddedServer:
    """The session's server, or that of one worker."""
    return EmbeddedServer(folder / "pg", durable=False)


def remove_servers(folder: Path) -> None:
    """Ends the servers of a session and of its workers."""
    for one in (folder, *folder.glob("gw*")):
        server_in(one).remove()
    shutil.rmtree(folder, ignore_errors=True)


def remove_dead() -> None:
    """Ends the servers of sessions that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            lock = os.open(folder / "alive", os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            remove_servers(folder)
        finally:
            os.close(lock)


def pytest_configure(config):
    """Points Django at the session's server before anything connects, makes passwords cheap, lets tables be emptied."""
    settings.PASSWORD_HASHERS = FAST_HASHERS
    DatabaseOperations.execute_sql_flush = execute_sql_flush
    TransactionTestCase._fixture_teardown = empty_tables
    if settings.EMBEDDED_SERVER is None:
        return
    if hasattr(config, "workerinput"):
        settings.EMBEDDED_SERVER = server_in(Path(config.workerinput["server_folder"]))
        return
    remove_dead()
    config.throw_away = ThrowAway()
    settings.EMBEDDED_SERVER = config.throw_away.server


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tells an xdist worker, as it is made, where its server is to be."""
    if hasattr(node.config, "throw_away"):
        node.config.throw_away.make_tables()
        folder = node.config.throw_away.folder / node.gateway.id
        folder.mkdir(exist_ok=True)
        node.workerinput["server_folder"] = str(folder)


def pytest_unconfigure(config):
    if hasattr(config, "throw_away"):
        config.throw_away.remove()
        del config.throw_away


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, django_db_modify_db_settings_parallel_suffix) -> None:
    """A worker begins with a copy of the session's server and the tables that were made there."""
    given = getattr(request.config, "workerinput", {}).get("server_folder")
    if given and settings.EMBEDDED_SERVER is not None:
        database = tables.copy(Path(given).parent, settings.EMBEDDED_SERVER)
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = database


@pytest.fixture
def database_url(transactional_db) -> str:
    """The test database as a DATABASE_URL, for processes that a test starts; what they see must be committed."""
    from django.db import connection

    params = connection.get_connection_params()
    user = quote(params.get("user", "postgres"))
    password = f":{quote(params['password'])}" if params.get("password") else ""
    where = f"host={quote(str(params.get('host', '')), safe='')}&port={params.get('port', '') or 5432}"
    return f"postgres://{user}{password}@/{params['dbname']}?{where}"
