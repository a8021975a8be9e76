"""Codes by which members bring others, what purchases earn at partners, and goals that were missed."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ('programs', '0011_purchases_by_rules'),
    ]

    operations = [
        migrations.CreateModel(
            name='PassedOn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('points', models.BigIntegerField(help_text='What the purchase is worth there, at the rate that the link had then.')),
                ('asked', models.PositiveIntegerField(db_default=1, help_text='How often there was something to do for it.')),
                ('done', models.PositiveIntegerField(db_default=0, help_text='How much of that is done.')),
                ('outcome', models.CharField(blank=True, db_default='', help_text='Posted, or why it was refused.', max_length=40)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='campaign',
            name='history_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='campaign',
            name='history_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='campaign',
            name='history_delete',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='programlink',
            name='history_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='programlink',
            name='history_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='programlink',
            name='history_delete',
        ),
        migrations.AddField(
            model_name='campaign',
            name='goal_missed_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When it was seen that the time is over without it.', null=True),
        ),
        migrations.AddField(
            model_name='campaignhistory',
            name='goal_missed_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='referral_code',
            field=models.CharField(editable=False, help_text="What the member's friends give when they join; made when it is first asked for.", max_length=8, null=True, unique=True),
        ),
        migrations.AddField(
            model_name='programlink',
            name='active_since',
            field=models.DateTimeField(blank=True, editable=False, help_text='Since when both agree; what was bought before earns nothing.', null=True),
        ),
        migrations.AddField(
            model_name='programlinkhistory',
            name='active_since',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='goal_paid_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When everybody who took part had been paid.', null=True),
        ),
        migrations.AlterField(
            model_name='campaign',
            name='goal_reached_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='When the purchase happened that reached it.', null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."key" IS DISTINCT FROM NEW."key" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."description" IS DISTINCT FROM NEW."description" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."starts_at" IS DISTINCT FROM NEW."starts_at" OR OLD."ends_at" IS DISTINCT FROM NEW."ends_at" OR OLD."audience" IS DISTINCT FROM NEW."audience" OR OLD."rules" IS DISTINCT FROM NEW."rules" OR OLD."budget_points" IS DISTINCT FROM NEW."budget_points" OR OLD."budget_times" IS DISTINCT FROM NEW."budget_times" OR OLD."member_points" IS DISTINCT FROM NEW."member_points" OR OLD."member_times" IS DISTINCT FROM NEW."member_times" OR OLD."priority" IS DISTINCT FROM NEW."priority" OR OLD."goal_metric" IS DISTINCT FROM NEW."goal_metric" OR OLD."goal_target" IS DISTINCT FROM NEW."goal_target" OR OLD."goal_points" IS DISTINCT FROM NEW."goal_points" OR OLD."goal_reached_at" IS DISTINCT FROM NEW."goal_reached_at" OR OLD."goal_paid_at" IS DISTINCT FROM NEW."goal_paid_at" OR OLD."goal_missed_at" IS DISTINCT FROM NEW."goal_missed_at" OR OLD."activated_at" IS DISTINCT FROM NEW."activated_at" OR OLD."ended_at" IS DISTINCT FROM NEW."ended_at" OR OLD."created_by" IS DISTINCT FROM NEW."created_by")', declare='DECLARE kept "programs_campaignhistory";', func='INSERT INTO "programs_campaignhistory" ("id", "program_id", "key", "name", "description", "status", "starts_at", "ends_at", "audience", "rules", "budget_points", "budget_times", "member_points", "member_times", "priority", "goal_metric", "goal_target", "goal_points", "goal_reached_at", "goal_paid_at", "goal_missed_at", "activated_at", "ended_at", "created_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."program_id", NEW."key", NEW."name", NEW."description", NEW."status", NEW."starts_at", NEW."ends_at", NEW."audience", NEW."rules", NEW."budget_points", NEW."budget_times", NEW."member_points", NEW."member_times", NEW."priority", NEW."goal_metric", NEW."goal_target", NEW."goal_points", NEW."goal_reached_at", NEW."goal_paid_at", NEW."goal_missed_at", NEW."activated_at", NEW."ended_at", NEW."created_by", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'program_id\', \'key\', \'name\', \'description\', \'status\', \'starts_at\', \'ends_at\', \'audience\', \'rules\', \'budget_points\', \'budget_times\', \'member_points\', \'member_times\', \'priority\', \'goal_metric\', \'goal_target\', \'goal_points\', \'goal_reached_at\', \'goal_paid_at\', \'goal_missed_at\', \'activated_at\', \'ended_at\', \'created_by\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.campaign\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='93fc819e113dd44152650aa330a7eeae2fac9680', operation='UPDATE', pgid='pgtrigger_history_update_0724d', table='programs_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_campaignhistory";', func='INSERT INTO "programs_campaignhistory" ("id", "program_id", "key", "name", "description", "status", "starts_at", "ends_at", "audience", "rules", "budget_points", "budget_times", "member_points", "member_times", "priority", "goal_metric", "goal_target", "goal_points", "goal_reached_at", "goal_paid_at", "goal_missed_at", "activated_at", "ended_at", "created_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."program_id", NEW."key", NEW."name", NEW."description", NEW."status", NEW."starts_at", NEW."ends_at", NEW."audience", NEW."rules", NEW."budget_points", NEW."budget_times", NEW."member_points", NEW."member_times", NEW."priority", NEW."goal_metric", NEW."goal_target", NEW."goal_points", NEW."goal_reached_at", NEW."goal_paid_at", NEW."goal_missed_at", NEW."activated_at", NEW."ended_at", NEW."created_by", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.campaign\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='fa0f291368a5f9e6be6de71a294021e7e581c826', operation='INSERT', pgid='pgtrigger_history_insert_fcc54', table='programs_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_campaignhistory";', func='INSERT INTO "programs_campaignhistory" ("id", "program_id", "key", "name", "description", "status", "starts_at", "ends_at", "audience", "rules", "budget_points", "budget_times", "member_points", "member_times", "priority", "goal_metric", "goal_target", "goal_points", "goal_reached_at", "goal_paid_at", "goal_missed_at", "activated_at", "ended_at", "created_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."program_id", OLD."key", OLD."name", OLD."description", OLD."status", OLD."starts_at", OLD."ends_at", OLD."audience", OLD."rules", OLD."budget_points", OLD."budget_times", OLD."member_points", OLD."member_times", OLD."priority", OLD."goal_metric", OLD."goal_target", OLD."goal_points", OLD."goal_reached_at", OLD."goal_paid_at", OLD."goal_missed_at", OLD."activated_at", OLD."ended_at", OLD."created_by", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.campaign\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = OLD.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='d7c7d1178edde0382ef5455ac45b1bb9640b27a6', operation='DELETE', pgid='pgtrigger_history_delete_7516e', table='programs_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programlink',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."partner_id" IS DISTINCT FROM NEW."partner_id" OR OLD."earn_points" IS DISTINCT FROM NEW."earn_points" OR OLD."earn_per_minor" IS DISTINCT FROM NEW."earn_per_minor" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."accepted_by" IS DISTINCT FROM NEW."accepted_by" OR OLD."active_since" IS DISTINCT FROM NEW."active_since")', declare='DECLARE kept "programs_programlinkhistory";', func='INSERT INTO "programs_programlinkhistory" ("id", "program_id", "partner_id", "earn_points", "earn_per_minor", "status", "accepted_by", "active_since", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."program_id", NEW."partner_id", NEW."earn_points", NEW."earn_per_minor", NEW."status", NEW."accepted_by", NEW."active_since", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'program_id\', \'partner_id\', \'earn_points\', \'earn_per_minor\', \'status\', \'accepted_by\', \'active_since\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.programlink\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.program_id, NEW.partner_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='6105e74b3789c7ad740ce226b3c6f7ea90941b37', operation='UPDATE', pgid='pgtrigger_history_update_b094f', table='programs_programlink', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programlink',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programlinkhistory";', func='INSERT INTO "programs_programlinkhistory" ("id", "program_id", "partner_id", "earn_points", "earn_per_minor", "status", "accepted_by", "active_since", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."program_id", NEW."partner_id", NEW."earn_points", NEW."earn_per_minor", NEW."status", NEW."accepted_by", NEW."active_since", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.programlink\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.program_id, NEW.partner_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='8324fdeb0bc6cb5ecf8d8d3ce791c761cde256c4', operation='INSERT', pgid='pgtrigger_history_insert_cf7f6', table='programs_programlink', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programlink',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programlinkhistory";', func='INSERT INTO "programs_programlinkhistory" ("id", "program_id", "partner_id", "earn_points", "earn_per_minor", "status", "accepted_by", "active_since", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."program_id", OLD."partner_id", OLD."earn_points", OLD."earn_per_minor", OLD."status", OLD."accepted_by", OLD."active_since", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.programlink\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (OLD.program_id, OLD.partner_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='1e88335f689bcfe006e942e150d3cb8104257f46', operation='DELETE', pgid='pgtrigger_history_delete_e6f27', table='programs_programlink', when='AFTER')),
        ),
        migrations.AddField(
            model_name='passedon',
            name='link',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.programlink'),
        ),
        migrations.AddField(
            model_name='passedon',
            name='purchase',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.purchase'),
        ),
        migrations.AddIndex(
            model_name='passedon',
            index=models.Index(condition=models.Q(('asked__gt', models.F('done'))), fields=['id'], name='passed_on_due'),
        ),
        migrations.AddConstraint(
            model_name='passedon',
            constraint=models.UniqueConstraint(fields=('purchase', 'link'), name='purchase_is_passed_on_once'),
        ),
        migrations.AddConstraint(
            model_name='passedon',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', 1)), name='passed_on_is_worth_something'),
        ),
        run_sql("programs/sql/purchases_are_passed_on.sql"),
    ]
