"""Which models have a history: `@tracked(...)` above a model records each change in a table beside it, by triggers, so
that nothing slips past, SQL by hand included. Who did it and why is said by `acting`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pghistory
from django.apps import apps
from django.db import models

from loyalty.history.models import HistoryRow
from loyalty.history.recording import Deleted, Inserted, Updated, guards, is_sealed

KINDS: dict[str, "Kind"] = {}
"""What is tracked, by name."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One tracked model. `name` is its label ("loyalty.brand"); `columns` are kept; of `secret` ones only that they
    changed. `brands` is an SQL expression over `{row}`: the brands whose history it is. With `is_shared` an object is
    known to several brands, which must not learn of each other by it."""

    name: str
    columns: tuple[str, ...]
    secret: tuple[str, ...]
    brands: str
    is_shared: bool

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.name)

    @property
    def history(self) -> type[models.Model]:
        """The table of the records."""
        app, _, name = self.name.partition(".")
        return apps.get_model(app, f"{name}history")

    @property
    def sealed(self) -> frozenset[str]:
        """The columns whose values are encrypted: shown as changed, never as values."""
        return frozenset(field.column for field in self.model._meta.concrete_fields if is_sealed(field))

    @property
    def title(self) -> str:
        title = str(self.model._meta.verbose_name)
        return title[:1].upper() + title[1:]


def tracked(
    *,
    brands: str,
    only: Iterable[str] = (),
    exclude: Iterable[str] = (),
    secret: Iterable[str] = (),
    inserts: bool = True,
    deletes: bool = True,
    is_shared: bool = False,
    app_label: str | None = None,
) -> Callable[[type[models.Model]], type[models.Model]]:
    """Keeps the history of a model: all its fields, or `only` these, but not what is in `exclude` (secrets, counters,
    what is written all the time: a change of nothing else leaves no record). See `Kind` for `brands`, `secret` and
    `is_shared`. A new field of the model is kept too, unless excluded: `makemigrations` sees to it."""

    def decorate(model: type[models.Model]) -> type[models.Model]:
        left_out = {*exclude, *secret}
        fields = (model._meta.concrete_model or model)._meta.local_fields
        kept = [field for field in fields if field.name not in left_out and (not only or field.name in only)]
        label = app_label or model._meta.app_label
        kind = Kind(
            name=f"{label}.{model._meta.model_name}",
            columns=tuple(field.column for field in kept),
            secret=tuple(field.column for field in fields if field.name in set(secret)),
            brands=brands,
            is_shared=is_shared,
        )
        KINDS[kind.name] = kind
        differs = " OR ".join(f'OLD."{name}" IS DISTINCT FROM NEW."{name}"' for name in (*kind.columns, *kind.secret))
        trackers = [Updated(condition=pghistory.Condition(differs))]
        trackers += [Inserted()] * inserts + [Deleted()] * deletes
        columns = {field.name: models.BinaryField(null=True) for field in kept if is_sealed(field)}
        pghistory.track(
            *trackers,
            fields=[field.name for field in kept],
            base_model=HistoryRow,
            model_name=f"{model._meta.object_name}History",
            app_label=label,
            attrs={"pgh_kind": kind, **columns},
            meta={"default_permissions": (), "triggers": guards()},
        )(model)
        return model

    return decorate
