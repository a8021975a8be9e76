"""Model fields whose values are ciphertext in the table and plain in Python. Each row has a data key of its own,
wrapped by the key ring: to turn the ring only the data keys are wrapped anew, and a row without its key is unreadable
wherever copies of its ciphertext still lie."""

import json
from datetime import date

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.core import validators
from django.db import models, router, transaction
from django.db.models import F
from django.db.models.constants import LOOKUP_SEP
from django.db.models.expressions import Col
from django.db.models.lookups import Exact, In
from django.db.models.query_utils import DeferredAttribute

from loyalty.sealed.ring import INDEX_CHARS, KEY_BYTES, decrypt, encrypt, ring
from loyalty.sealed.ring import SealBroken as SealBroken

EMPTY = (None, "", {})


class Ciphertext(bytes):
    """A value as it lies in the table, not opened yet."""


def place_of(instance: models.Model, column: str) -> str:
    """What binds a ciphertext to its row: the associated data. The row must have its id before it is written."""
    if instance.pk is None:
        raise TypeError(f"{instance._meta.label} keeps sealed fields: its id must be there before it is saved.")
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
        instance.__dict__["_has_new_data_key"] = True
    else:
        key = ring().open(bytes(wrapped), place_of(instance, "data_key"))
    cipher = AESGCM(key)
    instance.__dict__["_data_cipher"] = (wrapped, cipher)
    return cipher


class DataKeyField(models.BinaryField):
    """The row's own key, wrapped by the key ring; made when the row first holds something sealed. A row that has one
    keeps it: what was read may be wrapped with an older key of the ring by the time it is written."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs | {"null": True, "editable": False})

    def pre_save(self, instance, add):
        if holds_secrets(instance):
            data_cipher(instance, make=True)
        is_to_be_written = add or instance.__dict__.get("_has_new_data_key")
        return super().pre_save(instance, add) if is_to_be_written else F(self.attname)


def holds_secrets(instance: models.Model) -> bool:
    """Whether any sealed field that has been read, or set, is not empty."""
    values = [instance.__dict__.get(f.attname) for f in instance._meta.concrete_fields if isinstance(f, SealedField)]
    return any(value not in EMPTY for value in values)


class SealedModel(models.Model):
    """A model with sealed fields: brings the row's wrapped key."""

    data_key = DataKeyField(help_text="The row's own key, wrapped by the key ring.")

    class Meta:
        abstract = True

    def __getstate__(self):
        return {name: value for name, value in super().__getstate__().items() if name != "_data_cipher"}

    def save(self, *, update_fields=None, using=None, **kwargs):
        """A sealed value goes with the row's key and with its blind indexes."""
        if update_fields is None and (deferred := self.get_deferred_fields()):
            loaded = {f.attname for f in self._meta.concrete_fields if not f.primary_key} - deferred
            update_fields = loaded - {"data_key"}
        if update_fields is not None:
            update_fields = self._with_key_and_indexes(set(update_fields))
        using = using or router.db_for_write(type(self), instance=self)
        if self._state.adding or self.data_key or not holds_secrets(self):
            super().save(update_fields=update_fields, using=using, **kwargs)
        else:
            with transaction.atomic(using=using):
                self._take_key_of_the_row(using)
                super().save(update_fields=update_fields, using=using, **kwargs)
        self.__dict__.pop("_has_new_data_key", None)

    def _with_key_and_indexes(self, names: set[str]) -> set[str]:
        fields = self._meta.concrete_fields
        touched = {f.attname for f in fields if isinstance(f, SealedField)} & names
        indexes = {f.attname for f in fields if isinstance(f, BlindIndexField) and f.of in touched}
        return names | indexes | ({"data_key"} if touched else set())

    def _take_key_of_the_row(self, using: str) -> None:
        """Two may save secrets in a row that had none: the second seals with the key that the first one made."""
        row = type(self)._base_manager.using(using).select_for_update(no_key=True).filter(pk=self.pk)
        self.data_key = row.values_list("data_key", flat=True).first()


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
    empty_values = list(validators.EMPTY_VALUES)
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
        if self.index and self.index_field().unique and self._is_taken(value, model_instance):
            names = {"model_name": model_instance._meta.verbose_name, "field_label": self.verbose_name}
            raise validators.ValidationError(self.error_messages["unique"], code="unique", params=names)

    def _is_taken(self, value, model_instance) -> bool:
        others = type(model_instance)._base_manager.exclude(pk=model_instance.pk)
        return value not in self.empty_values and others.filter(**{self.name: value}).exists()

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
    """The keyed hash of a sealed field, written when the row is saved; empty is NULL. `of` names a field of the same
    row, or of a related one ("member__email"), whose changes the row then has to be told of; `scope` names the field
    that makes equal values of different owners unequal hashes."""

    def __init__(self, *args, of: str, purpose: str, scope: str = "", **kwargs):
        self.of, self.purpose, self.scope = of, purpose, scope
        kwargs |= {"max_length": INDEX_CHARS, "null": True, "editable": False}
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        for known in ("max_length", "null", "editable"):
            kwargs.pop(known, None)
        scope = {"scope": self.scope} if self.scope else {}
        return name, path, args, kwargs | {"of": self.of, "purpose": self.purpose} | scope

    def index_of(self, value: str, scope: object = "") -> str:
        return ring().blind_index(self.purpose, normalized(value), scope=scope)

    def pre_save(self, instance, add):
        value = instance
        for name in self.of.split(LOOKUP_SEP):
            value = getattr(value, name)
        scope = getattr(instance, self.scope) if self.scope else ""
        index = self.index_of(value, scope) if value else None
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
