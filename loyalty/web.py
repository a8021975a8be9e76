"""gunicorn's configuration in code (`-c python:loyalty.web`): the hooks that let several web processes count and
tell the time together. Addresses and numbers of processes are options of `serve`."""

import gc
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from loyalty.logs import lines
from loyalty.web_worker import leave

worker_class = "loyalty.web_worker.EvenWorker"
wsgi_app = "loyalty.wsgi:application"
# A process is replaced now and then, each at another time, so that no leak grows old.
max_requests = 50_000
max_requests_jitter = 10_000
# Room for every query that the API documents, each character of it escaped; gunicorn answers longer ones itself.
limit_request_line = 8190
timeout = 60
graceful_timeout = 30
keepalive = 75
# Answers are small; the kernel's memory is where the workers' heartbeats belong.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# gunicorn's own words look like ours; it speaks before the application is there.
logconfig_dict = lines.settings_of(os.environ.get("LOG_FORMAT") or lines.LINES, "WARNING")
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")


def on_starting(server):
    os.environ["LOYALTY_STARTED_AT"] = str(time.time())
    # One folder an address: what a service that was killed left there goes when the next one starts.
    name = re.sub(r"\W+", "-", f"loyalty-metrics-{os.geteuid()}-{server.cfg.bind}")
    folder = Path(tempfile.gettempdir()) / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def pre_fork(server, worker):
    """Gives the new process the lowest slot that no living one has."""
    taken = {other.slot for other in server.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(taken) + 1) if slot not in taken)


def post_fork(server, worker):
    os.environ["LOYALTY_WEB_SLOT"] = str(worker.slot)


def child_exit(server, worker):
    leave(worker.slot)


def post_worker_init(worker):
    """What the application is made of stays: the collector need not look at it again, nor so often at the rest."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def on_exit(server):
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
