"""Django's PostgreSQL engine for the embedded server, which it starts, and after a crash starts again, when a
connection is wanted: manage.py, pytest, web and worker need no further command. Not used with DATABASE_URL."""

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import OperationalError

from loyalty.database import PORT
from loyalty.postgresql.binaries import DatabaseUnavailable


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the server that the setting EMBEDDED_SERVER names at the time."""

    def get_connection_params(self):
        server = settings.EMBEDDED_SERVER
        return super().get_connection_params() | {"host": server.host, "port": PORT, "user": "postgres"}

    def get_new_connection(self, conn_params):
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            if settings.EMBEDDED_SERVER.is_ready():
                raise
        try:
            settings.EMBEDDED_SERVER.start()
        except DatabaseUnavailable as reason:
            raise OperationalError(str(reason)) from reason
        return super().get_new_connection(conn_params)
