"""Records of what changes of programs, tiers and memberships."""

import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0008_list_of_changes'),
        ('programs', '0003_daily_figures'),
    ]

    operations = [
        migrations.CreateModel(
            name='MembershipHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('status', models.CharField(max_length=10, null=True)),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.member')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.membership')),
                ('program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ProgramHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('code', models.SlugField(db_index=False, max_length=30, null=True)),
                ('name', models.CharField(max_length=120, null=True)),
                ('kind', models.CharField(max_length=10, null=True)),
                ('timezone', models.CharField(max_length=60, null=True)),
                ('status', models.CharField(max_length=10, null=True)),
                ('is_community', models.BooleanField(null=True)),
                ('money_currency', models.CharField(max_length=3, null=True)),
                ('earn_points', models.BigIntegerField(null=True)),
                ('earn_per', models.DecimalField(decimal_places=2, max_digits=12, null=True)),
                ('pending_days', models.PositiveIntegerField(null=True)),
                ('expiry_months', models.PositiveIntegerField(null=True)),
                ('return_policy', models.CharField(max_length=20, null=True)),
                ('debt_max', models.BigIntegerField(null=True)),
                ('redeem_points_min', models.BigIntegerField(null=True)),
                ('tier_months', models.PositiveIntegerField(null=True)),
                ('brand', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.program')),
                ('unit', models.ForeignKey(db_constraint=False, db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='ledger.unit')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TierHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('code', models.SlugField(db_index=False, max_length=30, null=True)),
                ('name', models.CharField(max_length=60, null=True)),
                ('points_min', models.BigIntegerField(null=True)),
                ('benefits', models.TextField(null=True)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.tier')),
                ('program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membership',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."member_id" IS DISTINCT FROM NEW."member_id" OR OLD."status" IS DISTINCT FROM NEW."status")', declare='DECLARE kept "programs_membershiphistory";', func='INSERT INTO "programs_membershiphistory" ("program_id", "member_id", "status", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."program_id", NEW."member_id", NEW."status", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'program_id\', \'member_id\', \'status\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.membership\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='69526c10f3e02b70be31854284a872a7a094ca1d', operation='UPDATE', pgid='pgtrigger_history_update_3251e', table='programs_membership', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."unit_id" IS DISTINCT FROM NEW."unit_id" OR OLD."code" IS DISTINCT FROM NEW."code" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."timezone" IS DISTINCT FROM NEW."timezone" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."is_community" IS DISTINCT FROM NEW."is_community" OR OLD."money_currency" IS DISTINCT FROM NEW."money_currency" OR OLD."earn_points" IS DISTINCT FROM NEW."earn_points" OR OLD."earn_per" IS DISTINCT FROM NEW."earn_per" OR OLD."pending_days" IS DISTINCT FROM NEW."pending_days" OR OLD."expiry_months" IS DISTINCT FROM NEW."expiry_months" OR OLD."return_policy" IS DISTINCT FROM NEW."return_policy" OR OLD."debt_max" IS DISTINCT FROM NEW."debt_max" OR OLD."redeem_points_min" IS DISTINCT FROM NEW."redeem_points_min" OR OLD."tier_months" IS DISTINCT FROM NEW."tier_months")', declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "return_policy", "debt_max", "redeem_points_min", "tier_months", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."unit_id", NEW."code", NEW."name", NEW."kind", NEW."timezone", NEW."status", NEW."is_community", NEW."money_currency", NEW."earn_points", NEW."earn_per", NEW."pending_days", NEW."expiry_months", NEW."return_policy", NEW."debt_max", NEW."redeem_points_min", NEW."tier_months", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'unit_id\', \'code\', \'name\', \'kind\', \'timezone\', \'status\', \'is_community\', \'money_currency\', \'earn_points\', \'earn_per\', \'pending_days\', \'expiry_months\', \'return_policy\', \'debt_max\', \'redeem_points_min\', \'tier_months\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='d42b589c48f8092ff64e0ad6342dbb8f07c82235', operation='UPDATE', pgid='pgtrigger_history_update_2deac', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "return_policy", "debt_max", "redeem_points_min", "tier_months", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."unit_id", NEW."code", NEW."name", NEW."kind", NEW."timezone", NEW."status", NEW."is_community", NEW."money_currency", NEW."earn_points", NEW."earn_per", NEW."pending_days", NEW."expiry_months", NEW."return_policy", NEW."debt_max", NEW."redeem_points_min", NEW."tier_months", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='82f456def55b06781b863c93e2594615b9c6ad1c', operation='INSERT', pgid='pgtrigger_history_insert_cf179', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "return_policy", "debt_max", "redeem_points_min", "tier_months", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."unit_id", OLD."code", OLD."name", OLD."kind", OLD."timezone", OLD."status", OLD."is_community", OLD."money_currency", OLD."earn_points", OLD."earn_per", OLD."pending_days", OLD."expiry_months", OLD."return_policy", OLD."debt_max", OLD."redeem_points_min", OLD."tier_months", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='6cdab8933ca29d738ae16519c21d70ffba22a836', operation='DELETE', pgid='pgtrigger_history_delete_67c09', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tier',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."code" IS DISTINCT FROM NEW."code" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."points_min" IS DISTINCT FROM NEW."points_min" OR OLD."benefits" IS DISTINCT FROM NEW."benefits")', declare='DECLARE kept "programs_tierhistory";', func='INSERT INTO "programs_tierhistory" ("id", "program_id", "code", "name", "points_min", "benefits", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."program_id", NEW."code", NEW."name", NEW."points_min", NEW."benefits", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'program_id\', \'code\', \'name\', \'points_min\', \'benefits\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.tier\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='8a2eeb6254f4e4e028c369ecfb3a75f9c494e6aa', operation='UPDATE', pgid='pgtrigger_history_update_e6f1c', table='programs_tier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tier',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_tierhistory";', func='INSERT INTO "programs_tierhistory" ("id", "program_id", "code", "name", "points_min", "benefits", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."program_id", NEW."code", NEW."name", NEW."points_min", NEW."benefits", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.tier\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='eb6462da0cd3a697d5915262fc33cd936b06e3eb', operation='INSERT', pgid='pgtrigger_history_insert_b906b', table='programs_tier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tier',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_tierhistory";', func='INSERT INTO "programs_tierhistory" ("id", "program_id", "code", "name", "points_min", "benefits", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."program_id", OLD."code", OLD."name", OLD."points_min", OLD."benefits", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.tier\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = OLD.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='c5c3728579e21e928b0839673a87839676d63bde', operation='DELETE', pgid='pgtrigger_history_delete_b4cf4', table='programs_tier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membershiphistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='0586567bd63da6ba64a03c05d5da1b6806e8f9ac', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_7f1e7', table='programs_membershiphistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='membershiphistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='fb4ef9b5370d9acd736bcd6a20d4b288de5fe19c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_64351', table='programs_membershiphistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='9fa1d61ee8e3af95dbc480f35ac7b696d757410a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_614a5', table='programs_programhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='d4e4b7e440f163bcb4cb9a5b7e413567ff733d8d', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_f1ad9', table='programs_programhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tierhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='5efd744aa500b6930be636330157db3851e01f40', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_63c80', table='programs_tierhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tierhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='2d3eae9b0e6c481152f7e4a7940af17f9cc468ea', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_09e1d', table='programs_tierhistory', when='BEFORE')),
        ),
    ]
