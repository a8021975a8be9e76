"""Model fields whose values are ciphertext in the table and plain in Python. Each row has a data key of its own,
wrapped by the key ring: to turn the ring only the data keys are wrapped anew, and a row without its key is unreadable
wherever copies of its ciphertext still lie."""

import json
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.core import validators
from django.db import models
from django.db.models.expressions import Col
from django.db.models.lookups import Exact, In
from django.db.models.query_utils import DeferredAttribute

from loyalty.sealed.ring import KEY_BYTES, decrypt, encrypt, ring
from loyalty.sealed.ring import SealBroken as SealBroken

EMPTY = (None, "", {})


class Ciphertext(bytes):
    """A value as it lies in the table, not opened yet."""


def place_of(instance: models.Model, column: str) -> str:
    """What binds a ciphertext to its row: the associated data."""
    return f"{instance._meta.db_table}.{column}:{instance.pk}"


def data_cipher(instance: models.Model, *, make: bool = False) -> AESGCM | None:
    """The cipher of the row's own key; without one None, or with `make` a new key's. Raises SealBroken."""
    wrapped = instance.data_key
    kept = instance.__dict__.get("_data_cipher")
    if kept and kept[0] == wrapped:
        return kept[1]
    if not wrapped:
        if not make:
            return None
        key = AESGCM.generate_key(KEY_BYTES * 8)
        wrapped = instance.data_key = ring().seal(key, place_of(instance, "data_key"))
    else:
        key = ring().open(bytes(wrapped), place_of(instance, "data_key"))
    cipher = AESGCM(key)
    instance.__dict__["_data_cipher"] = (wrapped, cipher)
    return cipher


class DataKeyField(models.BinaryField):
    """The row's own key, wrapped by the key ring; made when the row first holds something sealed."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs | {"null": True, "editable": False})

    def pre_save(self, instance, add):
        values = [
            instance.__dict__.get(f.attname) for f in instance._meta.concrete_fields if isinstance(f, SealedField)
        ]
        if any(value not in EMPTY for value in values):
            data_cipher(instance, make=True)
        return super().pre_save(instance, add)


class SealedModel(models.Model):
    """A model with sealed fields: brings the row's wrapped key."""

    data_key = DataKeyField(help_text="The row's own key, wrapped by the key ring.")

    class Meta:
        abstract = True

    def save(self, *, update_fields=None, **kwargs):
        """A sealed value goes with the row's key and with its blind indexes."""
        if update_fields is not None:
            sealed = {f.attname for f in self._meta.concrete_fields if isinstance(f, SealedField)}
            if touched := sealed & set(update_fields):
                indexes = {
                    f.attname for f in self._meta.concrete_fields if isinstance(f, BlindIndexField) and f.of in touched
                }
                update_fields = {*update_fields, *indexes, "data_key"}
        super().save(update_fields=update_fields, **kwargs)


class SealedAttribute(DeferredAttribute):
    """Opens the ciphertext when the value is asked for, and remembers both, so that an unchanged value is written back
    as the ciphertext that it was."""

    def __get__(self, instance, cls=None):
        if instance is None:
            return self
        name = self.field.attname
        value = instance.__dict__[name] if name in instance.__dict__ else super().__get__(instance, cls)
        if isinstance(value, Ciphertext):
            sealed = value
            value = self.field.opened(instance, sealed)
            instance.__dict__[name] = value
            instance.__dict__[f"_sealed_{name}"] = (self.field.to_text(value), sealed)
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


class SealedField(models.BinaryField):
    """Keeps text. Empty is NULL. Cannot be searched by, except with `index`, the name of a blind index on the same
    model: then `exact`, `iexact` and `in` are answered by it."""

    descriptor_class = SealedAttribute
    empty_value: object = ""

    def __init__(self, *args, index: str = "", max_length: int | None = None, **kwargs):
        self.index = index
        kwargs |= {"null": True, "editable": kwargs.get("editable", True)}
        super().__init__(*args, **kwargs)
        self.max_length = max_length
        self.validators = [validators.MaxLengthValidator(max_length)] if max_length else []

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("null", None)
        kwargs.pop("editable", None)
        if self.index:
            kwargs["index"] = self.index
        if self.max_length:
            kwargs["max_length"] = self.max_length
        return name, path, args, kwargs

    def to_text(self, value) -> str:
        return value

    def from_text(self, text: str):
        return text

    def get_default(self):
        return self.empty_value if not self.has_default() else super().get_default()

    def from_db_value(self, value, expression, connection):
        return self.empty_value if value is None else Ciphertext(value)

    def opened(self, instance, sealed: Ciphertext):
        cipher = data_cipher(instance)
        if cipher is None:
            raise SealBroken(f"{place_of(instance, self.column)}: the row's key is gone")
        return self.from_text(decrypt(cipher, sealed, place_of(instance, self.column)).decode())

    def pre_save(self, instance, add):
        kept = instance.__dict__.get(self.attname)
        if isinstance(kept, Ciphertext):
            return kept
        value = getattr(instance, self.attname)
        if value in EMPTY:
            return None
        text, known = self.to_text(value), instance.__dict__.get(f"_sealed_{self.attname}")
        if known and known[0] == text:
            return known[1]
        cipher = data_cipher(instance, make=True)
        sealed = Ciphertext(encrypt(cipher, text.encode(), place_of(instance, self.column)))
        instance.__dict__[f"_sealed_{self.attname}"] = (text, sealed)
        return sealed

    def get_db_prep_value(self, value, connection, prepared=False):
        if value is None:
            return None
        if not isinstance(value, Ciphertext):
            raise TypeError(f"{self.name} is sealed: it is written by saving the row, not by a query.")
        return super().get_db_prep_value(bytes(value), connection, prepared)

    def get_prep_value(self, value):
        return value

    def to_python(self, value):
        return value

    def value_to_string(self, obj):
        raise TypeError(f"{self.name} is sealed and is not dumped.")

    def get_lookup(self, lookup_name):
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        return {"exact": BlindExact, "iexact": BlindExact, "in": BlindIn}.get(lookup_name) if self.index else None

    def index_field(self) -> "BlindIndexField":
        return self.model._meta.get_field(self.index)

    def validate(self, value, model_instance):
        if value in self.empty_values and not self.blank:
            raise validators.ValidationError(self.error_messages["blank"], code="blank")

    def formfield(self, **kwargs):
        return models.Field.formfield(self, **{"form_class": forms.CharField, "max_length": self.max_length} | kwargs)


class SealedEmailField(SealedField):
    """Keeps an e-mail address."""

    def __init__(self, *args, max_length: int = 254, **kwargs):
        super().__init__(*args, max_length=max_length, **kwargs)
        self.validators = [*self.validators, validators.validate_email]

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": forms.EmailField} | kwargs)


class SealedDateField(SealedField):
    """Keeps a date; empty is None."""

    empty_value = None

    def to_text(self, value: date) -> str:
        return value.isoformat()

    def from_text(self, text: str) -> date:
        return date.fromisoformat(text)

    def formfield(self, **kwargs):
        return models.Field.formfield(self, **{"form_class": forms.DateField} | kwargs)


class SealedJSONField(SealedField):
    """Keeps a small object of texts; empty is {}."""

    empty_value: object = {}

    def get_default(self):
        return {}

    def from_db_value(self, value, expression, connection):
        return {} if value is None else Ciphertext(value)

    def to_text(self, value) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    def from_text(self, text: str):
        return json.loads(text)

    def formfield(self, **kwargs):
        return models.Field.formfield(self, **{"form_class": forms.JSONField} | kwargs)


class BlindIndexField(models.CharField):
    """The keyed hash of a sealed field of the same row, written with it; empty is NULL."""

    def __init__(self, *args, of: str, purpose: str, **kwargs):
        self.of, self.purpose = of, purpose
        kwargs |= {"max_length": 32, "null": True, "editable": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for known in ("max_length", "null", "editable"):
            kwargs.pop(known, None)
        return name, path, args, kwargs | {"of": self.of, "purpose": self.purpose}

    def index_of(self, value: str) -> str:
        return ring().blind_index(self.purpose, normalized(value))

    def pre_save(self, instance, add):
        value = getattr(instance, self.of)
        index = self.index_of(value) if value else None
        setattr(instance, self.attname, index)
        return index


def normalized(value: str) -> str:
    """How a value is compared: without space around it, and without case."""
    return value.strip().casefold()


class _Blind:
    """Compares the blind index instead of the ciphertext."""

    prepare_rhs = False

    def __init__(self, lhs, rhs):
        index = lhs.output_field.index_field()
        super().__init__(Col(lhs.alias, index, index), self.indexed(index, rhs))


class BlindExact(_Blind, Exact):
    """Equality, without case."""

    @staticmethod
    def indexed(index: BlindIndexField, value):
        return index.index_of(value or "")


class BlindIn(_Blind, In):
    """Equality with one of several, without case."""

    @staticmethod
    def indexed(index: BlindIndexField, values):
        return [index.index_of(value or "") for value in values]
