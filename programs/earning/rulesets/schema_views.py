"""The address of the schema of rules."""

from loyalty.http.etags import conditional
from loyalty.http.schema import operation
from loyalty.http.views import ApiView
from programs.earning.editions import context_of
from programs.earning.rules.schema import document_schema
from programs.earning.rulesets import docs
from programs.earning.rulesets.selectors import find_managed_program


class RulesSchemaView(ApiView):
    """What a document of rules looks like."""

    @operation("Show the schema of rules", **docs.SCHEMA)
    def get(self, request, program):
        """A JSON Schema of what can be POSTed as rules of this program: its facts and their
        operators, and what of the program and its brand can be chosen: tiers, segments, kinds of event."""
        found = find_managed_program(self.principal, program, "rules.view")
        return conditional(request, document_schema(context_of(found)))
