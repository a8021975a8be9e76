"""The addresses of rule sets."""

from loyalty.errors import Invalid
from loyalty.http import parsers
from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import check, query, read
from loyalty.http.views import ApiView, reply
from programs.earning.keeping import DOCUMENT_BYTES_MAX
from programs.earning.models import RuleSet
from programs.earning.rulesets import docs, operations, serializers
from programs.earning.rulesets.publishing import publish_asked
from programs.earning.rulesets.selectors import find_managed_program, find_ruleset, rulesets_of


class RuleSetsView(ApiView):
    """The versions of a program's rules."""

    body_bytes_max = DOCUMENT_BYTES_MAX

    @operation("List versions of rules", **docs.LIST)
    def get(self, request, program):
        """The newest first, without their documents."""
        found = find_managed_program(self.principal, program, "rules.view")
        asked = query(request, serializers.RuleSetFilters)
        rulesets = rulesets_of(found).defer("document")
        rulesets = rulesets.filter(status=asked.status) if asked.status else rulesets
        return reply(page(request, rulesets, key=("-version",), render=serializers.ruleset_row))

    @operation("Draft rules", **docs.CREATE)
    @idempotent
    def post(self, request, program):
        """Keeps a document of rules as the next version, a draft, and says what is wrong with it; a draft may have
        mistakes. Nothing is given by it before it is published. See `/api/programs/{program}/rulesets/schema`."""
        found = find_managed_program(self.principal, program, "rules.change")
        document, note = _document_and_note(request)
        ruleset = operations.create_draft(found, document, note=note or "", actor=self.principal.actor)
        location = f"/api/programs/{found.id}/rulesets/{ruleset.version}"
        return reply(serializers.ruleset_answer(ruleset), 201, {"Location": location})


class RuleSetView(ApiView):
    """One version."""

    body_bytes_max = DOCUMENT_BYTES_MAX

    @operation("Show a version of rules", **docs.SHOW)
    def get(self, request, program, version):
        """With its document, and with its mistakes while it is a draft."""
        return conditional(request, serializers.ruleset_answer(self.found(program, version, "rules.view")))

    @operation("Change a draft of rules", **docs.CHANGE)
    def patch(self, request, program, version):
        """Puts what is given (`rules`, `groups`, `rounding`) in the place of what stands there. A version that was
        published stays as it is."""
        ruleset = self.found(program, version, "rules.change")
        parts, note = _document_and_note(request)
        document = {name: part for name, part in {**ruleset.document, **parts}.items() if part is not None}
        changed = operations.change_draft(ruleset, document=document if parts else None, note=note)
        return reply(serializers.ruleset_answer(changed))

    @operation("Throw a draft of rules away", **docs.DISCARD)
    def delete(self, request, program, version):
        """A version that was published stays on record for good."""
        operations.discard_draft(self.found(program, version, "rules.change"))
        return reply(status=204)

    def found(self, program: str, version: str, permission: str) -> RuleSet:
        """The version, if the caller may do that at its brand."""
        return find_ruleset(find_managed_program(self.principal, program, permission), version)


class PublishView(ApiView):
    """Putting a version in force."""

    @operation("Publish rules", **docs.PUBLISH)
    @idempotent
    def post(self, request, program, version):
        """Everything that happens from now on is decided by this version: a draft, or an older one again. It is refused
        with every mistake there is; a pointer below `/campaigns/<key>` is of an active campaign that could not go on
        with it. The version before stays readable and can be published again. Where the brand wants a second person
        for its terms it waits for one, and the answer is 202; see the approvals."""
        ruleset = find_ruleset(find_managed_program(self.principal, program, "rules.publish"), version)
        asked = read(request, serializers.Publication)
        published, waiting = publish_asked(self.principal, ruleset, reason=asked.reason)
        return reply(serializers.ruleset_answer(published), 202 if waiting else 200)


def _document_and_note(request) -> tuple[object, str | None]:
    """The document in the body, and the note that may stand beside it."""
    given = parsers.body(request)
    if not isinstance(given, dict):
        detail = "A JSON object with rules is wanted."
        raise Invalid([{"pointer": "", "code": "invalid-type", "detail": detail}])
    note = check({"note": given["note"]}, serializers.RulesPatch).note if "note" in given else None
    return {name: part for name, part in given.items() if name != "note"}, note
