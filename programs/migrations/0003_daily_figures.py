import django.db.models.deletion
from django.db import migrations, models

from loyalty.sql import run_sql


def reference(to):
    return models.ForeignKey(
        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=to
    )


def key(*fields):
    return models.CompositePrimaryKey(*fields, blank=True, editable=False, primary_key=True, serialize=False)


def points(help_text=""):
    return models.BigIntegerField(default=0, help_text=help_text)


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_front_door"), ("ledger", "0003_sealing")]

    operations = [
        migrations.CreateModel(
            name="QuarterHour",
            fields=[
                ("pk", key("unit_id", "starts_at")),
                ("unit", reference("ledger.unit")),
                ("starts_at", models.DateTimeField()),
                ("issued", points("Given to members: earned, deposited, exchanged in.")),
                ("taken_back", points("Of points given, those that returns and reversals took.")),
                ("redeemed", points("Spent, captured from holds, exchanged out.")),
                ("given_back", points("Of points spent, those that reversals gave back.")),
                ("expired", points()),
                ("adjusted", points("Signed.")),
                ("moves", points("How many entries.")),
            ],
        ),
        migrations.CreateModel(
            name="ActiveMember",
            fields=[
                ("pk", key("unit_id", "day", "account_id")),
                ("unit", reference("ledger.unit")),
                ("day", models.DateField()),
                ("account", reference("ledger.account")),
                ("first_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="FoldMark",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("upto_xid", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddIndex(
            model_name="membership",
            index=models.Index(fields=["program", "joined_at"], name="membership_newest"),
        ),
        run_sql("programs/sql/figures.sql"),
    ]
