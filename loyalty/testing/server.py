"""The database of a test run: without DATABASE_URL a throw-away embedded server, shared by all xdist workers and gone
with the session; what a killed session left behind goes when the next one begins."""

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
        return EmbeddedServer(self.folder / "pg", durable=False)

    def make_tables(self) -> None:
        """Begins to make the tables that workers copy, once."""
        self.making = self.making or tables.begin(self.folder)

    def remove(self) -> None:
        if self.making:
            self.making.kill()
            self.making.wait()
        self.server.remove()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self.lock)


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
            EmbeddedServer(folder / "pg").remove()
            shutil.rmtree(folder, ignore_errors=True)
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
        settings.EMBEDDED_SERVER = EmbeddedServer(Path(config.workerinput["embedded_data"]), durable=False)
        return
    remove_dead()
    config.throw_away = ThrowAway()
    settings.EMBEDDED_SERVER = config.throw_away.server


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node):
    """Tells an xdist worker, as it is made, where the session's server is."""
    if hasattr(node.config, "throw_away"):
        node.config.throw_away.make_tables()
        node.workerinput["embedded_data"] = str(node.config.throw_away.folder / "pg")


def pytest_unconfigure(config):
    if hasattr(config, "throw_away"):
        config.throw_away.remove()
        del config.throw_away


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request, django_db_modify_db_settings_parallel_suffix) -> None:
    """A worker on the session's server copies the tables that were made there."""
    given = getattr(request.config, "workerinput", {}).get("embedded_data")
    if given and settings.EMBEDDED_SERVER is not None:
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = tables.wait(Path(given).parent)


@pytest.fixture
def database_url(transactional_db) -> str:
    """The test database as a DATABASE_URL, for processes that a test starts; what they see must be committed."""
    from django.db import connection

    params = connection.get_connection_params()
    user = quote(params.get("user", "postgres"))
    password = f":{quote(params['password'])}" if params.get("password") else ""
    where = f"host={quote(str(params.get('host', '')), safe='')}&port={params.get('port', '') or 5432}"
    return f"postgres://{user}{password}@/{params['dbname']}?{where}"
