"""The triggers that record a change, as trackers of django-pghistory: the row as it is afterwards (of a deleted one: as
it was), the values it had before, and a line in the list of all changes with a digest of the record."""

import pghistory
import pgtrigger
from pghistory.trigger import Event as RecordingTrigger

from loyalty.sealed.fields import SealedField


class Recording(RecordingTrigger):
    """Writes the record and its line. `event_model` is the table of the records; see `tracking.tracked`."""

    def get_declare(self, model):
        return [("kept", f'"{self.event_model._meta.db_table}"')]

    def get_func(self, model):
        kind = self.event_model.pgh_kind
        columns = {name: f'{self.row}."{name}"' for name in kind.columns}
        said = "nullif(current_setting('pghistory.context_metadata', true), '')::jsonb"
        columns |= {
            "pgh_id": "nextval('loyalty_change_id_seq')",
            "pgh_created_at": "now()",
            "pgh_label": f"'{self.label}'",
            "pgh_obj_id": f'{self.row}."{model._meta.pk.column}"',
            "pgh_context": said,
            "pgh_context_id": "nullif(current_setting('pghistory.context_id', true), '')::uuid",
        }
        if self.operation == pgtrigger.Update:
            watched, secret = _array(kind.columns), _array(kind.secret)
            columns["pgh_before"] = f"loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), {watched}, {secret})"
        names = ", ".join(f'"{name}"' for name in columns)
        brands = kind.brands.format(row=self.row)
        return self.format_sql(f"""
            INSERT INTO "{self.event_model._meta.db_table}" ({names}) VALUES ({", ".join(columns.values())})
            RETURNING * INTO kept;
            PERFORM loyalty_note_change('{kind.name}', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label,
                                        kept.pgh_context, {brands}, loyalty_row_digest(kept));
            RETURN NULL;
        """)


class Kept(pgtrigger.Trigger):
    """Keeps a table of records as it is; see loyalty/sql/history_records.sql."""

    when = pgtrigger.Before
    func = "RETURN NULL;"

    def render_execute(self, model):
        return "loyalty_keep_history()"


def guards() -> list[pgtrigger.Trigger]:
    """The triggers for a table of records."""
    return [
        Kept(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        Kept(name="no_truncate", operation=pgtrigger.Truncate, level=pgtrigger.Statement),
    ]


class _Recorded:
    """A tracker whose trigger is the one above."""

    def add_event_trigger(self, event_model):
        pgtrigger.register(
            Recording(
                event_model=event_model,
                label=self.label,
                name=f"history_{self.label}",
                row=self.row,
                operation=self.operation,
                condition=self.condition,
                level=pgtrigger.Row,
            )
        )(event_model.pgh_tracked_model)


class Inserted(_Recorded, pghistory.InsertEvent):
    pass


class Updated(_Recorded, pghistory.UpdateEvent):
    pass


class Deleted(_Recorded, pghistory.DeleteEvent):
    pass


def is_sealed(field) -> bool:
    """Whether the field's values are personal and lie encrypted."""
    return isinstance(field, SealedField)


def _array(names) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]::text[]"
