"""That entries stay in one unit is looked at when a transaction ends, which large batches are quicker for."""

from django.db import migrations

from loyalty.sql import run_sql


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_lapsed_holds_are_looked_for_together")]

    operations = [run_sql("ledger/sql/entries_stay_in_one_unit_v2.sql")]
