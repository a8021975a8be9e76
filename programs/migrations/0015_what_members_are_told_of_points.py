"""Members are told once that points go soon, and once that points became available."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

# Of what became available before there were marks nobody is told.
FROM_NOW_ON = """
insert into programs_availabilitymark (program_id, told_until, account_id) select id, now(), 0 from programs_program
"""


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0014_tiers_by_policy"),
    ]

    operations = [
        migrations.CreateModel(
            name="ExpiryWarning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("warned_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "membership",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="programs.membership",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="expirywarning",
            constraint=models.UniqueConstraint(
                fields=("membership", "expires_at"), name="expiry_warning_is_given_once"
            ),
        ),
        migrations.CreateModel(
            name="AvailabilityMark",
            fields=[
                (
                    "program",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="programs.program",
                    ),
                ),
                ("told_until", models.DateTimeField()),
                ("account_id", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.RunSQL(FROM_NOW_ON, migrations.RunSQL.noop),
    ]
