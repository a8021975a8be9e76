"""The addresses of links between programs: purchases in the one earn in the other too."""

from typing import Annotated, Literal

from msgspec import Meta

from loyalty.errors import NotFound
from loyalty.http.money import from_minor
from loyalty.http.pagination import page
from loyalty.http.schema import operation, page_of
from loyalty.http.shapes import UUID, Answer, Currency, Filters, Moment, Money, Points, Shape, query, read
from loyalty.http.views import ApiView, reply
from loyalty.identity.errors import ScopeMissing
from programs.earning import program_links
from programs.earning.models import ProgramLink
from programs.membership.errors import ProgramNotActive
from programs.membership.serializers import Ref

TAG = "Linked programs"
_LINK = {
    "id": "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5e",
    "program_id": "ca8d3c6b-6e3a-4d08-88ec-68f33fa23dfa",
    "program_code": "STAY",
    "program": "Harbour Hotels",
    "partner_program_id": "f846eef0-e6df-43bf-87fe-59a3552c4e95",
    "partner_program_code": "SKY",
    "partner_program": "SkyMiles Airways",
    "points": 5,
    "per": "10.00",
    "currency": "EUR",
    "status": "proposed",
    "accepted_by": ["019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5f"],
    "active_since": None,
    "created_at": "2026-10-01T12:00:00Z",
}
_ACTIVE = {
    "status": "active",
    "accepted_by": ["019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d5f", "019a9f30-5c1e-7d7b-9a54-3f0e2b1c4d60"],
    "active_since": "2026-10-02T09:00:00Z",
}


class NewLink(Shape):
    """Purchases in the program of the address are to earn `points` of the partner's for each full `per`, an amount of
    the money that the purchases are counted in."""

    partner_program_id: Annotated[Ref, Meta(description="The partner's program, by id or code.")]
    points: Points
    per: Money


class LinkDecision(Shape):
    """Nothing to say."""


class LinkAnswer(Answer):
    """A link. `accepted_by` are the brands that agreed; it earns from `active_since` on, until it is ended."""

    id: UUID
    program_id: UUID
    program_code: str
    program: str
    partner_program_id: UUID
    partner_program_code: str
    partner_program: str
    points: int
    per: str
    currency: Currency
    status: Literal["proposed", "active", "ended"]
    accepted_by: list[UUID]
    active_since: Moment | None
    created_at: Moment


def link_answer(link: ProgramLink) -> LinkAnswer:
    """The link, fetched with its programs."""
    currency = link.program.money_currency
    return LinkAnswer(
        id=link.id,
        program_id=link.program_id,
        program_code=link.program.code,
        program=link.program.name,
        partner_program_id=link.partner_id,
        partner_program_code=link.partner.code,
        partner_program=link.partner.name,
        points=link.earn_points,
        per=from_minor(link.earn_per_minor, currency),
        currency=currency,
        status=str(link.status),
        accepted_by=link.accepted_by,
        active_since=link.active_since,
        created_at=link.created_at,
    )


class ProgramLinksView(ApiView):
    """What is linked with a program."""

    @operation(
        "List a program's links",
        tags=TAG,
        allow="links.view",
        query=Filters,
        answers={200: page_of(LinkAnswer)},
        problems=[ScopeMissing, NotFound],
        examples={200: {"next": None, "previous": None, "results": [_LINK | _ACTIVE]}},
    )
    def get(self, request, program):
        """The links in both directions, newest first; what has ended too."""
        query(request, Filters)
        return reply(page(request, program_links.links_of(self.principal, program), render=link_answer))

    @operation(
        "Propose a link",
        tags=TAG,
        allow="links.add",
        request=NewLink,
        answers={201: LinkAnswer},
        problems=[ScopeMissing, NotFound, ProgramNotActive, program_links.LinkExists],
        examples={"request": {"partner_program_id": "SKY", "points": 5, "per": "10.00"}, 201: _LINK},
    )
    def post(self, request, program):
        """Proposes that what members buy in the program earns in a partner's too. Either of the two brands may propose;
        it holds as soon as the other one has accepted, and at once between programs of one brand. A member then earns
        in both, if they take part in both. Points that came by a link are not passed on to a third program."""
        asked = read(request, NewLink)
        link = program_links.propose_link(
            self.principal, program, asked.partner_program_id, points=asked.points, per=asked.per
        )
        return reply(link_answer(link), 201, {"Location": f"/api/links/{link.id}"})


class LinkView(ApiView):
    """One link."""

    @operation(
        "Show a link",
        tags=TAG,
        allow="links.view",
        answers={200: LinkAnswer},
        problems=[ScopeMissing, NotFound],
        examples={200: _LINK | _ACTIVE},
    )
    def get(self, request, link):
        """For the people and keys of both brands."""
        return reply(link_answer(program_links.find_link(self.principal, link)))


class LinkAcceptView(ApiView):
    """Agreeing to a link."""

    @operation(
        "Accept a link",
        tags=TAG,
        allow="links.accept",
        request=LinkDecision,
        answers={200: LinkAnswer},
        problems=[ScopeMissing, NotFound, program_links.LinkEnded],
        examples={"request": {}, 200: _LINK | _ACTIVE},
    )
    def post(self, request, link):
        """For the brand that did not propose it. From now on purchases earn by it, those of before do not. Accepting
        again changes nothing."""
        read(request, LinkDecision)
        return reply(link_answer(program_links.accept_link(self.principal, link)))


class LinkEndView(ApiView):
    """Ending a link."""

    @operation(
        "End a link",
        tags=TAG,
        allow="links.end",
        request=LinkDecision,
        answers={200: LinkAnswer},
        problems=[ScopeMissing, NotFound],
        examples={"request": {}, 200: _LINK | _ACTIVE | {"status": "ended"}},
    )
    def post(self, request, link):
        """For either brand: ends the link, or withdraws or turns down the proposal. What was earned stays; goods that
        come back later take their part of it back. Ending again changes nothing."""
        read(request, LinkDecision)
        return reply(link_answer(program_links.end_link(self.principal, link)))
