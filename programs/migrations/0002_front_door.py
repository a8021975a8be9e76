"""The functions behind the front door: where requests mean, and what is written alongside the points."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("programs", "0001_programs"), ("ledger", "0002_posting")]
    operations = [
        run_sql("programs/sql/places.sql"),
        run_sql("programs/sql/post_alongside.sql"),
        run_sql("programs/sql/member_parts.sql"),
    ]
