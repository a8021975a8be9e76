"""Django's PostgreSQL engine with two things of our own. Without DATABASE_URL it starts the embedded server, and starts
it again after a crash, when a connection is wanted: manage.py, pytest, web and worker need no further command. And a
kept connection is asked whether it lives without a round trip."""

import select

from django.conf import settings
from django.db.backends.postgresql import base
from psycopg import OperationalError
from psycopg.pq import TransactionStatus

from loyalty.database import PORT
from loyalty.postgresql.binaries import DatabaseUnavailable


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection to the server of DATABASE_URL, or to the one that the setting EMBEDDED_SERVER names at the time."""

    def get_connection_params(self):
        server = settings.EMBEDDED_SERVER
        params = super().get_connection_params()
        return params | {"host": server.host, "port": PORT, "user": "postgres"} if server else params

    def get_new_connection(self, conn_params):
        server = settings.EMBEDDED_SERVER
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            if server is None or server.is_ready():
                raise
        try:
            server.start()
        except DatabaseUnavailable as reason:
            raise OperationalError(str(reason)) from reason
        return super().get_new_connection(conn_params)

    def is_usable(self):
        """A server that ended, or ended the session, said so on the socket; while there is nothing to read from an idle
        connection, nothing has happened to it. Only what is there to read costs a question. In a transaction that
        failed nothing can be done any more."""
        if self.connection is None or self.connection.closed:
            return False
        if self.connection.info.transaction_status == TransactionStatus.INERROR:
            return False
        readable = select.poll()
        readable.register(self.connection.fileno(), select.POLLIN)
        return super().is_usable() if readable.poll(0) else True
