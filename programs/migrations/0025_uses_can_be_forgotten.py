"""What a redemption was sent under can be forgotten where it names somebody."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0024_claims_are_cancelled"),
    ]

    operations = [
        run_sql("programs/sql/uses_can_be_forgotten.sql"),
    ]
