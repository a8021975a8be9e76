"""What the environment decides, and which environments are refused."""

import secrets
import subprocess
import sys

import pytest

from loyalty import secret_key
from loyalty.sealed.ring import fresh_key
from loyalty.tests.checkout import ROOT, environment

GOOD_KEY = secrets.token_urlsafe(64)
NEW_KEY = fresh_key()
DATA_KEYS = {"DATA_KEYS": f"second:{fresh_key()},first:{fresh_key()}", "INDEX_KEY": fresh_key()}


def read(expression: str, **variables: str) -> str:
    """The value of an expression about `settings` in an environment; the last line of the error when it is refused."""
    code = f"from django.conf import settings\nprint({expression})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(DJANGO_SETTINGS_MODULE="loyalty.settings", **variables),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_a_fresh_clone_needs_nothing():
    assert read("settings.DEBUG, settings.PRODUCTION, settings.HTTPS") == "False False False"
    assert read("len(settings.SECRET_KEY) >= 50") == "True"
    assert read("settings.DATABASES['default']['ENGINE']") == "loyalty.postgresql"


def test_the_generated_key_stays_the_same():
    assert read("settings.SECRET_KEY") == read("settings.SECRET_KEY")


def test_a_database_url_replaces_the_embedded_server():
    url = "postgres://someone@db.example:5433/points"

    assert read("settings.EMBEDDED_SERVER, settings.DATABASES['default']['HOST']", DATABASE_URL=url) == (
        "None db.example"
    )


@pytest.mark.parametrize(
    "key, fault",
    [
        ("secret", "begins like the keys that stand in examples"),
        ("django-insecure-" + "x7" * 40, "begins like the keys that stand in examples"),
        ("k3" * 20, "has 40 characters"),
        ("ab" * 40, "fewer than 5 distinct characters"),
    ],
)
def test_a_known_or_short_key_is_refused_with_what_to_do(key, fault):
    refusal = read("settings.SECRET_KEY", SECRET_KEY=key)

    assert "ImproperlyConfigured" in refusal
    assert fault in refusal
    assert "secrets.token_urlsafe(64)" in refusal


def test_a_weak_jwt_key_is_refused():
    assert "JWT_SIGNING_KEY has 3 characters" in read("settings.DEBUG", JWT_SIGNING_KEY="abc")


def test_production_must_be_given_its_keys():
    given = {"ALLOWED_HOSTS": "loyalty.example"}
    assert "SECRET_KEY is not set" in read("settings.SECRET_KEY", **given)
    given["SECRET_KEY"] = GOOD_KEY
    assert "DATA_KEYS holds no key" in read("settings.SECRET_KEY", **given)
    given["DATA_KEYS"] = f"first:{fresh_key()}"
    assert "INDEX_KEY is not 32 random bytes" in read("settings.SECRET_KEY", **given)
    given["INDEX_KEY"] = fresh_key()
    assert read("settings.PRODUCTION", **given) == "True"


@pytest.mark.parametrize(
    "key", ["secret", "A" * 44, "Y2hhbmdlbWU" * 4, "", NEW_KEY[:22]], ids=["word", "same", "example", "none", "half"]
)
def test_a_known_or_short_data_key_is_refused_with_what_to_do_and_not_shown(key):
    refusal = read("settings.DEBUG", DATA_KEYS=f"one:{key}", INDEX_KEY=fresh_key())

    assert "DATA_KEYS, key one is not 32 random bytes" in refusal
    assert "base64.urlsafe_b64encode(os.urandom(32))" in refusal
    assert not key or f":{key}" not in refusal


def test_debug_takes_any_key():
    assert read("settings.SECRET_KEY", SECRET_KEY="secret", DEBUG="on") == "secret"


def test_naming_hosts_turns_https_on():
    given = {"ALLOWED_HOSTS": "loyalty.example", "SECRET_KEY": GOOD_KEY, **DATA_KEYS}
    flags = "settings.SECURE_SSL_REDIRECT, settings.SESSION_COOKIE_SECURE, settings.SECURE_HSTS_SECONDS > 0"

    assert read(flags, **given) == "True True True"
    assert read(flags, **given, HTTPS="off") == "False False False"


def test_redis_is_used_where_there_is_one():
    backend = "settings.CACHES['default']['BACKEND']"

    assert read(backend) == "loyalty.http.postgres_cache.PostgresCache"
    assert read(backend, CACHE_URL="redis://cache.example:6379/0") == "django_redis.cache.RedisCache"


def test_many_processes_get_the_same_generated_key(tmp_path):
    code = "import sys, pathlib; from loyalty.secret_key import generated; print(generated(pathlib.Path(sys.argv[1])))"
    path = tmp_path / "var" / "secret_key"
    command = [sys.executable, "-c", code, str(path)]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(6)]

    keys = {process.communicate()[0].strip() for process in processes}

    assert keys == {path.read_text().strip()}
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert secret_key.weakness(keys.pop()) is None
