"""The CPU that the benchmark counts: what an ended process used is not lost, and not counted twice."""

from types import SimpleNamespace

import psutil

from loyalty.demo.benchmark.machine import cpu_seconds


class Process:
    """A process of a made-up family. It ends when it was looked at `looks` times, and its parent takes over what it
    used."""

    def __init__(self, used: float, *, parent: "Process | None" = None, looks: int | None = None):
        self.used, self.inherited, self.parent, self.looks, self.young = used, 0.0, parent, looks, []
        if parent:
            parent.young.append(self)

    def children(self, *, recursive: bool) -> list["Process"]:
        return [child for child in self.young if child.is_running()]

    def cpu_times(self) -> SimpleNamespace:
        if not self.is_running():
            raise psutil.NoSuchProcess(1)
        return SimpleNamespace(user=self.used, system=0.0, children_user=self.inherited, children_system=0.0)

    def is_running(self) -> bool:
        if self.looks is None:
            return True
        self.looks -= 1
        if self.looks == 0:
            self.parent.inherited += self.used
        return self.looks > 0


def test_what_a_process_used_is_counted_once_whenever_it_ends_meanwhile():
    for looks in range(1, 8):
        server = Process(1.0)
        Process(4.0, parent=server)
        Process(2.0, parent=server, looks=looks)

        assert cpu_seconds([server]) == 7.0, f"it ends at look {looks}"


def test_several_families_are_added_up():
    web, server = Process(1.0), Process(2.0)
    Process(0.5, parent=web)

    assert cpu_seconds([web, server]) == 3.5
