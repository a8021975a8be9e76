"""Adjustments that wait for a second person become requests like all others, with what was asked and decided."""

from django.db import migrations

CHUNK = 500


def move(apps, schema_editor):
    Old = apps.get_model("programs", "AdjustmentRequest")
    New = apps.get_model("loyalty", "ApprovalRequest")
    known = Old.objects.select_related("membership__program__unit", "posting").order_by("requested_at")
    for old in known.iterator(CHUNK):
        membership, unit = old.membership, old.membership.program.unit.name
        done = old.posting and f"Adjusted by {old.posting.points:+,}; the balance is {old.posting.balance_after:,}."
        New.objects.get_or_create(
            id=old.id,
            defaults={
                "brand_id": membership.program.brand_id,
                "kind": "points.adjust",
                "summary": f"{old.points:+,} {unit} for card {membership.card_number}",
                "payload": {"membership_id": str(membership.id), "points": old.points},
                "subject_id": membership.id,
                "reason": old.reason,
                "status": old.status,
                "requested_by_id": old.requested_by_id,
                "requested_at": old.requested_at,
                "decided_by_id": old.decided_by_id,
                "decided_at": old.decided_at,
                "result": done or "",
            },
        )


class Migration(migrations.Migration):
    dependencies = [
        ("loyalty", "0009_history_of_people_and_brands"),
        ("programs", "0004_history_of_programs"),
    ]

    operations = [
        migrations.RunPython(move, migrations.RunPython.noop, elidable=True),
        migrations.DeleteModel("AdjustmentRequest"),
    ]
