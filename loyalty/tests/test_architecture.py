"""The house rules that a machine can check: floors, sizes, names, who may write the books."""

import ast
import re

from loyalty.tests.architecture import ROOT, Source, sources, texts

# Rooms by floor, the ground first. A room imports from itself and from lower floors only. What is not listed stands
# on the roof: it may import anything, and no room may import it.
FLOORS = [
    {
        "ground": [
            *("errors", "clock", "ids", "sql", "database", "postgresql", "secret_key"),
            *("roles", "sealed", "csv_files", "formats", "pictures"),
        ]
    },
    {"loyalty.history": ["history", "chains"]},
    {
        "loyalty.events": ["events"],
        "loyalty.http": ["http"],
        "loyalty.backoffice": [
            "backoffice",
            "backoffice_buttons",
            "backoffice_charts",
            "backoffice_home",
            "backoffice_labels",
            "backoffice_lists",
            "backoffice_lookups",
            "backoffice_long_lists",
            "backoffice_menu",
            "backoffice_paginators",
            "backoffice_search",
            "backoffice_theme",
            "backoffice_words",
        ],
    },
    {"loyalty.identity": ["identity"]},
    {"loyalty.delivery": ["delivery"], "loyalty.portal": ["portal"], "loyalty.runs": ["runs"], "ledger": []},
    {"programs.membership": []},
    {"programs.earning": []},
    {"programs.activity": [], "programs.reports": []},
    {"programs.rewards": []},
    {"programs.activity.gateway": []},
    {"exchange": []},
]
ROOF = len(FLOORS)
ROOM_OF = {
    name: (level, room)
    for level, rooms in enumerate(FLOORS)
    for room, names in rooms.items()
    for name in ([f"loyalty.{name}" for name in names] or [room])
}
HOUSE = ("loyalty.", "ledger.", "programs.", "exchange.")

LINES_MAX = 400
FUNCTION_LINES_MAX = 60
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "misc", "base"}
# Django looks for a database engine's classes in a module of this name.
FORBIDDEN_BUT = {"loyalty/postgresql/base.py"}

BOOKS = {"Balance", "Lot", "LotUse", "LotChange", "LedgerEntry", "Posting", "Hold", "HoldResolution", "Seal"}
WRITES = {"create", "bulk_create", "update", "bulk_update", "delete", "save", "get_or_create", "update_or_create"}
RAW_WRITE = re.compile(
    r"\b(insert\s+into|update|delete\s+from|truncate(\s+table)?|merge\s+into|copy)\s+(only\s+)?\"?"
    r"ledger_(balance|lot|lotuse|lotchange|ledgerentry|posting|hold|holdresolution|seal)\b",
    re.IGNORECASE,
)


def place(module: str) -> tuple[int, str]:
    """The floor and room of the longest listed name that the module lives under; the roof for others."""
    names = [name for name in ROOM_OF if module == name or module.startswith(f"{name}.")]
    return ROOM_OF[max(names, key=len)] if names else (ROOF, "roof")


def is_bound_by_floors(source: Source) -> bool:
    return not source.is_test and "management" not in source.relative.parts


def climbs(source: Source) -> list[str]:
    level, room = place(source.module)
    return [
        f"{source.module} -> {target}"
        for target in source.imports()
        if target.startswith(HOUSE) and place(target)[1] != room and place(target)[0] >= level
    ]


def test_no_import_climbs_a_floor_or_enters_a_neighbour():
    assert [climb for source in sources() if is_bound_by_floors(source) for climb in climbs(source)] == []


def test_every_module_says_what_lives_in_it():
    assert [str(s.relative) for s in sources() if s.text.strip() and not ast.get_docstring(s.tree)] == []


def test_files_fit_on_the_page():
    counted = {path: len(path.read_text().splitlines()) for path in texts(".py", ".sql", ".html", ".js", ".css")}

    too_long = {str(path.relative_to(ROOT)): lines for path, lines in counted.items() if lines > LINES_MAX}

    assert {name for name in too_long if "/migrations/" not in name} == set()


def test_functions_fit_on_the_page():
    assert [
        f"{source.relative}: {function.name}"
        for source in sources()
        for function in source.functions()
        if function.end_lineno - function.lineno + 1 > FUNCTION_LINES_MAX
    ] == []


def test_no_file_is_a_drawer_for_odds_and_ends():
    names = [source.relative for source in sources() if FORBIDDEN_NAMES & {source.path.stem, source.path.parent.name}]

    assert [str(name) for name in names if str(name) not in FORBIDDEN_BUT] == []


def test_nothing_hides_behind_a_signal():
    assert [
        f"{source.relative}: {target}"
        for source in sources()
        for target in source.imports()
        if target.startswith(("django.db.models.signals", "django.dispatch"))
    ] == []


def root_name(node: ast.expr) -> str | None:
    """The name at the left end of a chain such as Lot.objects.filter(...).update."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else None


def writes_of_the_books(source: Source) -> list[str]:
    """Calls that write rows of the ledger's tables: by the model, by an instance made of it, or in raw SQL."""
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and RAW_WRITE.search(node.value):
            found.append(f"{source.relative}:{node.lineno} writes in SQL")
        if not isinstance(node, ast.Call) or root_name(node.func) not in BOOKS:
            continue
        if isinstance(node.func, ast.Name) or node.func.attr in WRITES:
            found.append(f"{source.relative}:{node.lineno} {ast.unparse(node.func)}")
    return found


def may_write_the_books(source: Source) -> bool:
    """The ledger; tests; and the benchmark, which fills a database that it throws away."""
    return source.relative.parts[0] == "ledger" or source.is_test or "benchmark" in source.relative.parts


def test_only_the_ledger_writes_the_books():
    outside = [source for source in sources() if not may_write_the_books(source)]
    in_python = [write for source in outside for write in writes_of_the_books(source)]
    in_sql = [str(path) for path in texts(".sql") if "/ledger/" not in str(path) and RAW_WRITE.search(path.read_text())]

    assert in_python + in_sql == []


def floats(source: Source) -> list[str]:
    """Where a file says float, but for durations: a name that ends in seconds may be one."""
    durations = {
        id(node.annotation)
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.AnnAssign) and ast.unparse(node.target).endswith("seconds"))
        or (isinstance(node, ast.arg) and node.arg.endswith("seconds"))
    }
    found = []
    for node in ast.walk(source.tree):
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        if name in ("float", "FloatField") and id(node) not in durations:
            found.append(f"{source.relative}:{node.lineno} {name}")
    return found


def test_points_and_money_are_never_floating():
    accountable = [source for source in sources() if source.relative.parts[0] != "loyalty" and not source.is_test]

    assert [found for source in accountable for found in floats(source)] == []
