"""What tests compare of the statements that were sent to the database."""

import re

ACTING = re.compile(r"SELECT set_config\('pghistory\.context_id'.*?, true\); ", re.DOTALL)
"""Who acts is told before a statement; it is another id each time."""


def beginnings(queries, length: int = 60) -> list[str]:
    """How each statement of a CaptureQueriesContext begins, without who acts, and without the sweeping that the cache
    does by chance."""
    told = [ACTING.sub("", query["sql"], count=1).lstrip()[:length] for query in queries]
    return [one for one in told if not one.startswith('delete from "loyalty_cache"')]
