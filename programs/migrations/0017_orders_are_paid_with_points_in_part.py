"""A program says how much of an order can be paid with points."""

import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0016_tiers_reached_so_far'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='program',
            name='history_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='program',
            name='history_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='program',
            name='history_delete',
        ),
        migrations.AddField(
            model_name='program',
            name='redeem_percent_max',
            field=models.PositiveSmallIntegerField(default=100, help_text='How much of an order can be paid with points at most, in percent.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)]),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='redeem_percent_max',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."unit_id" IS DISTINCT FROM NEW."unit_id" OR OLD."code" IS DISTINCT FROM NEW."code" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."timezone" IS DISTINCT FROM NEW."timezone" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."is_community" IS DISTINCT FROM NEW."is_community" OR OLD."money_currency" IS DISTINCT FROM NEW."money_currency" OR OLD."earn_points" IS DISTINCT FROM NEW."earn_points" OR OLD."earn_per" IS DISTINCT FROM NEW."earn_per" OR OLD."pending_days" IS DISTINCT FROM NEW."pending_days" OR OLD."expiry_months" IS DISTINCT FROM NEW."expiry_months" OR OLD."expiry_kind" IS DISTINCT FROM NEW."expiry_kind" OR OLD."expiry_dates" IS DISTINCT FROM NEW."expiry_dates" OR OLD."expiry_warning_days" IS DISTINCT FROM NEW."expiry_warning_days" OR OLD."pending_until" IS DISTINCT FROM NEW."pending_until" OR OLD."return_policy" IS DISTINCT FROM NEW."return_policy" OR OLD."debt_max" IS DISTINCT FROM NEW."debt_max" OR OLD."redeem_points_min" IS DISTINCT FROM NEW."redeem_points_min" OR OLD."redeem_percent_max" IS DISTINCT FROM NEW."redeem_percent_max" OR OLD."tier_months" IS DISTINCT FROM NEW."tier_months" OR OLD."tier_basis" IS DISTINCT FROM NEW."tier_basis" OR OLD."tier_window" IS DISTINCT FROM NEW."tier_window" OR OLD."tier_downgrade" IS DISTINCT FROM NEW."tier_downgrade" OR OLD."tier_grace_days" IS DISTINCT FROM NEW."tier_grace_days" OR OLD."tier_warning_days" IS DISTINCT FROM NEW."tier_warning_days")', declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "expiry_kind", "expiry_dates", "expiry_warning_days", "pending_until", "return_policy", "debt_max", "redeem_points_min", "redeem_percent_max", "tier_months", "tier_basis", "tier_window", "tier_downgrade", "tier_grace_days", "tier_warning_days", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."unit_id", NEW."code", NEW."name", NEW."kind", NEW."timezone", NEW."status", NEW."is_community", NEW."money_currency", NEW."earn_points", NEW."earn_per", NEW."pending_days", NEW."expiry_months", NEW."expiry_kind", NEW."expiry_dates", NEW."expiry_warning_days", NEW."pending_until", NEW."return_policy", NEW."debt_max", NEW."redeem_points_min", NEW."redeem_percent_max", NEW."tier_months", NEW."tier_basis", NEW."tier_window", NEW."tier_downgrade", NEW."tier_grace_days", NEW."tier_warning_days", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'unit_id\', \'code\', \'name\', \'kind\', \'timezone\', \'status\', \'is_community\', \'money_currency\', \'earn_points\', \'earn_per\', \'pending_days\', \'expiry_months\', \'expiry_kind\', \'expiry_dates\', \'expiry_warning_days\', \'pending_until\', \'return_policy\', \'debt_max\', \'redeem_points_min\', \'redeem_percent_max\', \'tier_months\', \'tier_basis\', \'tier_window\', \'tier_downgrade\', \'tier_grace_days\', \'tier_warning_days\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='b16a1c92a8ec0eed0536fc3e00334b86f60ff916', operation='UPDATE', pgid='pgtrigger_history_update_2deac', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "expiry_kind", "expiry_dates", "expiry_warning_days", "pending_until", "return_policy", "debt_max", "redeem_points_min", "redeem_percent_max", "tier_months", "tier_basis", "tier_window", "tier_downgrade", "tier_grace_days", "tier_warning_days", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."unit_id", NEW."code", NEW."name", NEW."kind", NEW."timezone", NEW."status", NEW."is_community", NEW."money_currency", NEW."earn_points", NEW."earn_per", NEW."pending_days", NEW."expiry_months", NEW."expiry_kind", NEW."expiry_dates", NEW."expiry_warning_days", NEW."pending_until", NEW."return_policy", NEW."debt_max", NEW."redeem_points_min", NEW."redeem_percent_max", NEW."tier_months", NEW."tier_basis", NEW."tier_window", NEW."tier_downgrade", NEW."tier_grace_days", NEW."tier_warning_days", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='d05cbf312494a65e4831e2b62ef49f0d79a56baf', operation='INSERT', pgid='pgtrigger_history_insert_cf179', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "expiry_kind", "expiry_dates", "expiry_warning_days", "pending_until", "return_policy", "debt_max", "redeem_points_min", "redeem_percent_max", "tier_months", "tier_basis", "tier_window", "tier_downgrade", "tier_grace_days", "tier_warning_days", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."unit_id", OLD."code", OLD."name", OLD."kind", OLD."timezone", OLD."status", OLD."is_community", OLD."money_currency", OLD."earn_points", OLD."earn_per", OLD."pending_days", OLD."expiry_months", OLD."expiry_kind", OLD."expiry_dates", OLD."expiry_warning_days", OLD."pending_until", OLD."return_policy", OLD."debt_max", OLD."redeem_points_min", OLD."redeem_percent_max", OLD."tier_months", OLD."tier_basis", OLD."tier_window", OLD."tier_downgrade", OLD."tier_grace_days", OLD."tier_warning_days", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='04b2ace470f24c0fb6b551925af653ced7946d50', operation='DELETE', pgid='pgtrigger_history_delete_67c09', table='programs_program', when='AFTER')),
        ),
    ]
