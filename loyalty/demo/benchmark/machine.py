"""What the run was made on, and the CPU and memory that groups of processes used."""

import os
import platform
from collections.abc import Iterable

import psutil
from django.db import connection

SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "jit")


def describe() -> dict[str, str]:
    """The machine and the database's settings, for the head of the report."""
    facts = {
        "machine": f"{platform.machine()}, {psutil.cpu_count()} CPUs, {psutil.virtual_memory().total / 2**30:.0f} GiB",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "python": platform.python_version(),
    }
    with connection.cursor() as cursor:
        for name in SETTINGS:
            cursor.execute("select current_setting(%s)", [name])
            facts[name] = cursor.fetchone()[0]
    return facts


def postmaster() -> psutil.Process:
    """The database server's first process; it must run on this machine."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return psutil.Process(cursor.fetchone()[0]).parent()


def family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


def cpu_seconds(processes: Iterable[psutil.Process]) -> float:
    """User and system time of these processes and all their descendants, the ended ones too."""
    return sum(map(_cpu_of_family, processes))


def _cpu_of_family(process: psutil.Process) -> float:
    """What an ended process used is its parent's from then on. Who ends between the reading of the parent and its own
    would be in neither, so a reading in which somebody ended is not taken."""
    while True:
        total, members = 0.0, family(process)
        try:
            for member in members:
                times = member.cpu_times()
                total += times.user + times.system + times.children_user + times.children_system
        except psutil.NoSuchProcess:
            if not process.is_running():
                raise
            continue
        if all(member.is_running() for member in members):
            return total


def memory_mb(process: psutil.Process) -> float:
    """The largest resident size among the process and its children, in MB."""
    return max(member.memory_info().rss for member in family(process)) / 2**20
