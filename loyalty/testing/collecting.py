"""When a test run collects garbage: not while it imports some hundred modules, of which all is kept and each walk over
them finds nothing; that took a third of the time until the first test. What is there by then is not looked at again."""

import gc

import pytest

ALLOCATIONS = 10_000


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(ALLOCATIONS, 20, 20)
        gc.enable()
