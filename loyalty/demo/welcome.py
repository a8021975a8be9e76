"""What quickstart prints when the demo is ready: where it is, who may come in, and calls to try."""

from loyalty.demo.credentials import SeedResult

FUEL = "FUEL"


def welcome(url: str, result: SeedResult, *, receiver: str, is_serving: bool) -> str:
    """The text, for a terminal."""
    lines = [
        "",
        "The demo is ready." if is_serving else "The demo is ready; start it with: python manage.py quickstart",
        f"  {url}/            the landing page",
        f"  {url}/api/docs    the API",
        f"  {url}/admin/      the admin",
        f"  {url}/api/health  its health",
        f"  {receiver}/            a partner's system that takes webhooks and shows them",
        "",
        "People (all invented)",
        *people(result),
        "",
        "Server keys (one for each program's brand, all scopes)",
        *[f"  {code:<6}{key}" for code, key in result.server_keys.items()],
        *calls(url, result),
        *webhook_calls(url, receiver, result),
        "",
        "All of this is in var/quickstart.json.",
    ]
    if is_serving:
        lines.append("Ctrl-C stops it.")
    return "\n".join(lines)


def people(result: SeedResult) -> list[str]:
    rows = [("platform operator", result.admin.email, result.admin.password)]
    rows += [(what, login.email, login.password) for what, login in result.staff.items()]
    rows += [(f"member {name}", member.email, member.password) for name, member in result.members.items()]
    return [f"  {what:<24}{email:<32}{password}" for what, email, password in rows]


def calls(url: str, result: SeedResult) -> list[str]:
    """Give Alice points, look at them, spend some. Repeating them moves nothing again: the keys are the same."""
    key = result.server_keys.get(FUEL)
    if not key or not result.members:
        return []
    member = f"{url}/api/members/{next(iter(result.members.values())).id}"
    post = f"-H 'Authorization: Api-Key {key}' -H 'Content-Type: application/json'"
    return [
        "",
        "Try it",
        f"curl -s -X POST {member}/deposit {post} \\",
        f"""  -d '{{"program_id": "{FUEL}", "amount": 500, "idempotency_key": "try-1"}}'""",
        f"curl -s {member}/balances -H 'Authorization: Api-Key {key}'",
        f"curl -s -X POST {member}/redeem {post} \\",
        f"""  -d '{{"program_id": "{FUEL}", "points": 200, "idempotency_key": "try-2"}}'""",
    ]


def webhook_calls(url: str, receiver: str, result: SeedResult) -> list[str]:
    """Have a receiver told of points, give some, and see the event there. Repeating them registers nothing again."""
    key = result.server_keys.get(FUEL)
    if not key or not result.members:
        return []
    member = f"{url}/api/members/{next(iter(result.members.values())).id}"
    post = f"-H 'Authorization: Api-Key {key}' -H 'Content-Type: application/json'"
    return [
        "",
        "Webhooks: register the receiver, earn, and see the event arrive, signed",
        f"curl -s -X POST {url}/api/webhooks {post} -H 'Idempotency-Key: try-3' \\",
        f"""  -d '{{"url": "{receiver}/fuel", "events": ["points.*", "tier.*"], "description": "Try it"}}'""",
        f"curl -s -X POST {member}/earn {post} \\",
        f"""  -d '{{"program_id": "{FUEL}", "amount": "40.00", "currency": "EUR", "reference": "try-4"}}'""",
        f"curl -s {receiver}/",
    ]
