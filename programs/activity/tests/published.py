"""Rules as a brand puts them in force through the API, for tests of what purchases give by them."""


def publish(api, *rules: dict, program: str = "BEANS", **document) -> int:
    """Drafts these rules and publishes them in the place of the program's own rate; answers their version."""
    rate = api.patch(f"/api/programs/{program}", {"earn_points": 0})
    assert rate.status_code == 200, rate.content
    drafted = api.post(f"/api/programs/{program}/rulesets", {"rules": list(rules)} | document)
    assert drafted.status_code == 201, drafted.content
    assert drafted.json()["errors"] == [], drafted.json()["errors"]
    version = drafted.json()["version"]
    done = api.post(f"/api/programs/{program}/rulesets/{version}/publish", {})
    assert (done.status_code, done.json()["status"]) == (200, "published"), done.content
    return version


def run_campaign(api, key: str, *rules: dict, program: str = "BEANS", **more) -> str:
    """Drafts a campaign with these rules and activates it; answers its id."""
    drafted = api.post(f"/api/programs/{program}/campaigns", {"key": key, "name": key, "rules": list(rules)} | more)
    assert drafted.status_code == 201, drafted.content
    id = drafted.json()["id"]
    done = api.post(f"/api/campaigns/{id}/activate", {})
    assert (done.status_code, done.json()["status"]) == (200, "active"), done.content
    return id


def given(transaction: dict) -> dict[str, int]:
    """The points of each rule that gave some."""
    return {line["rule_id"]: line["points"] for line in transaction["breakdown"]}


def why(api, transaction: dict) -> dict[str, dict]:
    """What the explanation says of each rule."""
    answer = api.get(f"/api/transactions/{transaction['id']}/explanation")
    assert answer.status_code == 200, answer.content
    return {told["rule_id"]: told for told in answer.json()["rules"]}
