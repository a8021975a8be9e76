"""Within a brand too nobody sees more than their post there allows: not a till who its customers are, and not somebody
with a greater post elsewhere."""

import pytest

from loyalty.identity import selectors as identity
from loyalty.identity.models import Person, Staff
from loyalty.identity.principals import Principal
from loyalty.routes import needs
from loyalty.testing.worlds import kept_for_the_module, tell
from loyalty.tests.api_calls import add_callers, call_of, calls_about, client_of, ids_of, may, operations, send
from loyalty.tests.backoffice_world import BORN, PASSWORD, build_house, logged_in, page_of, page_routes
from loyalty.tests.test_foreign_ids import is_nothing

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("lesser_posts")]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The tavern; and the quokka, where the tavern's bosses have the lesser post of a partner."""
    with kept_for_the_module(django_db_blocker):
        tavern, quokka = add_callers(build_house("tavern")), add_callers(build_house("quokka"))
        Staff.objects.create(person=tavern.people["admin"], brand=quokka.brand, role=Staff.Role.PARTNER)
        yield tavern, quokka


def personal(house) -> set[str]:
    """What is written about the member that no till needs."""
    told = {house.member.email, house.member.phone, f"{BORN}", f"{BORN:%d %B %Y}"}
    return told | {f"{house.code} window", f"{house.code}_letter"}


def shown_to(caller: str, house, secrets: set[str], *, about=None) -> list[str]:
    """Where the API or the portal shows one of these to the caller, who is of the house; asked for each thing of
    the house `about`, if there is one."""
    client, found = client_of(caller, house), []
    for route, method in operations():
        if may(caller, needs(route, method)):
            strange = calls_about(route, method, caller, house, ids_of(about)) if about else ()
            for call in (call_of(route, method, caller, house), *strange):
                answer = send(client, call)
                found.append((f"{call} ({answer.status_code})", answer.content.decode()))
    visitor = logged_in(house.people[caller])
    for route in page_routes():
        if address := page_of(route, about or house) if route.parameters else route.fill({}):
            page = visitor.get(address)
            found.append((address, "" if page.streaming else page.content.decode()))
    return [f"{where} shows {seen}" for where, said in found if (seen := {one for one in secrets if one in said})]


def test_a_till_learns_nothing_personal_of_its_customers(world):
    tavern, _ = world

    tell(shown_to("partner", tavern, personal(tavern)))


def test_staff_see_it_so_that_the_test_above_means_something(world):
    tavern, _ = world
    seen = " ".join(shown_to("staff", tavern, personal(tavern)))

    assert [one for one in personal(tavern) if one not in seen] in ([], [f"{BORN:%d %B %Y}"])


def test_a_greater_post_elsewhere_shows_no_more_here(world):
    tavern, quokka = world

    tell(shown_to("admin", tavern, personal(quokka) - personal(tavern), about=quokka))


def test_a_greater_post_elsewhere_allows_no_more_here(world):
    """What a partner may not, the boss of another brand who is a partner here may not."""
    tavern, quokka = world
    client, allowed = client_of("admin", tavern), []
    for route, method in operations():
        if may("admin", needs(route, method)) and not may("partner", needs(route, method)):
            for call in calls_about(route, method, "admin", tavern, ids_of(quokka)):
                answer = send(client, call)
                is_nonsense = b"of-another-purpose" in answer.content
                if answer.status_code != 403 and not is_nonsense and not is_nothing(answer):
                    allowed.append(f"{call} is answered {answer.status_code} {answer.content[:200]}")

    tell(allowed)


def test_a_partner_who_is_also_a_customer_sees_themselves_whole(world):
    tavern, _ = world
    person = Person.objects.create_user("regular@example.com", PASSWORD)
    Staff.objects.create(person=person, brand=tavern.brand, role=Staff.Role.PARTNER)
    tavern.people["regular"], before = person, tavern.member.person
    tavern.member.person = person
    tavern.member.save(update_fields=["person"])

    answer = client_of("regular", tavern).get("/api/members/me").json()
    tavern.member.person = before
    tavern.member.save(update_fields=["person"])

    assert (answer["email"], answer["phone"]) == (tavern.member.email, tavern.member.phone)


class TestPlantedLeaksAreFound:
    def test_a_till_that_is_shown_the_whole_member(self, world, monkeypatch):
        monkeypatch.setattr(identity, "sees_whole", lambda principal, member: True)

        assert any("/api/members/" in one for one in shown_to("partner", world[0], personal(world[0])))

    def test_a_permission_asked_at_any_brand(self, world, monkeypatch):
        tavern, quokka = world
        anywhere = lambda self, permission: self.brand_ids if self.may(permission) else []  # noqa: E731
        monkeypatch.setattr(Principal, "brands_where", anywhere)

        secrets = personal(quokka) - personal(tavern)
        assert any("/api/members/" in one for one in shown_to("admin", tavern, secrets, about=quokka))
