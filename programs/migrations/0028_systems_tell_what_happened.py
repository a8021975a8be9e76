"""Other systems tell what happened, and receipts wait for somebody to claim them."""

import django.db.models.deletion
import loyalty.clock
import loyalty.ids
import loyalty.sealed.fields
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0016_members_and_systems_are_told'),
        ('programs', '0027_tiers_are_earned'),
    ]

    operations = [
        migrations.CreateModel(
            name='EventMapping',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('type', models.CharField(help_text='As the system sends it, say order.paid.', max_length=120)),
                ('act', models.CharField(choices=[('enrol', 'A member joins'), ('earn', 'A purchase'), ('return', 'A return'), ('trigger', 'Rules may give points for it'), ('ignore', 'Nothing')], max_length=10)),
                ('event_type', models.CharField(blank=True, help_text='For rules: the kind of event that it is to them; empty: the same name.', max_length=60)),
                ('parts', models.JSONField(blank=True, default=dict, help_text='Where its parts are, as JSON pointers: {"member": "/subject", "amount": "/data/total"}.')),
                ('facts', models.JSONField(blank=True, default=dict, help_text='What rules may ask besides: {"channel": "/data/source_name"}.')),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('brand', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='event_mappings', to='loyalty.brand')),
                ('program', models.ForeignKey(blank=True, help_text="Empty: the sender's program.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
            ],
            options={
                'ordering': ['brand', 'type'],
            },
        ),
        migrations.CreateModel(
            name='EventSource',
            fields=[
                ('data_key', loyalty.sealed.fields.DataKeyField(help_text="The row's own key, wrapped by the key ring.", null=True)),
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='What you call it, say The web shop.', max_length=80)),
                ('kind', models.CharField(choices=[('cloudevents', 'CloudEvents'), ('shopify', 'Shopify'), ('square', 'Square')], default='cloudevents', max_length=20)),
                ('location_id', models.CharField(blank=True, help_text='The location of its purchases.', max_length=80)),
                ('secret', loyalty.sealed.fields.SealedField(blank=True, help_text='With which it signs. Encrypted at rest.', max_length=200)),
                ('previous_secret', loyalty.sealed.fields.SealedField(blank=True, help_text='Taken too while it changes over.', max_length=200)),
                ('previous_until', models.DateTimeField(blank=True, null=True)),
                ('address', models.CharField(blank=True, help_text='The address that the sender knows us by, where it signs that too (Square).', max_length=2000)),
                ('is_active', models.BooleanField(default=True, help_text='Off: what it sends is refused.')),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('brand', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='event_sources', to='loyalty.brand')),
                ('program', models.ForeignKey(blank=True, help_text='Where its events count.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
            ],
            options={
                'ordering': ['brand', 'name'],
            },
        ),
        migrations.CreateModel(
            name='EventMappingHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('type', models.CharField(max_length=120, null=True)),
                ('act', models.CharField(max_length=10, null=True)),
                ('event_type', models.CharField(max_length=60, null=True)),
                ('parts', models.JSONField(null=True)),
                ('facts', models.JSONField(null=True)),
                ('is_active', models.BooleanField(null=True)),
                ('brand', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.eventmapping')),
                ('program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
                ('source', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.eventsource')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='eventmapping',
            name='source',
            field=models.ForeignKey(blank=True, help_text='Empty: any sender.', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='mappings', to='programs.eventsource'),
        ),
        migrations.CreateModel(
            name='EventSourceHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('name', models.CharField(max_length=80, null=True)),
                ('kind', models.CharField(max_length=20, null=True)),
                ('location_id', models.CharField(max_length=80, null=True)),
                ('previous_until', models.DateTimeField(null=True)),
                ('address', models.CharField(max_length=2000, null=True)),
                ('is_active', models.BooleanField(null=True)),
                ('brand', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.eventsource')),
                ('program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='InboundEvent',
            fields=[
                ('data_key', loyalty.sealed.fields.DataKeyField(help_text="The row's own key, wrapped by the key ring.", null=True)),
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('source', models.CharField(help_text="The event's source, as sent.", max_length=200)),
                ('event_key', models.CharField(help_text="The sender's own id of it.", max_length=200)),
                ('type', models.CharField(max_length=120)),
                ('occurred_at', models.DateTimeField(null=True)),
                ('fingerprint', models.BinaryField(help_text='Of what it says: another one of the same id is refused.', max_length=32)),
                ('content', loyalty.sealed.fields.SealedField(help_text='The event as it was sent (JSON). Encrypted at rest, gone with the member.')),
                ('content_changed', models.BooleanField(default=False, help_text='Somebody corrected it.')),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('done', 'Done'), ('ignored', 'Of an unknown type'), ('failed', 'Failed'), ('discarded', 'Discarded')], default='waiting', max_length=10)),
                ('act', models.CharField(blank=True, help_text='What it was taken for.', max_length=10)),
                ('reason', models.CharField(blank=True, help_text="The refusal's code.", max_length=60)),
                ('detail', models.CharField(blank=True, help_text='The refusal in words.', max_length=400)),
                ('waits_for', models.CharField(blank=True, help_text='What it cannot do without, hashed where personal.', max_length=120)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(default=loyalty.clock.now)),
                ('outcome', models.JSONField(default=dict, help_text='What it gave: ids of transactions and memberships.')),
                ('actor', models.CharField(blank=True, max_length=80)),
                ('received_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('ended_at', models.DateTimeField(null=True)),
                ('brand', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.brand')),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='inbound_events', to='loyalty.member')),
                ('sender', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='programs.eventsource')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(help_text="The receipt's number.", max_length=200)),
                ('code', models.CharField(blank=True, help_text='What is printed on it for claiming; may be a QR code.', max_length=32)),
                ('amount_minor', models.BigIntegerField(help_text="The total, in the currency's smallest unit.")),
                ('refunded_minor', models.BigIntegerField(default=0, help_text='How much of it came back before it was claimed.')),
                ('currency', models.CharField(max_length=3)),
                ('items', models.JSONField(default=list)),
                ('tenders', models.JSONField(default=list)),
                ('location_id', models.CharField(blank=True, max_length=80)),
                ('source', models.CharField(blank=True, max_length=40)),
                ('metadata', models.JSONField(default=dict)),
                ('fingerprint', models.BinaryField(max_length=32)),
                ('status', models.CharField(choices=[('open', 'Can be claimed'), ('claimed', 'Claimed'), ('void', 'All of it was returned')], default='open', max_length=10)),
                ('transaction_id', models.UUIDField(help_text='The transaction that claiming it gave.', null=True)),
                ('occurred_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(help_text='Until when it can be claimed.')),
                ('claimed_at', models.DateTimeField(null=True)),
                ('recorded_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('member', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='claimed_receipts', to='loyalty.member')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='programs.program')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddConstraint(
            model_name='eventsource',
            constraint=models.UniqueConstraint(fields=('brand', 'name'), name='event_source_name_is_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventsource',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."location_id" IS DISTINCT FROM NEW."location_id" OR OLD."previous_until" IS DISTINCT FROM NEW."previous_until" OR OLD."address" IS DISTINCT FROM NEW."address" OR OLD."is_active" IS DISTINCT FROM NEW."is_active" OR OLD."secret" IS DISTINCT FROM NEW."secret" OR OLD."previous_secret" IS DISTINCT FROM NEW."previous_secret")', declare='DECLARE kept "programs_eventsourcehistory";', func='INSERT INTO "programs_eventsourcehistory" ("id", "brand_id", "name", "kind", "program_id", "location_id", "previous_until", "address", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."name", NEW."kind", NEW."program_id", NEW."location_id", NEW."previous_until", NEW."address", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'name\', \'kind\', \'program_id\', \'location_id\', \'previous_until\', \'address\', \'is_active\']::text[], ARRAY[\'secret\', \'previous_secret\']::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventsource\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='190e79ba12fcf8bd9aedef7910a3842d2ae28cb9', operation='UPDATE', pgid='pgtrigger_history_update_45ed1', table='programs_eventsource', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventsource',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_eventsourcehistory";', func='INSERT INTO "programs_eventsourcehistory" ("id", "brand_id", "name", "kind", "program_id", "location_id", "previous_until", "address", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."name", NEW."kind", NEW."program_id", NEW."location_id", NEW."previous_until", NEW."address", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventsource\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='913c7627935142e2111f1579010997894ebf0222', operation='INSERT', pgid='pgtrigger_history_insert_d2c22', table='programs_eventsource', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventsource',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_eventsourcehistory";', func='INSERT INTO "programs_eventsourcehistory" ("id", "brand_id", "name", "kind", "program_id", "location_id", "previous_until", "address", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."name", OLD."kind", OLD."program_id", OLD."location_id", OLD."previous_until", OLD."address", OLD."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventsource\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='c75375d4b495ea49f7b4647635f1c30da59b065e', operation='DELETE', pgid='pgtrigger_history_delete_a945f', table='programs_eventsource', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventmappinghistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='6816072ca2551b48074e83dd051afd9718c15929', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_a6f0d', table='programs_eventmappinghistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventmappinghistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='13fff51d184b2786c1ccc48f1051dc1a1aee8db1', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_952d7', table='programs_eventmappinghistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='eventmapping',
            constraint=models.UniqueConstraint(fields=('brand', 'source', 'type'), name='event_mapping_is_unique', nulls_distinct=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventmapping',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."source_id" IS DISTINCT FROM NEW."source_id" OR OLD."type" IS DISTINCT FROM NEW."type" OR OLD."act" IS DISTINCT FROM NEW."act" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."event_type" IS DISTINCT FROM NEW."event_type" OR OLD."parts" IS DISTINCT FROM NEW."parts" OR OLD."facts" IS DISTINCT FROM NEW."facts" OR OLD."is_active" IS DISTINCT FROM NEW."is_active")', declare='DECLARE kept "programs_eventmappinghistory";', func='INSERT INTO "programs_eventmappinghistory" ("id", "brand_id", "source_id", "type", "act", "program_id", "event_type", "parts", "facts", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."source_id", NEW."type", NEW."act", NEW."program_id", NEW."event_type", NEW."parts", NEW."facts", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'source_id\', \'type\', \'act\', \'program_id\', \'event_type\', \'parts\', \'facts\', \'is_active\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventmapping\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='1095740d6b2565b7842a6c706c3182a465cdd46b', operation='UPDATE', pgid='pgtrigger_history_update_5efa2', table='programs_eventmapping', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventmapping',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_eventmappinghistory";', func='INSERT INTO "programs_eventmappinghistory" ("id", "brand_id", "source_id", "type", "act", "program_id", "event_type", "parts", "facts", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."source_id", NEW."type", NEW."act", NEW."program_id", NEW."event_type", NEW."parts", NEW."facts", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventmapping\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='2aa9dcb42f059cfe2b2258221b5352797ca32bed', operation='INSERT', pgid='pgtrigger_history_insert_75eae', table='programs_eventmapping', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventmapping',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_eventmappinghistory";', func='INSERT INTO "programs_eventmappinghistory" ("id", "brand_id", "source_id", "type", "act", "program_id", "event_type", "parts", "facts", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."source_id", OLD."type", OLD."act", OLD."program_id", OLD."event_type", OLD."parts", OLD."facts", OLD."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventmapping\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='1d7e609f1ee10b31b2e81d82f3bdbbada128e25a', operation='DELETE', pgid='pgtrigger_history_delete_c5247', table='programs_eventmapping', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventsourcehistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='fd585e8b77c34aa94d7f8f8e860b978433a8438e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_ab1ff', table='programs_eventsourcehistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventsourcehistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='12b743d18b20003a93f75129c281a40eff5f7bab', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_ab041', table='programs_eventsourcehistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='inboundevent',
            index=models.Index(fields=['brand', '-id'], name='inbound_event_newest'),
        ),
        migrations.AddIndex(
            model_name='inboundevent',
            index=models.Index(fields=['brand', 'status', '-id'], name='inbound_event_by_status'),
        ),
        migrations.AddIndex(
            model_name='inboundevent',
            index=models.Index(condition=models.Q(('status', 'waiting')), fields=['due_at'], name='inbound_event_due'),
        ),
        migrations.AddIndex(
            model_name='inboundevent',
            index=models.Index(condition=models.Q(('status', 'waiting'), models.Q(('waits_for', ''), _negated=True)), fields=['brand', 'waits_for'], name='inbound_event_waits'),
        ),
        migrations.AddConstraint(
            model_name='inboundevent',
            constraint=models.UniqueConstraint(fields=('brand', 'source', 'event_key'), name='inbound_event_is_taken_once'),
        ),
        migrations.AddIndex(
            model_name='receipt',
            index=models.Index(fields=['program', 'status', '-id'], name='receipt_by_status'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(fields=('program', 'reference'), name='receipt_is_recorded_once'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.UniqueConstraint(condition=models.Q(('code', ''), _negated=True), fields=('program', 'code'), name='receipt_code_is_unique'),
        ),
        migrations.AddConstraint(
            model_name='receipt',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gte', 0), ('refunded_minor__gte', 0), ('refunded_minor__lte', models.F('amount_minor'))), name='receipt_amounts_are_sound'),
        ),
    ]
