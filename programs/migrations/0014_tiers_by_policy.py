"""Tiers by points, spend or visits, in windows of several kinds, kept by policy or given by hand."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ("programs", "0013_returns_by_rules"),
    ]

    operations = [
        migrations.RemoveField(model_name="membership", name="tier_is_manual"),
        migrations.RemoveConstraint(model_name="tier", name="tier_threshold_is_unique_in_the_program"),
        migrations.AddField(
            model_name="membership",
            name="given_tier",
            field=models.ForeignKey(
                blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                to="programs.tier",
                help_text="A tier given by hand: the member has it, or a higher one that was reached.",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="given_tier_since",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="membership",
            name="given_tier_until",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, help_text="Until when it was given; empty: for good."
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="tier_warned_for",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, help_text="The ending of the tier of which the member was told."
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="tier",
            field=models.ForeignKey(
                blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+",
                to="programs.tier", help_text="The tier that was reached, or is kept, as it was last assessed.",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="tier_until",
            field=models.DateTimeField(
                blank=True, editable=False, null=True,
                help_text="The tier is kept until then, though it is not deserved any more.",
            ),
        ),
        migrations.AlterField(
            model_name="program",
            name="tier_months",
            field=models.PositiveIntegerField(
                default=12, validators=[django.core.validators.MinValueValidator(1)],
                help_text="How many months back count for the tier, where the last months count.",
            ),
        ),
        migrations.AlterField(
            model_name="program",
            name="tier_window",
            field=models.CharField(
                choices=[
                    ("rolling", "The last months"),
                    ("year", "The calendar year, or the whole one before"),
                    ("joined", "The year since joining, or the whole one before"),
                    ("lifetime", "Ever"),
                ],
                default="rolling", help_text="Of which time it counts.", max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="tier",
            name="points_min",
            field=models.BigIntegerField(
                help_text="What is needed for it: points, whole units of money, or purchases, as the program counts.",
                validators=[django.core.validators.MinValueValidator(0)],
            ),
        ),
        # Thresholds can be exchanged between tiers in one statement.
        migrations.AddConstraint(
            model_name="tier",
            constraint=models.UniqueConstraint(
                fields=("program", "points_min"), name="tier_threshold_is_unique_in_the_program",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
        ),
        run_sql("programs/sql/tier_measures.sql"),
        run_sql("programs/sql/tiers_are_kept.sql"),
        run_sql("programs/sql/tiers_move.sql"),
        run_sql("programs/sql/member_parts_v2.sql"),
    ]
