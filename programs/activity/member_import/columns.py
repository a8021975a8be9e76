"""What the columns of a member file can hold, how a header's names are guessed, and what a cell means. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from loyalty.identity import phones
from loyalty.identity.members_in_bulk import Entry, is_born_then
from loyalty.identity.operations import is_external_id

FIELDS = {
    "external_id": "Member number",
    "name": "Name",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "birth_date": "Birth date",
    "street": "Street",
    "postal_code": "Postal code",
    "city": "City",
    "region": "Region",
    "country": "Country (two letters)",
    "programs": "Programs to enrol in (codes)",
    "opening_balance": "Opening balance (points)",
}
ADDRESS = ("street", "postal_code", "city", "region", "country")
CONSENT = "consent:"
CONSENTS_MAX = 20
NAME_MAX = 120
ADDRESS_PART_MAX = 200
OPENING_MAX = 1_000_000_000
DATE_ORDERS = {"ymd": "%Y-%m-%d", "dmy": "%d/%m/%Y", "mdy": "%m/%d/%Y"}
YES = {"yes", "y", "true", "1", "on", "ja", "oui", "si", "x"}
NO = {"no", "n", "false", "0", "off", "nee", "nein", "non"}

GUESSES = {
    "external_id": ("id", "external_id", "customer_id", "customer_number", "member_id", "member_number", "number",
                    "customer", "client_id", "externalid"),
    "name": ("name", "full_name", "fullname", "member", "customer_name"),
    "first_name": ("first_name", "firstname", "given_name", "forename"),
    "last_name": ("last_name", "lastname", "surname", "family_name"),
    "email": ("email", "e-mail", "mail", "email_address", "e-mail_address"),
    "phone": ("phone", "mobile", "telephone", "phone_number", "mobile_phone", "cell", "tel"),
    "birth_date": ("birth_date", "birthdate", "birthday", "date_of_birth", "dob", "born"),
    "street": ("street", "address", "address_1", "address1", "street_address"),
    "postal_code": ("postal_code", "postcode", "zip", "zip_code", "postalcode"),
    "city": ("city", "town", "place"),
    "region": ("region", "state", "province", "county"),
    "country": ("country", "country_code"),
    "programs": ("program", "programs", "programme", "program_code"),
    "opening_balance": ("opening_balance", "balance", "points", "point_balance"),
}  # fmt: skip
TEMPLATE = ("external_id", "name", "email", "phone", "birth_date", "street", "postal_code", "city", "region", "country",
            "consent_newsletter", "programs", "opening_balance")  # fmt: skip


class CellMistake(ValueError):
    """A cell that cannot be taken, in words that do not repeat what stands in it."""

    def __init__(self, name: str, code: str, detail: str):
        super().__init__(detail)
        self.name, self.code, self.detail = name, code, detail


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be understood: which field stands in which column, and how cells are written."""

    columns: Mapping[str, str]
    country: str = ""
    dates: str = "ymd"


@dataclass(slots=True)
class Line:
    """A row that can be taken: the member, the codes of programs to enrol in, points to begin with."""

    row: int
    entry: Entry
    programs: list[str] = field(default_factory=list)
    opening: int = 0


def guess(names: Sequence[str]) -> dict[str, str]:
    """The field that stands in each column, by its name; "" where nothing fits. No field is guessed twice."""
    guessed: dict[str, str] = {}
    for name in names:
        plain = name.replace("-", "_")
        found = next((each for each, words in GUESSES.items() if {name, plain} & set(words)), "")
        if not found and (match := re.fullmatch(r"(?:consent|opt_?in)[_:]?(.{1,50})", plain)):
            found = CONSENT + match[1].strip("_")
        guessed[name] = found if found and found not in guessed.values() else ""
    return guessed


def line_of(row: int, cells: Mapping[str, str], reading: Reading) -> Line:
    """The row as a member. An empty cell says nothing. Raises CellMistake for the first cell that cannot be taken."""
    said = {what: cells[name] for name, what in reading.columns.items() if what and cells.get(name)}
    external_id = said.get("external_id", "")
    if not external_id:
        raise CellMistake("external_id", "required", "The external id is missing.")
    if not is_external_id(external_id):
        raise CellMistake("external_id", "invalid", "An external id has 1 to 120 characters, none of them / ? or #.")
    entry = Entry(external_id, profile=_profile(said, reading), consents=_consents(said))
    programs = [code for code in re.split(r"[;,\s]+", said.get("programs", "")) if code]
    return Line(row, entry, programs, _opening(said.get("opening_balance", "")))


def _profile(said: Mapping[str, str], reading: Reading) -> dict:
    profile: dict = {}
    name = said.get("name") or " ".join(filter(None, (said.get("first_name"), said.get("last_name"))))
    if name:
        profile["name"] = _at_most(name, "name", NAME_MAX)
    if email := said.get("email", "").lower():
        profile["email"] = _email(email)
    if phone := said.get("phone"):
        profile["phone"] = _phone(phone, said.get("country") or reading.country)
    if born := said.get("birth_date"):
        profile["birth_date"] = _birth_date(born, reading.dates)
    if address := {part: _at_most(said[part], part, ADDRESS_PART_MAX) for part in ADDRESS if said.get(part)}:
        if "country" in address:
            address["country"] = _country(address["country"])
        profile["address"] = address
    return profile


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise CellMistake("email", "invalid", "This is not an e-mail address.") from None
    return _at_most(text, "email", 254)


def _phone(text: str, country: str) -> str:
    found = phones.international(text, country=country if len(country) == 2 else "")
    if found is None:
        raise CellMistake("phone", "invalid", "This is not a phone number; without a country it needs + in front.")
    return found


def _birth_date(text: str, order: str) -> date:
    try:
        born = datetime.strptime(re.sub(r"[./]", "-", text), DATE_ORDERS[order].replace("/", "-")).date()  # noqa: DTZ007
    except ValueError:
        detail = f"This is not a date as in {example_of(order)}."
        raise CellMistake("birth_date", "invalid", detail) from None
    if not is_born_then(born):
        raise CellMistake("birth_date", "out-of-range", "A birth date lies in the past, after 1900.")
    return born


def example_of(order: str) -> str:
    """A day as it is written in that order."""
    return date(1990, 12, 31).strftime(DATE_ORDERS[order])


def _country(text: str) -> str:
    if not re.fullmatch("[A-Za-z]{2}", text):
        raise CellMistake("country", "invalid", "A country is two letters, say NL.")
    return text.upper()


def _consents(said: Mapping[str, str]) -> dict[str, bool]:
    consents = {}
    for what, text in said.items():
        if what.startswith(CONSENT):
            answer = text.lower()
            if answer not in YES | NO:
                raise CellMistake(what.removeprefix(CONSENT), "invalid", "A consent is yes or no.")
            consents[what.removeprefix(CONSENT)] = answer in YES
    return consents


def _opening(text: str) -> int:
    if not text:
        return 0
    if not re.fullmatch("[0-9]{1,10}", text) or int(text) > OPENING_MAX:
        detail = f"Points are a whole number from 0 to {OPENING_MAX:,}, digits only."
        raise CellMistake("opening_balance", "invalid", detail)
    return int(text)


def _at_most(text: str, name: str, length: int) -> str:
    if len(text) > length:
        raise CellMistake(name, "too-long", f"This has more than {length} characters.")
    return text
