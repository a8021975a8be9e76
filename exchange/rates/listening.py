"""Hearing of new rates: a thread with a connection of its own that waits for the database's word.

How stale what a process knows can be: a change is known within a second of its commit as long as this connection
lives. When it is lost, or a word is, within RATES_SECONDS_MAX, for nobody believes what was read longer ago."""

import logging
import os
import selectors
import socket
import threading

import psycopg
from django.db import connection
from psycopg import sql

CHANNEL = "exchange_rates"
PAUSE_SECONDS = 1
"""After a lost connection, before the next try."""

log = logging.getLogger(__name__)


class Listener(threading.Thread):
    """Calls `changed` when the database tells of a change, and then `reread` with its connection; that also every
    `every_seconds`. Nobody waits for it: without it all goes on, only staler."""

    def __init__(self, params: dict, *, changed, reread, every_seconds):
        super().__init__(name=CHANNEL, daemon=True)
        self._params = _own(params)
        self._changed = changed
        self._reread = reread
        self._every_seconds = every_seconds
        self.is_listening = False
        self._is_over = threading.Event()
        self._woken, self._waker = socket.socketpair()

    def run(self) -> None:
        while not self._is_over.is_set():
            try:
                with psycopg.connect(**self._params) as connected:
                    self._follow(connected)
            except (psycopg.Error, OSError) as error:
                self.is_listening = False
                log.warning("the rates are not listened to: %s", error)
                self._is_over.wait(PAUSE_SECONDS)

    def stop(self) -> None:
        """Returns when the connection is closed."""
        self._is_over.set()
        self._waker.send(b".")
        self.join()
        self._woken.close()
        self._waker.close()

    def _follow(self, connected: psycopg.Connection) -> None:
        """What changed before the first LISTEN was told to nobody, so all that is known counts as old then."""
        connected.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        self._changed()
        self._reread(connected)
        self.is_listening = True
        with selectors.DefaultSelector() as waiting:
            waiting.register(connected.fileno(), selectors.EVENT_READ)
            waiting.register(self._woken, selectors.EVENT_READ)
            while not self._is_over.is_set():
                # Words may have come with the answer of a query, so they are looked for before waiting. Many that came
                # at once are one change.
                if list(connected.notifies(timeout=0)):
                    self._changed()
                elif waiting.select(self._every_seconds):
                    continue
                self._reread(connected)


def tell() -> None:
    """Tells every process that listens, this one too, to read anew; at the commit, where there is a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_notify(%s, '')", [CHANNEL])


def _own(params: dict) -> dict:
    """The parameters of Django's connections for one that is the thread's alone: it says so in the list of sessions,
    and a server that is gone is noticed."""
    djangos = ("context", "cursor_factory", "prepare_threshold")
    kept = {name: value for name, value in params.items() if name not in djangos}
    return kept | {
        "application_name": f"{kept.get('application_name', 'loyalty')} rates {os.getpid()}",
        "options": f"{kept.get('options', '')} -c statement_timeout=5000 -c idle_in_transaction_session_timeout=5000",
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "autocommit": True,
    }
