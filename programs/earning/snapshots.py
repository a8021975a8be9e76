"""Rules that were made ready lately, kept for the next who asks: as many as their documents fit into some space."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from programs.earning.rules.compiled import Snapshot


class Snapshots:
    """Snapshots by their keys; those that were not asked for the longest go first. Rules made ready take about ten
    times the room of their document, so it is documents' sizes (characters) that are bounded. Safe among threads."""

    def __init__(self, *, size_max: int, count_max: int):
        self.size_max, self.count_max = size_max, count_max
        self._kept: OrderedDict[Hashable, tuple[Snapshot, int]] = OrderedDict()
        self._size, self._lock = 0, Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Hashable) -> Snapshot | None:
        """The snapshot, if it is kept."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Hashable, snapshot: Snapshot, size: int) -> Snapshot:
        """Keeps the snapshot of a document of that size; lets others go that there is no room for any more. The newest
        is kept however large it is."""
        with self._lock:
            self._size += size - self._kept.pop(key, (None, 0))[1]
            self._kept[key] = snapshot, size
            while len(self._kept) > 1 and (self._size > self.size_max or len(self._kept) > self.count_max):
                _, (_, gone) = self._kept.popitem(last=False)
                self._size -= gone
        return snapshot
