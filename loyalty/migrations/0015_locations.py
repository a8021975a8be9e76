"""Brands have locations, and some of their people work at one of them only."""

import django.db.models.deletion
import loyalty.clock
import loyalty.ids
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0014_large_campaigns_wait'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='staff',
            name='history_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='staff',
            name='history_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='staff',
            name='history_delete',
        ),
        migrations.CreateModel(
            name='Location',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('code', models.SlugField(db_index=False, help_text='Short name, as tills send it: amsterdam-1.', max_length=80)),
                ('name', models.CharField(max_length=120)),
                ('is_active', models.BooleanField(default=True, help_text='Off: nothing is redeemed there.')),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='LocationHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('code', models.SlugField(db_index=False, max_length=80, null=True)),
                ('name', models.CharField(max_length=120, null=True)),
                ('is_active', models.BooleanField(null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='location',
            name='brand',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='locations', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='staff',
            name='location',
            field=models.ForeignKey(blank=True, help_text='Redeems, and sees what was redeemed, there only; empty: everywhere.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.location'),
        ),
        migrations.AddField(
            model_name='staffhistory',
            name='location',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.location'),
        ),
        migrations.AddField(
            model_name='locationhistory',
            name='brand',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='locationhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.location'),
        ),
        migrations.AddConstraint(
            model_name='location',
            constraint=models.UniqueConstraint(fields=('brand', 'code'), name='location_code_is_unique_in_the_brand'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staff',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."person_id" IS DISTINCT FROM NEW."person_id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."role" IS DISTINCT FROM NEW."role" OR OLD."location_id" IS DISTINCT FROM NEW."location_id" OR OLD."is_active" IS DISTINCT FROM NEW."is_active")', declare='DECLARE kept "loyalty_staffhistory";', func='INSERT INTO "loyalty_staffhistory" ("id", "person_id", "brand_id", "role", "location_id", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."person_id", NEW."brand_id", NEW."role", NEW."location_id", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'person_id\', \'brand_id\', \'role\', \'location_id\', \'is_active\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.staff\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='8efae2768beb2f9cd50f5e14430b8423e7ea162b', operation='UPDATE', pgid='pgtrigger_history_update_bc5eb', table='loyalty_staff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staff',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_staffhistory";', func='INSERT INTO "loyalty_staffhistory" ("id", "person_id", "brand_id", "role", "location_id", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."person_id", NEW."brand_id", NEW."role", NEW."location_id", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.staff\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='6695ed32eab4769a88859f3f2fe5de6fdd9e4bd7', operation='INSERT', pgid='pgtrigger_history_insert_38dfb', table='loyalty_staff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staff',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_staffhistory";', func='INSERT INTO "loyalty_staffhistory" ("id", "person_id", "brand_id", "role", "location_id", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."person_id", OLD."brand_id", OLD."role", OLD."location_id", OLD."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.staff\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='12f9f6bcd1f7b199aeffc7d5d4feb4e90723716d', operation='DELETE', pgid='pgtrigger_history_delete_f5921', table='loyalty_staff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='location',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."code" IS DISTINCT FROM NEW."code" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."is_active" IS DISTINCT FROM NEW."is_active")', declare='DECLARE kept "loyalty_locationhistory";', func='INSERT INTO "loyalty_locationhistory" ("id", "brand_id", "code", "name", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."code", NEW."name", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'code\', \'name\', \'is_active\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.location\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='72f7534c989b78dc4ed8fa296715091a6fd95a0b', operation='UPDATE', pgid='pgtrigger_history_update_649c2', table='loyalty_location', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='location',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_locationhistory";', func='INSERT INTO "loyalty_locationhistory" ("id", "brand_id", "code", "name", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."code", NEW."name", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.location\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='46032487c36d36a00eed6f16ccddc023d4501d1b', operation='INSERT', pgid='pgtrigger_history_insert_fb20c', table='loyalty_location', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='location',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_locationhistory";', func='INSERT INTO "loyalty_locationhistory" ("id", "brand_id", "code", "name", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."code", OLD."name", OLD."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.location\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='a76e813666e299a7dd646bf08e4530483bdbccd9', operation='DELETE', pgid='pgtrigger_history_delete_8fc3f', table='loyalty_location', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='locationhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='8055f8b3d4b30a2cc5a458229ed91078c91e2177', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_83d8b', table='loyalty_locationhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='locationhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='376e014589b76b8058b8c706c901f3cf4de1e956', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_8a817', table='loyalty_locationhistory', when='BEFORE')),
        ),
    ]
