"""What a request leaves behind."""

import gc
import json
import weakref

import pytest
from django.test import RequestFactory
from django.urls import resolve


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def asked(path: str, body: dict):
    view = resolve(path)
    request = RequestFactory().post(path, json.dumps(body), "application/json", headers={"X-Caller": "key:till"})
    response = view.func(request, **view.kwargs)
    return response.status_code, weakref.ref(request)


@pytest.mark.parametrize(("body", "status"), [({"points": 7}, 201), ({"points": "7"}, 400), ({"other": [[]] * 5}, 400)])
def test_a_request_goes_with_its_body_once_it_is_answered(no_collector, body, status):
    answered, request = asked("/api/members/ana/earn", body)

    assert (answered, request()) == (status, None)
