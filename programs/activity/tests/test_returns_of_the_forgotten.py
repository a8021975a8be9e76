"""Who was erased is not named in what others bought, and what others bought can come back all the same."""

import pytest

from loyalty.identity.privacy.erasing import erase_person
from loyalty.identity.privacy.subjects import find_subject
from programs.activity.models import Purchase
from programs.activity.tests.ruled import item, leaf, per, rule, rule_by
from programs.activity.tests.tills import earn, give_back

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("where", ["name", "sku"])
def test_a_line_that_named_somebody_keeps_its_place(api, beans, ana_beans, ben_beans, where):
    rule_by(beans, rule("books", per(1, where=leaf("line.category", "equal", "books"))))
    named = item("M", "60.00", category="mugs") | {where: "mug-for-ana@example.com"}
    bought = earn(api, "100.00", member="ben", items=[named, item("B", "40.00", category="books")])
    assert bought["points"] == 40

    erase_person(find_subject(ana_beans.member_id), actor="test", reason="asked in writing")

    assert "ana@" not in str(Purchase.objects.values_list("items", flat=True))
    assert give_back(api, bought["id"], items=[{"sku": "B", "quantity": 1}])["points"] == -40
    assert give_back(api, bought["id"])["points"] == 0
