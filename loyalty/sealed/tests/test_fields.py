"""Sealed fields: plain in Python, ciphertext in the table, of use in their own row only."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.apps import apps
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, transaction

from loyalty.identity.devices.models import OneTimeCode
from loyalty.identity.models import Brand, Member, Person
from loyalty.ids import uuid7
from loyalty.sealed.fields import SealBroken

ADDRESS = {"street": "Rua do Carmo 1", "postal_code": "1200-093", "city": "Lisboa", "country": "PT"}
FULL = {"email": "ana@example.com", "phone": "+31612345678", "birth_date": date(1990, 2, 28), "address": ADDRESS}
SEALED = ("email", "phone", "birth_date", "address")


@pytest.fixture
def member(db):
    return Member.objects.create(name="Ana", **FULL)


def lying(row, *names) -> tuple:
    """What lies in the table."""
    names = names or SEALED
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(names)} from {row._meta.db_table} where id = %s", [row.pk])
        return tuple(value if value is None else bytes(value) for value in cursor.fetchone())


def put(row, **values) -> None:
    """Writes bytes into the table, past the fields."""
    with connection.cursor() as cursor:
        assignments = ", ".join(f"{name} = %s" for name in values)
        cursor.execute(f"update {row._meta.db_table} set {assignments} where id = %s", [*values.values(), row.pk])


def again(row):
    return type(row).objects.get(pk=row.pk)


def test_what_is_saved_comes_back_and_is_not_to_be_read_in_the_table(member):
    found = again(member)

    assert {name: getattr(found, name) for name in SEALED} == FULL
    for value in lying(member, *SEALED, "data_key"):
        assert not any(word in value for word in (b"ana", b"example", b"316", b"1990", b"Carmo", b"Lisboa"))


def test_empty_values_lie_as_nothing_and_need_no_key(db):
    member = Member.objects.create(name="Ben")

    assert lying(member, *SEALED, "data_key") == (None,) * 5
    found = again(member)
    assert (found.email, found.phone, found.birth_date, found.address) == ("", "", None, {})


def test_a_value_that_is_emptied_is_gone_from_the_table(member):
    for name, empty in zip(SEALED, ("", "", None, {}), strict=True):
        setattr(member, name, empty)
    member.save()

    assert lying(member) == (None,) * 4


@pytest.mark.parametrize("name", SEALED)
def test_a_ciphertext_copied_to_another_row_does_not_open(member, name):
    other = Member.objects.create(**FULL)
    put(other, **{name: lying(member, name)[0]})

    with pytest.raises(SealBroken):
        getattr(again(other), name)


def test_a_ciphertext_copied_with_its_key_does_not_open_either(member):
    other = Member.objects.create(**FULL)
    email, key = lying(member, "email", "data_key")
    put(other, email=email, data_key=key)

    with pytest.raises(SealBroken):
        assert again(other).email


def test_a_ciphertext_copied_to_another_column_does_not_open(member):
    put(member, phone=lying(member, "email")[0])

    with pytest.raises(SealBroken):
        assert again(member).phone


def test_a_ciphertext_of_another_table_does_not_open(member):
    person = Person.objects.create_user("ana@example.com", "correct horse battery", id=member.pk)
    email, key = lying(person, "email", "data_key")
    put(member, email=email, data_key=key)

    with pytest.raises(SealBroken):
        assert again(member).email


def test_no_bit_of_a_value_or_of_the_row_s_key_can_be_turned(member):
    email, key = lying(member, "email", "data_key")
    for column, value in (("email", email), ("data_key", key)):
        for place in range(0, len(value) * 8, 5):
            changed = bytearray(value)
            changed[place // 8] ^= 1 << place % 8
            broken = Member(id=member.pk)
            broken.__dict__.update(again(member).__dict__)
            kind = type(broken.__dict__["email"])
            broken.__dict__[column] = kind(changed) if column == "email" else bytes(changed)
            with pytest.raises(SealBroken):
                assert broken.email


def test_a_row_without_its_key_cannot_be_read(member):
    put(member, data_key=None)

    with pytest.raises(SealBroken, match="the row's key is gone"):
        assert again(member).email


def test_what_does_not_change_is_written_back_as_it_was(member):
    before = lying(member)
    found = again(member)
    assert found.email
    found.name, found.phone = "Ana Silva", "+351912345678"
    found.save()

    after = lying(member)
    assert [was == now for was, now in zip(before, after, strict=True)] == [True, False, True, True]


def test_two_rows_with_the_same_value_lie_there_differently(member):
    assert not set(lying(member)) & set(lying(Member.objects.create(**FULL)))


def test_an_address_changed_in_place_is_kept(member):
    found = again(member)
    found.address["city"] = "Porto"
    found.save()

    assert again(member).address == ADDRESS | {"city": "Porto"}


def test_fields_that_were_left_out_are_read_when_they_are_asked_for(member, django_assert_num_queries):
    found = Member.objects.only("name").get(pk=member.pk)

    with django_assert_num_queries(2):  # the value, and the key that opens it
        assert found.email == "ana@example.com"


def test_a_row_read_in_part_is_saved_in_part_with_what_belongs_to_it(db):
    bare = Member.objects.create(name="Ben")
    found = Member.objects.only("email").get(pk=bare.pk)
    found.email = "ben@example.com"
    found.save()

    assert again(bare).email == "ben@example.com"


def test_naming_the_field_is_enough_to_save_it(db):
    person = Person.objects.create_user("ana@example.com", "correct horse battery")
    person.email = "Ana2@example.com"
    person.save(update_fields=["email"])

    assert Person.objects.get(email="ana2@example.com") == person
    assert not Person.objects.filter(email="ana@example.com").exists()


def test_many_rows_are_made_at_once(db):
    made = Member.objects.bulk_create(Member(name=f"M{n}", email=f"m{n}@example.com") for n in range(20))

    found = Member.objects.in_bulk([member.pk for member in made])
    assert {found[member.pk].email for member in made} == {f"m{n}@example.com" for n in range(20)}
    assert len({lying(member, "data_key") for member in made}) == 20


def test_the_models_of_migrations_read_and_write_too(member):
    historical = connection_state_model("member")
    found = historical.objects.get(pk=member.pk)
    assert found.email == "ana@example.com"
    found.email = "new@example.com"
    found.save()

    assert again(member).email == "new@example.com"


def connection_state_model(name: str):
    from django.db.migrations.executor import MigrationExecutor

    loader = MigrationExecutor(connection).loader
    return loader.project_state(loader.graph.leaf_nodes("loyalty")).apps.get_model("loyalty", name)


def test_a_query_cannot_write_what_is_sealed(member):
    with pytest.raises(TypeError, match="written by saving the row"):
        Member.objects.update(email="x@example.com")
    with pytest.raises(TypeError, match="written by saving the row"):
        Member.objects.bulk_update([member], ["email"])


@pytest.mark.parametrize("rule", [{"email": "a"}, {"email__contains": "a"}, {"phone": "1"}, {"birth_date__gt": "1"}])
def test_what_has_no_index_of_its_own_cannot_be_looked_up(member, rule):
    with pytest.raises(FieldError):
        Member.objects.filter(**rule).exists()


@pytest.mark.parametrize(
    "rule",
    [
        {"email": "ANA@example.com "},
        {"email__iexact": "ana@EXAMPLE.com"},
        {"email__in": ["x@example.com", "Ana@example.com"]},
    ],
)
def test_what_has_one_is_found_without_case(db, rule):
    ana = Person.objects.create_user("ana@example.com", "correct horse battery")
    Person.objects.create_user("ben@example.com", "correct horse battery")

    assert Person.objects.get(**rule) == ana
    assert Brand.objects.filter(staff__person__email="ana@example.com").count() == 0


def test_nobody_is_found_by_an_empty_address(db):
    Person.objects.create_user("ana@example.com", "correct horse battery")

    assert not Person.objects.filter(email="").exists()
    assert not Person.objects.filter(email__in=[]).exists()
    assert Person.objects.filter(email__isnull=False).count() == 1


def test_an_address_that_another_one_has_is_refused_by_the_form_s_check(db):
    Person.objects.create_user("ana@example.com", "correct horse battery")

    with pytest.raises(ValidationError, match="already exists"):
        Person(email="Ana@example.com", password="x").full_clean()


def test_a_row_that_needs_its_id_first_says_so(db):
    code = OneTimeCode(id=None, address="ana@example.com")

    with pytest.raises(TypeError, match="its id must be there"):
        code.data_key = None
        apps.get_model("loyalty", "OneTimeCode")._meta.get_field("address").pre_save(code, add=True)


def test_a_row_that_was_read_can_be_pickled_and_copied(member):
    found = again(member)
    assert found.email
    pickled = pickle.loads(pickle.dumps(found))  # noqa: S301 what we wrote ourselves

    for twin in (pickled, copy.deepcopy(found), copy.copy(found)):
        assert (twin.email, twin.phone) == (found.email, found.phone)


def test_a_row_s_key_stays_when_an_old_reading_of_the_row_is_saved(member):
    early = again(member)
    assert early.email
    fresh = b"wrapped anew"
    put(member, data_key=fresh)
    early.name = "Ana Silva"
    early.email = "new@example.com"
    early.save()

    assert lying(member, "data_key") == (fresh,)


def test_emptying_one_value_in_an_old_reading_does_not_take_the_key_of_another(db):
    bare = Member.objects.create(name="Ben")
    early = again(bare)
    other = again(bare)
    other.email = "ben@example.com"
    other.save()
    early.phone = ""
    early.save(update_fields=["phone"])

    assert again(bare).email == "ben@example.com"


@pytest.mark.django_db(transaction=True)
def test_two_who_give_a_row_its_first_secrets_at_once_use_one_key():
    for _ in range(10):
        bare = Member.objects.create(id=uuid7(), name="Ben")
        early, late = again(bare), again(bare)
        early.email, late.phone = "ben@example.com", "+31612345678"

        def write(row, *names):
            try:
                with transaction.atomic():
                    row.save(update_fields=names)
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(write, (early, late), ("email", "phone")))

        assert (again(bare).email, again(bare).phone) == ("ben@example.com", "+31612345678")
