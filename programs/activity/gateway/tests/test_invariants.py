"""What must hold of receipts holds after all that can happen to one, and is seen where it does not."""

import pytest
from django.core.management import CommandError, call_command

from programs.activity.gateway.models import Receipt
from programs.activity.models import Purchase
from programs.activity.tests.tills import fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def lived(api, ana_client, ana_beans, kept, claim) -> dict:
    """Receipts that are open, claimed after a part came back, and void; answers the claimed one."""
    receipt, gone = kept("100.00"), kept("5.00")
    kept("7.00")
    for of, amount in ((receipt, "30.00"), (gone, "5.00")):
        body = {"program_id": "BEANS", "reference": fresh("back"), "amount": amount, "currency": "EUR"}
        assert api.post("/api/transactions/return", body | {"purchase_reference": of["reference"]}).status_code == 202
    return claim(ana_client, receipt).json()["receipt"]


def test_all_hold_of_receipts_that_have_lived(lived, capsys):
    call_command("check_receipts")

    assert "all hold" in capsys.readouterr().out


@pytest.mark.parametrize(
    "broken",
    [
        lambda receipt: Purchase.objects.update(amount_minor=9_000),
        lambda receipt: Purchase.objects.update(refunded_minor=0),
        lambda receipt: Receipt.objects.filter(pk=receipt["id"]).update(status="open"),
        lambda receipt: Receipt.objects.filter(pk=receipt["id"]).update(transaction_id=None),
        lambda receipt: Receipt.objects.filter(pk=receipt["id"]).update(refunded_minor=1),
        lambda receipt: Receipt.objects.filter(status="void").update(transaction_id=receipt["transaction_id"]),
    ],
)
def test_what_does_not_hold_is_told(lived, broken):
    broken(lived)

    with pytest.raises(CommandError, match="broken"):
        call_command("check_receipts")
