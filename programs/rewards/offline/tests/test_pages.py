"""The reference till's page and the worker that keeps it in the browser."""

import re

import pytest
from django.contrib.staticfiles import finders

pytestmark = pytest.mark.django_db


def test_the_page_is_everybodys_and_may_use_the_camera(client):
    answer = client.get("/till")

    assert answer.status_code == 200
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert "camera=()" in client.get("/").headers["Permissions-Policy"]
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*src=)|\sstyle=|\son\w+=", answer.content.decode())


def test_the_worker_keeps_all_that_the_page_is_made_of(client):
    page, worker = client.get("/till").content.decode(), client.get("/till-worker.js")

    assert worker.headers["Content-Type"] == "text/javascript"
    assert worker.headers["Cache-Control"] == "no-cache"
    kept = set(re.findall(r'"(/[^"]+)"', worker.content.decode().replace(r"\u002D", "-")))
    assert kept == {"/till", *re.findall(r'(?:src|href)="([^"]+)"', page)}


def test_the_worker_is_another_one_once_a_file_changes(client, monkeypatch, tmp_path):
    before = client.get("/till-worker.js").content
    (tmp_path / "till.js").write_text("// changed")
    find = finders.find
    changed = lambda name: tmp_path / "till.js" if name == "loyalty/till.js" else find(name)  # noqa: E731
    monkeypatch.setattr(finders, "find", changed)

    after = client.get("/till-worker.js").content

    assert after != before
    assert client.get("/till-worker.js").content == after
