"""The addresses of rates, agreements and bonuses."""

from exchange.rates import docs, operations, selectors, serializers
from loyalty import clock
from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.views import ApiView, reply

BY_PAIR = ("from_program__code", "to_program__code", "id")


class RatesView(ApiView):
    """What points of a program are worth in points of another."""

    @operation("List rates of exchange", **docs.LIST_RATES)
    def get(self, request):
        """Those in force, by pair. A brand's people and keys see the pairs that start or end at its programs; members
        the open ones from programs in which they take part."""
        asked = query(request, serializers.RateFilters)
        at = asked.at or clock.now()
        key = ("-valid_from", "-id") if asked.history else BY_PAIR
        listed = page(request, selectors.rates_asked(self.principal, asked, at), key=key)
        bonuses = {} if asked.history else selectors.bonuses_of(listed["results"], at)
        rows = [(rate, bonuses.get((rate.from_program_id, rate.to_program_id))) for rate in listed["results"]]
        return conditional(request, listed | {"results": [serializers.rate_answer(*row) for row in rows]})

    @operation("Set a rate of exchange", **docs.SET_RATE)
    @idempotent
    def post(self, request):
        """For the brand whose points are given. The rate takes over from the one before, which stays on record, and
        is never changed. Both brands must have accepted an agreement. A rate with which going round in a circle would
        end with more points than it began with, now or later, is refused, and the circle told."""
        asked = serializers.asked(read(request, serializers.NewRate), "rate", "fee_percent")
        pair = asked.pop("from_program_id"), asked.pop("to_program_id")
        made = operations.set_rate(self.principal, *pair, **asked)
        shown = selectors.rate_shown(made)
        bonuses = selectors.bonuses_of([shown], shown.valid_from)
        bonus = bonuses.get((shown.from_program_id, shown.to_program_id))
        return reply(serializers.rate_answer(shown, bonus), 201)


class RoutesView(ApiView):
    """Ways from program to program."""

    @operation("Try out the routes of an exchange", **docs.ROUTES_OF)
    def get(self, request):
        """What so many points become in other programs, by up to four exchanges one after the other, each rounded as it
        would be. Only over pairs that you see. Daily limits are not looked at."""
        asked = query(request, serializers.RouteQuery)
        at = asked.at or clock.now()
        program, found = selectors.routes_asked(
            self.principal, asked.from_program_id, asked.amount, to_ref=asked.to_program_id, at=at
        )
        codes = selectors.codes_of({program.pk} | {leg.end for route in found for leg in route.legs})
        answer = serializers.RoutesAnswer(
            from_program_id=program.pk, from_program_code=program.code, amount=asked.amount, at=at,
            results=[serializers.route_answer(route, codes) for route in found],
        )  # fmt: skip
        return reply(answer)


class AgreementsView(ApiView):
    """Between which programs points can be exchanged at all."""

    @operation("List agreements of exchange", **docs.LIST_AGREEMENTS)
    def get(self, request):
        """Those of the brand, in both directions, newest first; what has ended too."""
        asked = query(request, serializers.AgreementFilters)
        found = selectors.visible_agreements(self.principal)
        found = found.filter(selectors.leads(start=asked.from_program_id, end=asked.to_program_id))
        found = found.filter(status=asked.status) if asked.status else found
        return reply(page(request, found, render=serializers.agreement_answer))

    @operation("Propose an agreement of exchange", **docs.PROPOSE)
    @idempotent
    def post(self, request):
        """Either brand proposes, the other one accepts; between programs of one brand it is active at once. It is about
        one direction. The brand whose points are given then sets the rate, and owes the other one the price of each
        point that this issues."""
        asked = serializers.asked(read(request, serializers.NewAgreement), "rate_max", "point_price")
        pair = asked.pop("from_program_id"), asked.pop("to_program_id")
        made = operations.propose_agreement(self.principal, *pair, **asked)
        return reply(serializers.agreement_answer(made), 201, {"Location": f"/api/agreements/{made.id}"})


class AgreementView(ApiView):
    """One agreement."""

    @operation("Show an agreement of exchange", **docs.SHOW_AGREEMENT)
    def get(self, request, agreement):
        """For the people and keys of both brands."""
        found = selectors.find_agreement(self.principal, agreement)
        return conditional(request, serializers.agreement_answer(found))

    @operation("Change an agreement of exchange", **docs.CHANGE_AGREEMENT)
    def patch(self, request, agreement):
        """While it is proposed, either brand changes the terms, and the other one is to accept them. What both have
        accepted stays as it is: it is ended, and another one proposed."""
        changes = serializers.asked(read(request, serializers.AgreementPatch), "rate_max", "point_price")
        return reply(serializers.agreement_answer(operations.change_agreement(self.principal, agreement, changes)))


class AgreementAcceptView(ApiView):
    """Agreeing."""

    @operation("Accept an agreement of exchange", **docs.ACCEPT)
    def post(self, request, agreement):
        """For the brand that did not propose it. Accepting again changes nothing."""
        read(request, serializers.TermsDecision)
        return reply(serializers.agreement_answer(operations.accept_agreement(self.principal, agreement)))


class AgreementEndView(ApiView):
    """Ending an agreement."""

    @operation("End an agreement of exchange", **docs.END_AGREEMENT)
    def post(self, request, agreement):
        """For either brand: ends it, or withdraws or turns down the proposal. Its rates are closed and its bonuses end;
        exchanges asked for before are settled. Ending again changes nothing."""
        read(request, serializers.TermsDecision)
        return reply(serializers.agreement_answer(operations.end_agreement(self.principal, agreement)))


class BonusesView(ApiView):
    """Times in which exchanges give more."""

    @operation("List bonuses of exchange", **docs.LIST_BONUSES)
    def get(self, request):
        """Those of pairs that start or end at the brand's programs, newest first; past ones too."""
        asked = query(request, serializers.BonusFilters)
        found = selectors.visible_bonuses(self.principal)
        found = found.filter(selectors.leads(start=asked.from_program_id, end=asked.to_program_id))
        found = found.filter(starts_at__lte=asked.at, ends_at__gt=asked.at) if asked.at else found
        return reply(page(request, found, render=serializers.bonus_answer))

    @operation("Add a bonus of exchange", **docs.ADD_BONUS)
    @idempotent
    def post(self, request):
        """For the brand whose points are given. One bonus runs at a time. One with which a circle would gain is
        refused, as a rate is."""
        asked = serializers.asked(read(request, serializers.NewBonus), "percent")
        pair = asked.pop("from_program_id"), asked.pop("to_program_id")
        made = operations.add_bonus(self.principal, *pair, **asked)
        return reply(serializers.bonus_answer(made), 201)


class BonusEndView(ApiView):
    """Ending a bonus."""

    @operation("End a bonus of exchange", **docs.END_BONUS)
    def post(self, request, bonus):
        """From now on exchanges give what the rate says. One that has not begun is withdrawn, and is answered this one
        last time. Quotes that were given with it hold."""
        read(request, serializers.TermsDecision)
        return reply(serializers.bonus_answer(operations.end_bonus(self.principal, bonus)))
