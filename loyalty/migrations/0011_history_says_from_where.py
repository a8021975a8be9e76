"""The history says from where a change came, is read quickly, and keeps second factors and ties to providers."""

import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0010_people_can_be_erased'),
        ('mfa', '0003_authenticator_type_uniq'),
        ('socialaccount', '0006_alter_socialaccount_extra_data'),
    ]

    operations = [
        migrations.CreateModel(
            name='FactorHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('type', models.CharField(max_length=20, null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SignOnTieHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('provider', models.CharField(max_length=200, null=True, verbose_name='provider')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SignOnTie',
            fields=[
            ],
            options={
                'verbose_name': 'tie to a provider',
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('socialaccount.socialaccount',),
        ),
        migrations.CreateModel(
            name='Factor',
            fields=[
            ],
            options={
                'verbose_name': 'second factor',
                'proxy': True,
                'default_permissions': (),
                'indexes': [],
                'constraints': [],
            },
            bases=('mfa.authenticator',),
        ),
        migrations.RemoveIndex(
            model_name='change',
            name='change_by_actor',
        ),
        migrations.RemoveIndex(
            model_name='change',
            name='change_by_time',
        ),
        migrations.RemoveIndex(
            model_name='change',
            name='change_by_brand',
        ),
        migrations.AddField(
            model_name='change',
            name='source',
            field=models.CharField(choices=[('portal', 'Portal'), ('api', 'API'), ('job', 'Background job'), ('command', 'Command'), ('process', 'Other program'), ('database', 'SQL by hand')], default='', help_text='From where it was done.', max_length=10),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['actor', 'recorded_at', 'id'], name='change_by_actor_and_time'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['recorded_at', 'id'], name='change_by_time_and_id'),
        ),
        migrations.AddField(
            model_name='factorhistory',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signontiehistory',
            name='user',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='signontiehistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.signontie'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signontie',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."user_id" IS DISTINCT FROM NEW."user_id" OR OLD."provider" IS DISTINCT FROM NEW."provider")', declare='DECLARE kept "loyalty_signontiehistory";', func='INSERT INTO "loyalty_signontiehistory" ("user_id", "provider", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."user_id", NEW."provider", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'user_id\', \'provider\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.signontie\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = NEW.user_id), loyalty_row_digest(kept)); RETURN NULL;', hash='021ae5f46db55ca2926ab0d6c8e72fa59d2375bc', operation='UPDATE', pgid='pgtrigger_history_update_a5f09', table='socialaccount_socialaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signontie',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_signontiehistory";', func='INSERT INTO "loyalty_signontiehistory" ("user_id", "provider", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."user_id", NEW."provider", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.signontie\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = NEW.user_id), loyalty_row_digest(kept)); RETURN NULL;', hash='63b70813797c6d2663c1a584932533188bb1718e', operation='INSERT', pgid='pgtrigger_history_insert_2b2c6', table='socialaccount_socialaccount', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signontie',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_signontiehistory";', func='INSERT INTO "loyalty_signontiehistory" ("user_id", "provider", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."user_id", OLD."provider", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.signontie\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = OLD.user_id), loyalty_row_digest(kept)); RETURN NULL;', hash='9348a8b424335c3dcc53b79fd4fcb081c3519ef8', operation='DELETE', pgid='pgtrigger_history_delete_bc523', table='socialaccount_socialaccount', when='AFTER')),
        ),
        migrations.AddField(
            model_name='factorhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.factor'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factor',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."user_id" IS DISTINCT FROM NEW."user_id" OR OLD."type" IS DISTINCT FROM NEW."type")', declare='DECLARE kept "loyalty_factorhistory";', func='INSERT INTO "loyalty_factorhistory" ("user_id", "type", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."user_id", NEW."type", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'user_id\', \'type\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.factor\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = NEW.user_id), loyalty_row_digest(kept)); RETURN NULL;', hash='34b9f7f4ef9e6d52f8f7aebf457e67fce3c81a77', operation='UPDATE', pgid='pgtrigger_history_update_1f807', table='mfa_authenticator', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factor',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_factorhistory";', func='INSERT INTO "loyalty_factorhistory" ("user_id", "type", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."user_id", NEW."type", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.factor\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = NEW.user_id), loyalty_row_digest(kept)); RETURN NULL;', hash='261c873d157d7bceffec1a259eb46d654062d749', operation='INSERT', pgid='pgtrigger_history_insert_98b33', table='mfa_authenticator', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factor',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_factorhistory";', func='INSERT INTO "loyalty_factorhistory" ("user_id", "type", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."user_id", OLD."type", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.factor\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = OLD.user_id), loyalty_row_digest(kept)); RETURN NULL;', hash='cc2f9a688fc350282fcc9304c546da12b8943a0f', operation='DELETE', pgid='pgtrigger_history_delete_0d6e5', table='mfa_authenticator', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signontiehistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='c4cfe52d36ba6afbb7d6472a02d5c0306d5d71fe', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ef5f0', table='loyalty_signontiehistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signontiehistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='a9793cbc957543f8bd1a713f6a51fbdbf919d06c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ac035', table='loyalty_signontiehistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factorhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='674bdab3135e5819b023ddd8ec04f6dbc91d3555', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2551e', table='loyalty_factorhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='factorhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='516ef26bccb8d1c7d5952d772450db9918525e39', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_15e19', table='loyalty_factorhistory', when='BEFORE')),
        ),
        run_sql("loyalty/sql/history_sources.sql"),
    ]
