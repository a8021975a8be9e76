"""Every table of the database is some room's, which tells and erases what it has of people, or has nothing of people.
What is said here is read from the database, so that a new table or column asks for its place."""

import json

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from loyalty.history.tracking import KINDS
from loyalty.identity.models import Member, Person
from loyalty.identity.privacy import rooms
from loyalty.identity.privacy.erasing import erase_person
from loyalty.identity.privacy.exporting import export_person
from loyalty.identity.privacy.rooms import every_room
from loyalty.identity.privacy.subjects import Subject, find_subject
from loyalty.sql import rows
from loyalty.tests import somebody as planted
from loyalty.tests.somebody import LITERALS

pytestmark = [pytest.mark.django_db, pytest.mark.made_up_events]

FORGETS_NOTHING = {"grants"}
"""Rooms whose rows stay as they are when somebody is erased: there is nothing in them but ids."""

FREE = {
    "auth.Group": "Django's, unused: roles stand in a table of ours",
    "auth.Group_permissions": "Django's, unused",
    "auth.Permission": "names of models",
    "contenttypes.ContentType": "names of models",
    "exchange.Agreement": "two programs'",
    "exchange.Bonus": "a program's",
    "exchange.Handful": "work at hand, by lane",
    "exchange.PoolChange": "two programs'",
    "exchange.Rate": "a program's",
    "exchange.Settlement": "two programs'",
    "exchange.TransferPolicy": "a program's",
    "ledger.HotRollup": "sums of a unit's own accounts",
    "ledger.Seal": "digests",
    "ledger.Unit": "what points are called",
    "loyalty.Brand": "a brand",
    "loyalty.Erasure": "ids that lead to nobody, and reasons that name nobody",
    "loyalty.EventArchive": "names of files, numbers and digests",
    "loyalty.EventHorizon": "a number",
    "loyalty.EventReader": "numbers",
    "loyalty.EventStream": "counters by opaque ids",
    "loyalty.HistorySeal": "digests",
    "loyalty.Location": "a brand's",
    "loyalty.NotificationSettings": "a brand's",
    "loyalty.NotificationTemplate": "a brand's",
    "loyalty.ServerKey": "a brand's",
    "loyalty.WebhookDelivery": "ids of events, and what receivers answered",
    "loyalty.WebhookEndpoint": "a brand's",
    "procrastinate.ProcrastinateEvent": "times of jobs",
    "procrastinate.ProcrastinatePeriodicDefer": "times of jobs",
    "procrastinate.ProcrastinateWorker": "processes",
    "programs.ActiveMember": "opaque ids and days, thrown away after some",
    "programs.AvailabilityMark": "a mark",
    "programs.Campaign": "a program's",
    "programs.CodeGuesses": "counters under keyed hashes, for an hour",
    "programs.Edition": "a program's",
    "programs.EventMapping": "a brand's",
    "programs.EventSource": "a brand's",
    "programs.EventType": "a brand's",
    "programs.FoldMark": "a mark",
    "programs.Program": "a brand's",
    "programs.ProgramLink": "a program's",
    "programs.QuarterHour": "sums",
    "programs.Reward": "a program's",
    "programs.RewardPicture": "a program's",
    "programs.RuleSet": "a program's",
    "programs.Segment": "a brand's",
    "programs.SigningKey": "the platform's own keys",
    "programs.StampCard": "a program's",
    "programs.Tier": "a program's",
    "programs.UsedToken": "opaque ids, for a month after the code's time",
    "programs.VoucherBatch": "a program's",
    "pghistory.Context": "unused: what is said stands in each record",
    "socialaccount.SocialApp": "a provider's",
}
"""Tables that know nobody, and why."""

BY_HAND = {
    "django_migrations": "names of files",
    "loyalty_cache": "counters under opaque ids and keyed hashes, for minutes",
}
"""Tables without a model."""

SILENT = {
    "admin.LogEntry": {"object_id"},
    "loyalty.Event": {"type"},
    "loyalty.ApprovalRequest": {"kind", "result"},
    "loyalty.ConsentChange": {"actor", "source"},
    "loyalty.Device": {"fingerprint"},
    "loyalty.Notification": {"kind", "facts", "reason"},
    "loyalty.NotificationChoice": {"kind", "source"},
    "loyalty.PushToken": {"token_hash", "platform"},
    "loyalty.OneTimeCode": {"code_hash"},
    "loyalty.Person": {"password", "email_index"},
    "loyalty.BrandMember": {"email_index", "phone_index"},
    "loyalty.IdempotencyRecord": {"actor", "fingerprint"},
    "loyalty.Run": {"kind"},
    "loyalty.RunItem": {"outcome"},
    "loyalty.SavedView": {"screen"},
    "loyalty.SignOn": "all",
    "loyalty.Change": "all",
    "mfa.Authenticator": set(),
    "sessions.Session": "all",
    "socialaccount.SocialAccount": {"provider"},
    "socialaccount.SocialToken": {"token_secret"},
    "token_blacklist.OutstandingToken": {"jti", "token"},
    "exchange.Exchange": {"failure", "fingerprint", "actor", "last_error"},
    "exchange.ExchangeStep": {"name", "actor"},
    "exchange.Gift": {"fingerprint", "actor"},
    "exchange.HouseholdMember": {"actor"},
    "exchange.PooledSpend": {"fingerprint", "actor", "parts"},
    "exchange.Quote": {"actor"},
    "ledger.Forgotten": {"digest"},
    "ledger.Posting": {"fingerprint", "actor"},
    "procrastinate.ProcrastinateJob": {"queue_name", "task_name", "lock", "queueing_lock", "status"},
    "programs.Grant": {"code", "rule", "reason"},
    "programs.InboundEvent": {"fingerprint", "act", "reason", "waits_for", "actor"},
    "programs.LimitCounter": "all",
    "programs.MemberEvent": {"type", "gifts"},
    "programs.OfflineScan": {"digest", "previous", "token_id", "reason", "borne_by", "decided_by"},
    "programs.PassedOn": {"outcome"},
    "programs.Receipt": {"code", "currency", "fingerprint", "status"},
    "programs.Purchase": {"currency", "gifts"},
    "programs.Return": {"currency"},
    "programs.PoolCode": "all",
    "programs.Stamp": {"sheets", "actor", "undone_by"},
    "programs.Submission": {"actor", "fingerprint"},
    "programs.TierChange": {"before", "after", "actor"},
    "programs.TillDevice": {"public_key", "last_digest", "created_by"},
    "programs.Voucher": {"code", "external_code", "terms", "occasion", "created_by", "claim_key", "claim_print"},
    "programs.VoucherUse": {"currency", "fingerprint", "actor", "token_id", "rolled_back_by"},
}
"""Columns that hold text or bytes and that only the machine writes: hashes, ids, names of kinds."""


@pytest.fixture
def somebody(cafe, beans, ana_beans, ben_beans, manager, barista, api):
    return planted.build(cafe, beans, ben_beans, manager, barista, api)


def every_model() -> dict[str, type[models.Model]]:
    """All models with a table of their own, by label."""
    tables = set(connection.introspection.table_names())
    found = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    return {model._meta.label: model for model in found if model._meta.db_table in tables}


def named() -> dict[str, str]:
    return {label: room.name for room in every_room() for label in {**room.told, **room.untold}}


def people_in(model, seen=()) -> bool:
    """Whether a row leads to a person or a member, by however many steps."""
    targets = {field.related_model for field in model._meta.concrete_fields if field.is_relation}
    targets -= {model, *seen}
    return bool(targets & {Member, Person}) or any(people_in(each, (*seen, model)) for each in targets)


def test_every_table_is_some_rooms_or_knows_nobody():
    models_there, placed = every_model(), named()

    assert sorted(set(models_there) - set(placed) - set(FREE)) == []
    assert sorted(set(placed) & set(FREE)) == []
    assert sorted((set(placed) | set(FREE)) - set(models_there)) == []
    tables = {model._meta.db_table for model in models_there.values()}
    assert set(connection.introspection.table_names()) - tables == set(BY_HAND)


def test_no_table_that_leads_to_people_is_taken_for_free_of_them():
    allowed = {"programs.ActiveMember"}

    assert {label for label, model in every_model().items() if label in FREE and people_in(model)} <= allowed


def test_every_section_is_told_once():
    sections = [section for room in every_room() for section in room.told.values()]

    assert len(sections) == len(set(sections))
    told = export_person(Subject(person=Person.objects.create_user("x@example.com")), actor="test")["sections"]
    assert set(sections) <= set(told)


def words_of(somebody) -> list[str]:
    return [*LITERALS, *somebody.marks]


def is_planted(model, field, words) -> bool:
    """Whether the column holds one of the words, or a ciphertext, in some row."""
    table, column = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(field.column)
    text = f"{column}::text"
    if field.get_internal_type() == "BinaryField":
        text = f"encode({column}, 'escape')"
    query = f"select exists (select from {table} where {text} ilike any(%s)) as yes"
    return rows(query, [[f"%{word}%" for word in words]])[0]["yes"]


def texts_of(model) -> list[models.Field]:
    """The columns that can hold anything that somebody wrote."""
    kinds = ("CharField", "TextField", "JSONField", "BinaryField", "EmailField", "SlugField", "ArrayField")
    fields = [field for field in model._meta.concrete_fields if field.get_internal_type() in kinds]
    return [field for field in fields if not field.choices and not _is_sealed(field) and not field.remote_field]


def _is_sealed(field) -> bool:
    return type(field).__module__ == "loyalty.sealed.fields"


def test_the_person_of_the_proof_is_in_every_column_where_somebody_can_be(somebody):
    histories = {kind.history._meta.label for kind in KINDS.values()}
    labels, words, missing = set(named()) - histories, words_of(somebody), []
    models_there = every_model()
    for label in sorted(labels):
        silent = SILENT.get(label, set())
        for field in texts_of(models_there[label]):
            is_silent = silent == "all" or field.name in silent
            if not is_silent and not is_planted(models_there[label], field, words):
                missing.append(f"{label}.{field.name}")

    assert missing == []


def test_the_document_tells_all_that_is_there(somebody):
    document = export_person(find_subject(somebody.member.pk), actor="test")

    sections = document["sections"]
    assert [name for name, told in sections.items() if not told] == []
    text = json.dumps(document, ensure_ascii=False)
    secrets = {"zqconfirmqz", "zqtotpqz", "zqtokenqz"}
    keys = {"zqcreatekeyqz", "zqearnkeyqz", "zqdepkeyqz", "zqholdkeyqz", "zqredkeyqz"}
    # From where they acted for the brand is the brand's record.
    assert {word for word in words_of(somebody) if word not in text} == secrets | keys | {"203.0.113.77"}


def left_of(words) -> set[str]:
    """The tables that still hold one of the words."""
    patterns = [f"%{word}%" for word in words] + [f"%{word.encode().hex()}%" for word in words]
    found = set()
    for table in connection.introspection.table_names():
        query = f"select exists (select from {table} t where t::text ilike any(%s)) as yes"
        if rows(query, [patterns])[0]["yes"]:
            found.add(table)
    return found


def test_what_a_room_forgets_is_seen(somebody, monkeypatch):
    """Each room that has something of people is left out once: the search then finds what it left."""
    words, unseen = words_of(somebody), []
    every = every_room()
    for missing in (room for room in every if room.name not in FORGETS_NOTHING):
        others = [room for room in every if room is not missing]
        monkeypatch.setattr("loyalty.identity.privacy.erasing.every_room", lambda others=others: others)
        with transaction.atomic():
            erase_person(find_subject(somebody.member.pk), actor="test", reason="asked")
            if not left_of(words):
                unseen.append(missing.name)
            transaction.set_rollback(True)
    monkeypatch.setattr("loyalty.identity.privacy.erasing.every_room", rooms.every_room)
    erase_person(find_subject(somebody.member.pk), actor="test", reason="asked")

    assert unseen == []
    assert left_of(words) == set()
