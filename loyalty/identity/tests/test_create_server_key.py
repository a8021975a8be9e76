"""The command that makes a server key."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from loyalty import clock
from loyalty.identity import keys
from loyalty.identity.models import ServerKey
from loyalty.roles import SCOPES


def run(*arguments):
    out = StringIO()
    call_command("create_server_key", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_last_line_is_a_key_that_works(cafe):
    *_, plain = run("--brand", "cafe", "--name", "till", "--scopes", "read,earn")

    principal = keys.principal_of(plain)
    assert (principal.scopes, principal.brands) == ({"read", "earn"}, {cafe.id: "key"})


def test_all_scopes_and_an_end(cafe):
    run("--brand", "cafe", "--name", "till", "--scopes", "all", "--expires-in", "30", "--rate", "10/s")

    key = ServerKey.objects.get()
    assert (set(key.scopes), key.rate) == (set(SCOPES), "10/s")
    assert abs(key.expires_at - clock.now() - timedelta(days=30)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--brand", "nowhere", "--name", "till", "--scopes", "all"),
        ("--brand", "cafe", "--name", "till", "--scopes", "fly"),
        ("--brand", "cafe", "--name", "till", "--scopes", "all", "--expires-in", "0"),
        ("--brand", "cafe", "--name", "", "--scopes", "all"),
        ("--brand", "cafe", "--name", "till", "--scopes", "all", "--rate", "many"),
    ],
)
def test_what_makes_no_sense_makes_no_key(cafe, arguments):
    with pytest.raises(CommandError):
        run(*arguments)

    assert not ServerKey.objects.exists()
