from django.db import migrations

import loyalty.sealed.fields as sealed
from loyalty.sealed.ring import ring

CHUNK = 500
PLAIN = {"person": ["email"], "member": ["email", "phone", "birth_date"]}


def seal(apps, schema_editor):
    """Encrypts what lies in the plain columns, and makes the indexes it is looked up by."""
    for name, fields in PLAIN.items():
        for row in apps.get_model("loyalty", name).objects.iterator(CHUNK):
            values = {field: getattr(row, f"plain_{field}") for field in fields}
            if any(values.values()):
                for field, value in values.items():
                    setattr(row, field, value)
                row.save(update_fields=["data_key", *fields, *(["email_index"] if name == "person" else [])])
    for link in apps.get_model("loyalty", "BrandMember").objects.select_related("member").iterator(CHUNK):
        values = {field: getattr(link.member, f"plain_{field}") for field in ("email", "phone")}
        if any(values.values()):
            for field, value in values.items():
                index = ring().blind_index(f"member.{field}", sealed.normalized(value), scope=link.brand_id)
                setattr(link, f"{field}_index", index if value else None)
            link.save(update_fields=["email_index", "phone_index"])


class Migration(migrations.Migration):
    dependencies = [("loyalty", "0004_people_and_back_office")]

    operations = [
        migrations.RemoveConstraint("person", "person_email_is_lower_case"),
        migrations.RemoveIndex("member", "member_email"),
        *(
            migrations.AddField(
                name, "data_key", sealed.DataKeyField(help_text="The row's own key, wrapped by the key ring.")
            )
            for name in PLAIN
        ),
        *(migrations.RenameField(name, field, f"plain_{field}") for name, fields in PLAIN.items() for field in fields),
        migrations.AddField(
            "person",
            "email",
            sealed.SealedEmailField(index="email_index", help_text="In lower case. Encrypted at rest."),
        ),
        migrations.AddField(
            "person", "email_index", sealed.BlindIndexField(of="email", purpose="person.email", unique=True)
        ),
        migrations.AddField("member", "email", sealed.SealedEmailField(blank=True, help_text="Encrypted at rest.")),
        migrations.AddField(
            "member",
            "phone",
            sealed.SealedField(
                max_length=20, blank=True, help_text="In international form: +31612345678. Encrypted at rest."
            ),
        ),
        migrations.AddField("member", "birth_date", sealed.SealedDateField(blank=True, help_text="Encrypted at rest.")),
        migrations.RunPython(seal),
        *(migrations.RemoveField(name, f"plain_{field}") for name, fields in PLAIN.items() for field in fields),
    ]
