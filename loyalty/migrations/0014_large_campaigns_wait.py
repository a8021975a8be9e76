"""A brand says from which size on a campaign waits for a second person."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0013_history_is_read_in_order'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='brand',
            name='history_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='brand',
            name='history_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='brand',
            name='history_delete',
        ),
        migrations.AddField(
            model_name='brand',
            name='approval_campaign_points',
            field=models.BigIntegerField(blank=True, help_text='Campaigns that can give this many points or more, or without a bound, wait for a second person. Empty: none does.', null=True),
        ),
        migrations.AddField(
            model_name='brandhistory',
            name='approval_campaign_points',
            field=models.BigIntegerField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brand',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."code" IS DISTINCT FROM NEW."code" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."country" IS DISTINCT FROM NEW."country" OR OLD."approval_points_min" IS DISTINCT FROM NEW."approval_points_min" OR OLD."approval_bulk_points_min" IS DISTINCT FROM NEW."approval_bulk_points_min" OR OLD."approval_terms" IS DISTINCT FROM NEW."approval_terms" OR OLD."approval_campaign_points" IS DISTINCT FROM NEW."approval_campaign_points" OR OLD."approval_roles" IS DISTINCT FROM NEW."approval_roles" OR OLD."requires_second_factor" IS DISTINCT FROM NEW."requires_second_factor" OR OLD."cool_down_hours" IS DISTINCT FROM NEW."cool_down_hours" OR OLD."retention_months" IS DISTINCT FROM NEW."retention_months" OR OLD."logo_digest" IS DISTINCT FROM NEW."logo_digest")', declare='DECLARE kept "loyalty_brandhistory";', func='INSERT INTO "loyalty_brandhistory" ("id", "code", "name", "country", "approval_points_min", "approval_bulk_points_min", "approval_terms", "approval_campaign_points", "approval_roles", "requires_second_factor", "cool_down_hours", "retention_months", "logo_digest", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."code", NEW."name", NEW."country", NEW."approval_points_min", NEW."approval_bulk_points_min", NEW."approval_terms", NEW."approval_campaign_points", NEW."approval_roles", NEW."requires_second_factor", NEW."cool_down_hours", NEW."retention_months", NEW."logo_digest", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'code\', \'name\', \'country\', \'approval_points_min\', \'approval_bulk_points_min\', \'approval_terms\', \'approval_campaign_points\', \'approval_roles\', \'requires_second_factor\', \'cool_down_hours\', \'retention_months\', \'logo_digest\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.brand\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.id], loyalty_row_digest(kept)); RETURN NULL;', hash='f4b471cc9d1720924fb8798ff581548bed71f2d7', operation='UPDATE', pgid='pgtrigger_history_update_57155', table='loyalty_brand', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brand',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_brandhistory";', func='INSERT INTO "loyalty_brandhistory" ("id", "code", "name", "country", "approval_points_min", "approval_bulk_points_min", "approval_terms", "approval_campaign_points", "approval_roles", "requires_second_factor", "cool_down_hours", "retention_months", "logo_digest", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."code", NEW."name", NEW."country", NEW."approval_points_min", NEW."approval_bulk_points_min", NEW."approval_terms", NEW."approval_campaign_points", NEW."approval_roles", NEW."requires_second_factor", NEW."cool_down_hours", NEW."retention_months", NEW."logo_digest", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.brand\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.id], loyalty_row_digest(kept)); RETURN NULL;', hash='0300735d2a6ad966b0611d37c669501cbf870d1b', operation='INSERT', pgid='pgtrigger_history_insert_8aaa7', table='loyalty_brand', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brand',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_brandhistory";', func='INSERT INTO "loyalty_brandhistory" ("id", "code", "name", "country", "approval_points_min", "approval_bulk_points_min", "approval_terms", "approval_campaign_points", "approval_roles", "requires_second_factor", "cool_down_hours", "retention_months", "logo_digest", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."code", OLD."name", OLD."country", OLD."approval_points_min", OLD."approval_bulk_points_min", OLD."approval_terms", OLD."approval_campaign_points", OLD."approval_roles", OLD."requires_second_factor", OLD."cool_down_hours", OLD."retention_months", OLD."logo_digest", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.brand\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.id], loyalty_row_digest(kept)); RETURN NULL;', hash='78af1c13ef7b7ee97d468590ef46a842c3028aa5', operation='DELETE', pgid='pgtrigger_history_delete_f3127', table='loyalty_brand', when='AFTER')),
        ),
    ]
