"""How tests are shared out among the workers of a parallel run: file by file, so that what a file builds for all its
tests is built once; files of one `xdist_group` follow one another on one worker, so that their brokers are started once
and their faults are judged alone. (xdist's own `loadgroup` tells groups by ids that pytest 9.2 does not let it change.)
What takes long begins first, for nobody should wait for it in the end."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent.parent
GROUP = re.compile(r"xdist_group\(\"(\w+)\"\)")
LONG = ("faults", "slow", "browser")


@cache
def unit_of(file: str) -> str:
    """What the tests of this file belong to: the group that the file names, or the file itself."""
    found = GROUP.search((ROOT / file).read_text())
    return found[1] if found else file


class ByUnit(LoadScopeScheduling):
    """One unit after the other, each to the worker that is free next."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid.split("::", 1)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    if config.getvalue("dist") != "loadgroup":
        return None
    config.option.loadscopereorder = False
    return ByUnit(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """In a worker: long units first, then those of many tests."""
    if not hasattr(config, "workerinput"):
        return
    units = [unit_of(item.nodeid.split("::", 1)[0]) for item in items]
    sizes = Counter(units)
    long = {unit for unit, item in zip(units, items, strict=True) if any(map(item.get_closest_marker, LONG))}
    order = sorted(range(len(items)), key=lambda n: (units[n] not in long, -sizes[units[n]], units[n]))
    items[:] = [items[n] for n in order]
