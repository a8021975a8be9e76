"""Records of what changes of brands, people, keys, members and approvals."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0008_list_of_changes'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApprovalRequestHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('kind', models.CharField(max_length=40, null=True)),
                ('summary', models.CharField(max_length=400, null=True)),
                ('payload', models.JSONField(null=True)),
                ('subject_id', models.UUIDField(null=True)),
                ('reason', models.CharField(max_length=400, null=True)),
                ('status', models.CharField(max_length=10, null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decision_reason', models.CharField(max_length=400, null=True)),
                ('result', models.CharField(max_length=400, null=True)),
                ('brand', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('decided_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.approvalrequest')),
                ('requested_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='BrandHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('code', models.SlugField(db_index=False, null=True)),
                ('name', models.CharField(max_length=120, null=True)),
                ('country', models.CharField(max_length=2, null=True)),
                ('approval_points_min', models.BigIntegerField(null=True)),
                ('approval_bulk_points_min', models.BigIntegerField(null=True)),
                ('approval_terms', models.BooleanField(null=True)),
                ('approval_roles', models.CharField(max_length=8, null=True)),
                ('requires_second_factor', models.BooleanField(null=True)),
                ('cool_down_hours', models.PositiveSmallIntegerField(null=True)),
                ('retention_months', models.PositiveSmallIntegerField(null=True)),
                ('logo_digest', models.CharField(editable=False, max_length=64, null=True)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.brand')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='BrandMemberHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('external_id', models.CharField(max_length=120, null=True)),
                ('brand', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('member', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.member')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.brandmember')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='MemberHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('email', models.BinaryField(null=True)),
                ('phone', models.BinaryField(null=True)),
                ('birth_date', models.BinaryField(null=True)),
                ('address', models.BinaryField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('name', models.CharField(max_length=120, null=True)),
                ('preferences', models.JSONField(null=True)),
                ('consents', models.JSONField(null=True)),
                ('is_synthetic', models.BooleanField(null=True)),
                ('is_active', models.BooleanField(null=True)),
                ('erased_at', models.DateTimeField(editable=False, null=True)),
                ('created_by', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('person', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.member')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PersonHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('email', models.BinaryField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('name', models.CharField(max_length=120, null=True)),
                ('is_active', models.BooleanField(null=True)),
                ('is_operator', models.BooleanField(null=True)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ServerKeyHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('name', models.CharField(max_length=80, null=True)),
                ('prefix', models.CharField(editable=False, max_length=16, null=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), null=True, size=None)),
                ('rate', models.CharField(max_length=20, null=True)),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('brand', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.serverkey')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SignOnHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('slug', models.SlugField(db_index=False, editable=False, null=True)),
                ('name', models.CharField(max_length=60, null=True)),
                ('issuer', models.CharField(max_length=300, null=True)),
                ('client_id', models.CharField(max_length=255, null=True)),
                ('groups_claim', models.CharField(max_length=100, null=True)),
                ('role_by_group', models.JSONField(null=True)),
                ('email_domains', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), null=True, size=None)),
                ('confirmed_domains', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), editable=False, null=True, size=None)),
                ('asks_second_factor', models.BooleanField(null=True)),
                ('is_required', models.BooleanField(null=True)),
                ('break_glass', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), null=True, size=None)),
                ('is_active', models.BooleanField(null=True)),
                ('brand', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.signon')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='StaffHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.BigIntegerField()),
                ('role', models.CharField(max_length=10, null=True)),
                ('is_active', models.BooleanField(null=True)),
                ('brand', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('person', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.staff')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvalrequest',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."summary" IS DISTINCT FROM NEW."summary" OR OLD."payload" IS DISTINCT FROM NEW."payload" OR OLD."subject_id" IS DISTINCT FROM NEW."subject_id" OR OLD."reason" IS DISTINCT FROM NEW."reason" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."requested_by_id" IS DISTINCT FROM NEW."requested_by_id" OR OLD."decided_by_id" IS DISTINCT FROM NEW."decided_by_id" OR OLD."decided_at" IS DISTINCT FROM NEW."decided_at" OR OLD."decision_reason" IS DISTINCT FROM NEW."decision_reason" OR OLD."result" IS DISTINCT FROM NEW."result")', declare='DECLARE kept "loyalty_approvalrequesthistory";', func='INSERT INTO "loyalty_approvalrequesthistory" ("id", "brand_id", "kind", "summary", "payload", "subject_id", "reason", "status", "requested_by_id", "decided_by_id", "decided_at", "decision_reason", "result", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."kind", NEW."summary", NEW."payload", NEW."subject_id", NEW."reason", NEW."status", NEW."requested_by_id", NEW."decided_by_id", NEW."decided_at", NEW."decision_reason", NEW."result", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'kind\', \'summary\', \'payload\', \'subject_id\', \'reason\', \'status\', \'requested_by_id\', \'decided_by_id\', \'decided_at\', \'decision_reason\', \'result\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.approvalrequest\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='52856c4d056832aa44510ec36148662251623f90', operation='UPDATE', pgid='pgtrigger_history_update_64ddd', table='loyalty_approvalrequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvalrequest',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_approvalrequesthistory";', func='INSERT INTO "loyalty_approvalrequesthistory" ("id", "brand_id", "kind", "summary", "payload", "subject_id", "reason", "status", "requested_by_id", "decided_by_id", "decided_at", "decision_reason", "result", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."kind", NEW."summary", NEW."payload", NEW."subject_id", NEW."reason", NEW."status", NEW."requested_by_id", NEW."decided_by_id", NEW."decided_at", NEW."decision_reason", NEW."result", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.approvalrequest\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='5159d8138488e8f974406864cd968e1b3e168abc', operation='INSERT', pgid='pgtrigger_history_insert_4e4ac', table='loyalty_approvalrequest', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brand',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."code" IS DISTINCT FROM NEW."code" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."country" IS DISTINCT FROM NEW."country" OR OLD."approval_points_min" IS DISTINCT FROM NEW."approval_points_min" OR OLD."approval_bulk_points_min" IS DISTINCT FROM NEW."approval_bulk_points_min" OR OLD."approval_terms" IS DISTINCT FROM NEW."approval_terms" OR OLD."approval_roles" IS DISTINCT FROM NEW."approval_roles" OR OLD."requires_second_factor" IS DISTINCT FROM NEW."requires_second_factor" OR OLD."cool_down_hours" IS DISTINCT FROM NEW."cool_down_hours" OR OLD."retention_months" IS DISTINCT FROM NEW."retention_months" OR OLD."logo_digest" IS DISTINCT FROM NEW."logo_digest")', declare='DECLARE kept "loyalty_brandhistory";', func='INSERT INTO "loyalty_brandhistory" ("id", "code", "name", "country", "approval_points_min", "approval_bulk_points_min", "approval_terms", "approval_roles", "requires_second_factor", "cool_down_hours", "retention_months", "logo_digest", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."code", NEW."name", NEW."country", NEW."approval_points_min", NEW."approval_bulk_points_min", NEW."approval_terms", NEW."approval_roles", NEW."requires_second_factor", NEW."cool_down_hours", NEW."retention_months", NEW."logo_digest", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'code\', \'name\', \'country\', \'approval_points_min\', \'approval_bulk_points_min\', \'approval_terms\', \'approval_roles\', \'requires_second_factor\', \'cool_down_hours\', \'retention_months\', \'logo_digest\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.brand\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.id], loyalty_row_digest(kept)); RETURN NULL;', hash='97a8943a3eb3b9e7558629e5d23ef541a24f89f7', operation='UPDATE', pgid='pgtrigger_history_update_57155', table='loyalty_brand', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brand',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_brandhistory";', func='INSERT INTO "loyalty_brandhistory" ("id", "code", "name", "country", "approval_points_min", "approval_bulk_points_min", "approval_terms", "approval_roles", "requires_second_factor", "cool_down_hours", "retention_months", "logo_digest", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."code", NEW."name", NEW."country", NEW."approval_points_min", NEW."approval_bulk_points_min", NEW."approval_terms", NEW."approval_roles", NEW."requires_second_factor", NEW."cool_down_hours", NEW."retention_months", NEW."logo_digest", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.brand\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.id], loyalty_row_digest(kept)); RETURN NULL;', hash='b1e6b83c34fa4943e71a46473856fb3cfff53f76', operation='INSERT', pgid='pgtrigger_history_insert_8aaa7', table='loyalty_brand', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brand',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_brandhistory";', func='INSERT INTO "loyalty_brandhistory" ("id", "code", "name", "country", "approval_points_min", "approval_bulk_points_min", "approval_terms", "approval_roles", "requires_second_factor", "cool_down_hours", "retention_months", "logo_digest", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."code", OLD."name", OLD."country", OLD."approval_points_min", OLD."approval_bulk_points_min", OLD."approval_terms", OLD."approval_roles", OLD."requires_second_factor", OLD."cool_down_hours", OLD."retention_months", OLD."logo_digest", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.brand\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.id], loyalty_row_digest(kept)); RETURN NULL;', hash='1ea977eb54adaadaa0b2fdca5e9247e3a81e4cf8', operation='DELETE', pgid='pgtrigger_history_delete_f3127', table='loyalty_brand', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brandmember',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."member_id" IS DISTINCT FROM NEW."member_id" OR OLD."external_id" IS DISTINCT FROM NEW."external_id")', declare='DECLARE kept "loyalty_brandmemberhistory";', func='INSERT INTO "loyalty_brandmemberhistory" ("id", "brand_id", "member_id", "external_id", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."member_id", NEW."external_id", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'member_id\', \'external_id\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.brandmember\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='d20b3b1d3c45df7e4365d0b6ec11ad287b8826fd', operation='UPDATE', pgid='pgtrigger_history_update_431ab', table='loyalty_brandmember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brandmember',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_brandmemberhistory";', func='INSERT INTO "loyalty_brandmemberhistory" ("id", "brand_id", "member_id", "external_id", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."member_id", OLD."external_id", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.brandmember\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='46bb50c40d64e5b0db45f8638af31f16d49c8358', operation='DELETE', pgid='pgtrigger_history_delete_361ec', table='loyalty_brandmember', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='member',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."person_id" IS DISTINCT FROM NEW."person_id" OR OLD."created_by_id" IS DISTINCT FROM NEW."created_by_id" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."email" IS DISTINCT FROM NEW."email" OR OLD."phone" IS DISTINCT FROM NEW."phone" OR OLD."birth_date" IS DISTINCT FROM NEW."birth_date" OR OLD."address" IS DISTINCT FROM NEW."address" OR OLD."preferences" IS DISTINCT FROM NEW."preferences" OR OLD."consents" IS DISTINCT FROM NEW."consents" OR OLD."is_synthetic" IS DISTINCT FROM NEW."is_synthetic" OR OLD."is_active" IS DISTINCT FROM NEW."is_active" OR OLD."erased_at" IS DISTINCT FROM NEW."erased_at")', declare='DECLARE kept "loyalty_memberhistory";', func='INSERT INTO "loyalty_memberhistory" ("id", "person_id", "created_by_id", "name", "email", "phone", "birth_date", "address", "preferences", "consents", "is_synthetic", "is_active", "erased_at", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."person_id", NEW."created_by_id", NEW."name", NEW."email", NEW."phone", NEW."birth_date", NEW."address", NEW."preferences", NEW."consents", NEW."is_synthetic", NEW."is_active", NEW."erased_at", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'person_id\', \'created_by_id\', \'name\', \'email\', \'phone\', \'birth_date\', \'address\', \'preferences\', \'consents\', \'is_synthetic\', \'is_active\', \'erased_at\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.member\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_brandmember WHERE member_id = NEW.id), loyalty_row_digest(kept)); RETURN NULL;', hash='9b0ed38067878ef20172c1738af6663348d9db60', operation='UPDATE', pgid='pgtrigger_history_update_a789e', table='loyalty_member', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='member',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_memberhistory";', func='INSERT INTO "loyalty_memberhistory" ("id", "person_id", "created_by_id", "name", "email", "phone", "birth_date", "address", "preferences", "consents", "is_synthetic", "is_active", "erased_at", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."person_id", OLD."created_by_id", OLD."name", OLD."email", OLD."phone", OLD."birth_date", OLD."address", OLD."preferences", OLD."consents", OLD."is_synthetic", OLD."is_active", OLD."erased_at", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.member\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_brandmember WHERE member_id = OLD.id), loyalty_row_digest(kept)); RETURN NULL;', hash='a70b78ee394d1fff17183348b8c8edcfb0b03842', operation='DELETE', pgid='pgtrigger_history_delete_2ddab', table='loyalty_member', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."email" IS DISTINCT FROM NEW."email" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."is_active" IS DISTINCT FROM NEW."is_active" OR OLD."is_operator" IS DISTINCT FROM NEW."is_operator" OR OLD."password" IS DISTINCT FROM NEW."password")', declare='DECLARE kept "loyalty_personhistory";', func='INSERT INTO "loyalty_personhistory" ("id", "email", "name", "is_active", "is_operator", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."email", NEW."name", NEW."is_active", NEW."is_operator", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'email\', \'name\', \'is_active\', \'is_operator\']::text[], ARRAY[\'password\']::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.person\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = NEW.id), loyalty_row_digest(kept)); RETURN NULL;', hash='75a03aefe64af47162fc46154cdf1ac15a6c1c91', operation='UPDATE', pgid='pgtrigger_history_update_16f3d', table='loyalty_person', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_personhistory";', func='INSERT INTO "loyalty_personhistory" ("id", "email", "name", "is_active", "is_operator", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."email", NEW."name", NEW."is_active", NEW."is_operator", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.person\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = NEW.id), loyalty_row_digest(kept)); RETURN NULL;', hash='b0befec435d32a14fd2a98eac3d2d0ab3433d37b', operation='INSERT', pgid='pgtrigger_history_insert_7c72f', table='loyalty_person', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='person',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_personhistory";', func='INSERT INTO "loyalty_personhistory" ("id", "email", "name", "is_active", "is_operator", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."email", OLD."name", OLD."is_active", OLD."is_operator", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.person\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = OLD.id), loyalty_row_digest(kept)); RETURN NULL;', hash='43aea295566976d3270c91e94a45590fafd71377', operation='DELETE', pgid='pgtrigger_history_delete_79764', table='loyalty_person', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serverkey',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."prefix" IS DISTINCT FROM NEW."prefix" OR OLD."scopes" IS DISTINCT FROM NEW."scopes" OR OLD."rate" IS DISTINCT FROM NEW."rate" OR OLD."expires_at" IS DISTINCT FROM NEW."expires_at" OR OLD."revoked_at" IS DISTINCT FROM NEW."revoked_at" OR OLD."key_hash" IS DISTINCT FROM NEW."key_hash")', declare='DECLARE kept "loyalty_serverkeyhistory";', func='INSERT INTO "loyalty_serverkeyhistory" ("id", "brand_id", "name", "prefix", "scopes", "rate", "expires_at", "revoked_at", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."name", NEW."prefix", NEW."scopes", NEW."rate", NEW."expires_at", NEW."revoked_at", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'name\', \'prefix\', \'scopes\', \'rate\', \'expires_at\', \'revoked_at\']::text[], ARRAY[\'key_hash\']::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.serverkey\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='1c0738e74a4156d325ff891af4f78bcf187a8aac', operation='UPDATE', pgid='pgtrigger_history_update_a6e09', table='loyalty_serverkey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serverkey',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_serverkeyhistory";', func='INSERT INTO "loyalty_serverkeyhistory" ("id", "brand_id", "name", "prefix", "scopes", "rate", "expires_at", "revoked_at", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."name", NEW."prefix", NEW."scopes", NEW."rate", NEW."expires_at", NEW."revoked_at", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.serverkey\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='b754133b9b1aa0c847381fbf02887122310086b5', operation='INSERT', pgid='pgtrigger_history_insert_951eb', table='loyalty_serverkey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serverkey',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_serverkeyhistory";', func='INSERT INTO "loyalty_serverkeyhistory" ("id", "brand_id", "name", "prefix", "scopes", "rate", "expires_at", "revoked_at", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."name", OLD."prefix", OLD."scopes", OLD."rate", OLD."expires_at", OLD."revoked_at", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.serverkey\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='482a9c2df353523cb695d74acd3520448c2cc76a', operation='DELETE', pgid='pgtrigger_history_delete_dcb91', table='loyalty_serverkey', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signon',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."slug" IS DISTINCT FROM NEW."slug" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."issuer" IS DISTINCT FROM NEW."issuer" OR OLD."client_id" IS DISTINCT FROM NEW."client_id" OR OLD."groups_claim" IS DISTINCT FROM NEW."groups_claim" OR OLD."role_by_group" IS DISTINCT FROM NEW."role_by_group" OR OLD."email_domains" IS DISTINCT FROM NEW."email_domains" OR OLD."confirmed_domains" IS DISTINCT FROM NEW."confirmed_domains" OR OLD."asks_second_factor" IS DISTINCT FROM NEW."asks_second_factor" OR OLD."is_required" IS DISTINCT FROM NEW."is_required" OR OLD."break_glass" IS DISTINCT FROM NEW."break_glass" OR OLD."is_active" IS DISTINCT FROM NEW."is_active" OR OLD."client_secret" IS DISTINCT FROM NEW."client_secret")', declare='DECLARE kept "loyalty_signonhistory";', func='INSERT INTO "loyalty_signonhistory" ("id", "brand_id", "slug", "name", "issuer", "client_id", "groups_claim", "role_by_group", "email_domains", "confirmed_domains", "asks_second_factor", "is_required", "break_glass", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."slug", NEW."name", NEW."issuer", NEW."client_id", NEW."groups_claim", NEW."role_by_group", NEW."email_domains", NEW."confirmed_domains", NEW."asks_second_factor", NEW."is_required", NEW."break_glass", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'slug\', \'name\', \'issuer\', \'client_id\', \'groups_claim\', \'role_by_group\', \'email_domains\', \'confirmed_domains\', \'asks_second_factor\', \'is_required\', \'break_glass\', \'is_active\']::text[], ARRAY[\'client_secret\']::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.signon\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='3e7b95eaca95cb2bdf5489c832aeab92e47d2c32', operation='UPDATE', pgid='pgtrigger_history_update_b7965', table='loyalty_signon', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signon',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_signonhistory";', func='INSERT INTO "loyalty_signonhistory" ("id", "brand_id", "slug", "name", "issuer", "client_id", "groups_claim", "role_by_group", "email_domains", "confirmed_domains", "asks_second_factor", "is_required", "break_glass", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."slug", NEW."name", NEW."issuer", NEW."client_id", NEW."groups_claim", NEW."role_by_group", NEW."email_domains", NEW."confirmed_domains", NEW."asks_second_factor", NEW."is_required", NEW."break_glass", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.signon\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='c383727369cd1f8468924038d3fb953aaa19d598', operation='INSERT', pgid='pgtrigger_history_insert_939da', table='loyalty_signon', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signon',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_signonhistory";', func='INSERT INTO "loyalty_signonhistory" ("id", "brand_id", "slug", "name", "issuer", "client_id", "groups_claim", "role_by_group", "email_domains", "confirmed_domains", "asks_second_factor", "is_required", "break_glass", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."slug", OLD."name", OLD."issuer", OLD."client_id", OLD."groups_claim", OLD."role_by_group", OLD."email_domains", OLD."confirmed_domains", OLD."asks_second_factor", OLD."is_required", OLD."break_glass", OLD."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.signon\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='477ec8857ffff0fd6b370c35e21535db9b837ad8', operation='DELETE', pgid='pgtrigger_history_delete_75a51', table='loyalty_signon', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staff',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."person_id" IS DISTINCT FROM NEW."person_id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."role" IS DISTINCT FROM NEW."role" OR OLD."is_active" IS DISTINCT FROM NEW."is_active")', declare='DECLARE kept "loyalty_staffhistory";', func='INSERT INTO "loyalty_staffhistory" ("id", "person_id", "brand_id", "role", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."person_id", NEW."brand_id", NEW."role", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'person_id\', \'brand_id\', \'role\', \'is_active\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.staff\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='3059c6c374d15e021c646fd29181dcea21f16287', operation='UPDATE', pgid='pgtrigger_history_update_bc5eb', table='loyalty_staff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staff',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_staffhistory";', func='INSERT INTO "loyalty_staffhistory" ("id", "person_id", "brand_id", "role", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."person_id", NEW."brand_id", NEW."role", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.staff\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='fee7be53b52755d8399cd9b8faa6679232441652', operation='INSERT', pgid='pgtrigger_history_insert_38dfb', table='loyalty_staff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staff',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_staffhistory";', func='INSERT INTO "loyalty_staffhistory" ("id", "person_id", "brand_id", "role", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."person_id", OLD."brand_id", OLD."role", OLD."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.staff\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='a98694dbc62b68aed98eaaa293826a0c743f1f5e', operation='DELETE', pgid='pgtrigger_history_delete_f5921', table='loyalty_staff', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvalrequesthistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='acff6d3ec12cd36738bd764fcd5f9b4c13dd85bf', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f6370', table='loyalty_approvalrequesthistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='approvalrequesthistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='2fa3589827c96dcff8b2650bc0beca6ce7c7fb6b', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_3e0e4', table='loyalty_approvalrequesthistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brandhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='01856525aec41f5f7d5c4b1d4381f3cfe7f9d49c', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_effc7', table='loyalty_brandhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brandhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='044229286b5ce218add33d9191987a069c7e6470', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_87631', table='loyalty_brandhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brandmemberhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='180c960afe73482150edff619b508f8144acafa1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_e8fa9', table='loyalty_brandmemberhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='brandmemberhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='fd12d1f9dc8e36406d8704ed998f29150fe6f625', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1b867', table='loyalty_brandmemberhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='memberhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='cb1b10e4d5a68c9be4b0403d93ffda5f323be494', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8b880', table='loyalty_memberhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='memberhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='ac69cab0b90cc5ac85adc7a2a6345b8e72c43fb6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_7e15c', table='loyalty_memberhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='0fea0f8f6d4265744c2dc4b1f246aed7fd31b76a', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_9dc6d', table='loyalty_personhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='personhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='a6c720e2a660adc349aaa790276309341f1a95dc', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_11ab3', table='loyalty_personhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serverkeyhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='a77887f8dd1bdfb0344d90525c9bc12c887a808f', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_78896', table='loyalty_serverkeyhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serverkeyhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='d756b751efa2b2f3f1e3824948731c188756edeb', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_71aa8', table='loyalty_serverkeyhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signonhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='a1e00f73774135af5576c58c856eb93884606dc5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_c26cd', table='loyalty_signonhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='signonhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='30282495768965f0e50637f17f5f344a9426e897', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_d6c18', table='loyalty_signonhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='021e5c88cda876f3d0170af0226c68f9e32c63d9', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_f1da6', table='loyalty_staffhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='staffhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='13b484f53a0330e2007abaab71d070438a672bcc', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_4401a', table='loyalty_staffhistory', when='BEFORE')),
        ),
    ]
