"""Systems are told by webhooks and members by messages; the log has readers, and can be moved out in part."""

import django.contrib.postgres.fields
import django.core.validators
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
        ('loyalty', '0015_locations'),
    ]

    operations = [
        migrations.CreateModel(
            name='EventArchive',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('partition', models.CharField(max_length=63, unique=True)),
                ('first_id', models.BigIntegerField(help_text='Its events have numbers from this one ...')),
                ('last_id', models.BigIntegerField(help_text='... to this one.')),
                ('events', models.BigIntegerField(help_text='How many there were.')),
                ('first_at', models.DateTimeField(help_text='When the first of them was recorded.', null=True)),
                ('last_at', models.DateTimeField(null=True)),
                ('file', models.CharField(help_text="The file's name.", max_length=400)),
                ('sha256', models.CharField(help_text='Of the file.', max_length=64)),
                ('moved_at', models.DateTimeField(default=loyalty.clock.now)),
            ],
            options={
                'ordering': ['first_id'],
            },
        ),
        migrations.CreateModel(
            name='EventHorizon',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('settled_id', models.BigIntegerField(default=0)),
                ('mark_id', models.BigIntegerField(help_text='The newest number given when it was last looked at.', null=True)),
                ('mark_xid', models.BigIntegerField(help_text='Whoever took a number up to the mark is older than this.', null=True)),
            ],
        ),
        migrations.CreateModel(
            name='EventReader',
            fields=[
                ('name', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(default=0, help_text='The number of the last event that was read.')),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='Notification',
            fields=[
                ('data_key', loyalty.sealed.fields.DataKeyField(help_text="The row's own key, wrapped by the key ring.", null=True)),
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(help_text='The event it tells of.', max_length=60)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('inbox', 'In the app')], max_length=10)),
                ('event_id', models.UUIDField(help_text='The event; empty: a test.', null=True)),
                ('facts', models.JSONField(default=dict, help_text='Ids and figures for the template, never a name or an address.')),
                ('subject', loyalty.sealed.fields.SealedField(blank=True, help_text='As it was written for them. Encrypted at rest.', max_length=300)),
                ('body', loyalty.sealed.fields.SealedField(blank=True, max_length=20000)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('dropped', 'Not sent'), ('failed', 'Given up')], default='waiting', max_length=10)),
                ('reason', models.CharField(blank=True, help_text='Why it was not sent, in a word.', max_length=60)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(default=loyalty.clock.now)),
                ('sent_at', models.DateTimeField(null=True)),
                ('read_at', models.DateTimeField(null=True)),
                ('provider_id', models.CharField(blank=True, help_text='What the provider calls it.', max_length=200)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='NotificationChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('inbox', 'In the app')], max_length=10)),
                ('kind', models.CharField(blank=True, help_text='Of which event; empty: all.', max_length=60)),
                ('is_wanted', models.BooleanField()),
                ('source', models.CharField(blank=True, help_text='Where it was said: app, link, portal.', max_length=40)),
                ('changed_at', models.DateTimeField(default=loyalty.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='NotificationSettings',
            fields=[
                ('data_key', loyalty.sealed.fields.DataKeyField(help_text="The row's own key, wrapped by the key ring.", null=True)),
                ('brand', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='notification_settings', serialize=False, to='loyalty.brand')),
                ('is_active', models.BooleanField(default=False, help_text='Off: members are told nothing, only the inbox is kept.')),
                ('language', models.CharField(default='en', help_text='For members who have not said theirs: en, nl.', max_length=12)),
                ('timezone', models.CharField(default='UTC', help_text='Of the quiet hours: Europe/Amsterdam.', max_length=60)),
                ('quiet_from', models.TimeField(blank=True, help_text='From here on nothing is sent ...', null=True)),
                ('quiet_until', models.TimeField(blank=True, help_text='... until here; what comes in between waits.', null=True)),
                ('member_daily_max', models.PositiveSmallIntegerField(default=3, help_text='Messages to one member by one channel in 24 hours; more are dropped. The inbox has no bound.')),
                ('member_weekly_max', models.PositiveSmallIntegerField(default=10, help_text='The same in seven days.')),
                ('brand_daily_max', models.PositiveIntegerField(default=10000, help_text='Messages of the brand by one channel in 24 hours; more wait for the next day.')),
                ('sender_name', models.CharField(blank=True, help_text="Who e-mails are from. Empty: the brand's name.", max_length=80)),
                ('reply_to', models.EmailField(blank=True, help_text='Where answers go.', max_length=254)),
                ('sms_provider', models.CharField(blank=True, help_text='twilio; empty: no text messages.', max_length=20)),
                ('sms_account', models.CharField(blank=True, help_text="The account's id at the provider.", max_length=80)),
                ('sms_sender', models.CharField(blank=True, help_text='The number or service that sends: +3197010280000.', max_length=40)),
                ('sms_secret', loyalty.sealed.fields.SealedField(blank=True, help_text="The provider's token. Encrypted at rest.", max_length=200)),
                ('push_provider', models.CharField(blank=True, help_text='fcm; empty: no push messages.', max_length=20)),
                ('push_account', models.CharField(blank=True, help_text="The project's id at the provider.", max_length=120)),
                ('push_secret', loyalty.sealed.fields.SealedField(blank=True, help_text="The service account's JSON. Encrypted at rest.", max_length=8000)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='NotificationSettingsHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('is_active', models.BooleanField(null=True)),
                ('language', models.CharField(max_length=12, null=True)),
                ('timezone', models.CharField(max_length=60, null=True)),
                ('quiet_from', models.TimeField(null=True)),
                ('quiet_until', models.TimeField(null=True)),
                ('member_daily_max', models.PositiveSmallIntegerField(null=True)),
                ('member_weekly_max', models.PositiveSmallIntegerField(null=True)),
                ('brand_daily_max', models.PositiveIntegerField(null=True)),
                ('sender_name', models.CharField(max_length=80, null=True)),
                ('reply_to', models.EmailField(max_length=254, null=True)),
                ('sms_provider', models.CharField(max_length=20, null=True)),
                ('sms_account', models.CharField(max_length=80, null=True)),
                ('sms_sender', models.CharField(max_length=40, null=True)),
                ('push_provider', models.CharField(max_length=20, null=True)),
                ('push_account', models.CharField(max_length=120, null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='NotificationTemplate',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(help_text='The event it tells of, say points.earned.', max_length=60)),
                ('channel', models.CharField(choices=[('email', 'E-mail'), ('sms', 'Text message'), ('push', 'Push'), ('inbox', 'In the app')], max_length=10)),
                ('language', models.CharField(default='en', help_text='en, nl, pt-BR.', max_length=12)),
                ('subject', models.CharField(blank=True, help_text='Of an e-mail, or the first line of the others.', max_length=150)),
                ('body', models.TextField(help_text='Say: Hello {{name}}, you have {{balance}} points.', max_length=10000)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['brand', 'kind', 'channel', 'language'],
            },
        ),
        migrations.CreateModel(
            name='NotificationTemplateHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('kind', models.CharField(max_length=60, null=True)),
                ('channel', models.CharField(max_length=10, null=True)),
                ('language', models.CharField(max_length=12, null=True)),
                ('subject', models.CharField(max_length=150, null=True)),
                ('body', models.TextField(max_length=10000, null=True)),
                ('is_active', models.BooleanField(null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PushToken',
            fields=[
                ('data_key', loyalty.sealed.fields.DataKeyField(help_text="The row's own key, wrapped by the key ring.", null=True)),
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('token', loyalty.sealed.fields.SealedField(help_text='Encrypted at rest.', max_length=4096)),
                ('token_hash', models.CharField(help_text='A keyed hash of it.', max_length=64)),
                ('platform', models.CharField(blank=True, help_text='ios, android or web.', max_length=10)),
                ('seen_at', models.DateTimeField(default=loyalty.clock.now)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('event_number', models.BigIntegerField(help_text="The event's number in the log.")),
                ('event_id', models.UUIDField(help_text='What receivers know the event by, whenever it is sent.')),
                ('type', models.CharField(max_length=60)),
                ('aggregate_id', models.UUIDField()),
                ('sequence', models.BigIntegerField()),
                ('origin', models.CharField(choices=[('live', 'As it happened'), ('replay', 'Replayed'), ('test', 'Test')], default='live', max_length=10)),
                ('status', models.CharField(choices=[('waiting', 'Waiting'), ('sending', 'Being sent'), ('delivered', 'Delivered'), ('failed', 'Given up'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('due_at', models.DateTimeField(default=loyalty.clock.now, help_text='Not before.')),
                ('sender', models.IntegerField(help_text='Which sender has it in hand.', null=True)),
                ('answers', models.JSONField(default=list, help_text='Each try: when, how long it took in ms, the status answered or the error.')),
                ('status_code', models.PositiveSmallIntegerField(help_text='Of the last answer.', null=True)),
                ('error', models.CharField(blank=True, help_text='Why the last try had no answer.', max_length=200)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now)),
                ('ended_at', models.DateTimeField(help_text='When it was delivered or given up.', null=True)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('data_key', loyalty.sealed.fields.DataKeyField(help_text="The row's own key, wrapped by the key ring.", null=True)),
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('url', models.CharField(help_text='Where events are sent: https://shop.example/loyalty.', max_length=2000)),
                ('description', models.CharField(blank=True, help_text='What it is for, say The CRM.', max_length=200)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), help_text='Which events: points.earned, voucher.* for all about vouchers, * for all.', size=None)),
                ('secret', loyalty.sealed.fields.SealedField(help_text='whsec_ and 32 bytes in base64. Encrypted at rest, shown once.', max_length=120)),
                ('previous_secret', loyalty.sealed.fields.SealedField(blank=True, help_text='Signs too while receivers change over.', max_length=120)),
                ('previous_until', models.DateTimeField(help_text='Until when the secret before signs too.', null=True)),
                ('in_flight_max', models.PositiveSmallIntegerField(default=8, help_text='How many requests it may have open at once, of different members.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(64)])),
                ('status', models.CharField(choices=[('active', 'Active'), ('paused', 'Paused'), ('disabled', 'Disabled'), ('removed', 'Removed')], default='active', max_length=10)),
                ('status_reason', models.CharField(blank=True, help_text='Why it is not active.', max_length=200)),
                ('status_at', models.DateTimeField(default=loyalty.clock.now, help_text='Since when it has this status.')),
                ('position', models.BigIntegerField(default=0, help_text='The number of the last event looked at for it.')),
                ('failures_in_row', models.PositiveIntegerField(default=0)),
                ('failing_since', models.DateTimeField(help_text='When it first failed since it last took anything.', null=True)),
                ('resting_until', models.DateTimeField(help_text='It fails: nothing is sent before, then one to try.', null=True)),
                ('succeeded_at', models.DateTimeField(help_text='When it last took an event.', null=True)),
                ('created_by', models.CharField(blank=True, max_length=80)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpointHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('url', models.CharField(max_length=2000, null=True)),
                ('description', models.CharField(max_length=200, null=True)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), null=True, size=None)),
                ('in_flight_max', models.PositiveSmallIntegerField(null=True)),
                ('status', models.CharField(max_length=10, null=True)),
                ('status_reason', models.CharField(max_length=200, null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='notification',
            name='brand',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='notification',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notifications', to='loyalty.member'),
        ),
        migrations.AddField(
            model_name='notificationchoice',
            name='brand',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='notificationchoice',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_choices', to='loyalty.member'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationsettings',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."is_active" IS DISTINCT FROM NEW."is_active" OR OLD."language" IS DISTINCT FROM NEW."language" OR OLD."timezone" IS DISTINCT FROM NEW."timezone" OR OLD."quiet_from" IS DISTINCT FROM NEW."quiet_from" OR OLD."quiet_until" IS DISTINCT FROM NEW."quiet_until" OR OLD."member_daily_max" IS DISTINCT FROM NEW."member_daily_max" OR OLD."member_weekly_max" IS DISTINCT FROM NEW."member_weekly_max" OR OLD."brand_daily_max" IS DISTINCT FROM NEW."brand_daily_max" OR OLD."sender_name" IS DISTINCT FROM NEW."sender_name" OR OLD."reply_to" IS DISTINCT FROM NEW."reply_to" OR OLD."sms_provider" IS DISTINCT FROM NEW."sms_provider" OR OLD."sms_account" IS DISTINCT FROM NEW."sms_account" OR OLD."sms_sender" IS DISTINCT FROM NEW."sms_sender" OR OLD."push_provider" IS DISTINCT FROM NEW."push_provider" OR OLD."push_account" IS DISTINCT FROM NEW."push_account" OR OLD."sms_secret" IS DISTINCT FROM NEW."sms_secret" OR OLD."push_secret" IS DISTINCT FROM NEW."push_secret")', declare='DECLARE kept "loyalty_notificationsettingshistory";', func='INSERT INTO "loyalty_notificationsettingshistory" ("brand_id", "is_active", "language", "timezone", "quiet_from", "quiet_until", "member_daily_max", "member_weekly_max", "brand_daily_max", "sender_name", "reply_to", "sms_provider", "sms_account", "sms_sender", "push_provider", "push_account", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."brand_id", NEW."is_active", NEW."language", NEW."timezone", NEW."quiet_from", NEW."quiet_until", NEW."member_daily_max", NEW."member_weekly_max", NEW."brand_daily_max", NEW."sender_name", NEW."reply_to", NEW."sms_provider", NEW."sms_account", NEW."sms_sender", NEW."push_provider", NEW."push_account", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."brand_id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'brand_id\', \'is_active\', \'language\', \'timezone\', \'quiet_from\', \'quiet_until\', \'member_daily_max\', \'member_weekly_max\', \'brand_daily_max\', \'sender_name\', \'reply_to\', \'sms_provider\', \'sms_account\', \'sms_sender\', \'push_provider\', \'push_account\']::text[], ARRAY[\'sms_secret\', \'push_secret\']::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.notificationsettings\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='50996ee412d4a846db1606e44cc74afeb6c884b6', operation='UPDATE', pgid='pgtrigger_history_update_4edfe', table='loyalty_notificationsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationsettings',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_notificationsettingshistory";', func='INSERT INTO "loyalty_notificationsettingshistory" ("brand_id", "is_active", "language", "timezone", "quiet_from", "quiet_until", "member_daily_max", "member_weekly_max", "brand_daily_max", "sender_name", "reply_to", "sms_provider", "sms_account", "sms_sender", "push_provider", "push_account", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."brand_id", NEW."is_active", NEW."language", NEW."timezone", NEW."quiet_from", NEW."quiet_until", NEW."member_daily_max", NEW."member_weekly_max", NEW."brand_daily_max", NEW."sender_name", NEW."reply_to", NEW."sms_provider", NEW."sms_account", NEW."sms_sender", NEW."push_provider", NEW."push_account", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."brand_id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.notificationsettings\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='45674f319581578733c69c00e7007bd2bc668d65', operation='INSERT', pgid='pgtrigger_history_insert_f9998', table='loyalty_notificationsettings', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationsettings',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_notificationsettingshistory";', func='INSERT INTO "loyalty_notificationsettingshistory" ("brand_id", "is_active", "language", "timezone", "quiet_from", "quiet_until", "member_daily_max", "member_weekly_max", "brand_daily_max", "sender_name", "reply_to", "sms_provider", "sms_account", "sms_sender", "push_provider", "push_account", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."brand_id", OLD."is_active", OLD."language", OLD."timezone", OLD."quiet_from", OLD."quiet_until", OLD."member_daily_max", OLD."member_weekly_max", OLD."brand_daily_max", OLD."sender_name", OLD."reply_to", OLD."sms_provider", OLD."sms_account", OLD."sms_sender", OLD."push_provider", OLD."push_account", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."brand_id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.notificationsettings\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='9b9f110864939f70cbd7c7f0e0ffcd4e65d635ae', operation='DELETE', pgid='pgtrigger_history_delete_b3606', table='loyalty_notificationsettings', when='AFTER')),
        ),
        migrations.AddField(
            model_name='notificationsettingshistory',
            name='brand',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', serialize=False, to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='notificationsettingshistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.notificationsettings'),
        ),
        migrations.AddField(
            model_name='notificationtemplate',
            name='brand',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notification_templates', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='notificationtemplatehistory',
            name='brand',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='notificationtemplatehistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.notificationtemplate'),
        ),
        migrations.AddField(
            model_name='pushtoken',
            name='brand',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='pushtoken',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='push_tokens', to='loyalty.member'),
        ),
        migrations.AddField(
            model_name='webhookendpoint',
            name='brand',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhook_endpoints', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='webhookdelivery',
            name='endpoint',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='loyalty.webhookendpoint'),
        ),
        migrations.AddField(
            model_name='webhookendpointhistory',
            name='brand',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='webhookendpointhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='loyalty.webhookendpoint'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('status__in', ['waiting', 'sending'])), fields=['due_at'], name='notification_due'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['member', 'channel', '-id'], name='notification_of_member'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(fields=['brand', '-id'], name='notification_of_brand'),
        ),
        migrations.AddIndex(
            model_name='notification',
            index=models.Index(condition=models.Q(('sent_at__isnull', False)), fields=['brand', 'channel', 'sent_at'], name='notification_sent'),
        ),
        migrations.AddConstraint(
            model_name='notification',
            constraint=models.UniqueConstraint(fields=('event_id', 'member', 'channel'), name='notification_is_made_once'),
        ),
        migrations.AddConstraint(
            model_name='notificationchoice',
            constraint=models.UniqueConstraint(fields=('member', 'brand', 'channel', 'kind'), name='notification_choice_is_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationsettingshistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='b0ba818b7e529e73d59a568af7bfe5e845092de1', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_8f4e3', table='loyalty_notificationsettingshistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationsettingshistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='0df54d0d78bf6131ce99cd6a2460846662f8f69c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_c5f49', table='loyalty_notificationsettingshistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='notificationtemplate',
            constraint=models.UniqueConstraint(fields=('brand', 'kind', 'channel', 'language'), name='notification_template_is_unique'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationtemplate',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."channel" IS DISTINCT FROM NEW."channel" OR OLD."language" IS DISTINCT FROM NEW."language" OR OLD."subject" IS DISTINCT FROM NEW."subject" OR OLD."body" IS DISTINCT FROM NEW."body" OR OLD."is_active" IS DISTINCT FROM NEW."is_active")', declare='DECLARE kept "loyalty_notificationtemplatehistory";', func='INSERT INTO "loyalty_notificationtemplatehistory" ("id", "brand_id", "kind", "channel", "language", "subject", "body", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."kind", NEW."channel", NEW."language", NEW."subject", NEW."body", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'kind\', \'channel\', \'language\', \'subject\', \'body\', \'is_active\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.notificationtemplate\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='a7fc1fa8db193dc5d835c4ab5b7e39edbd7dc5ba', operation='UPDATE', pgid='pgtrigger_history_update_47838', table='loyalty_notificationtemplate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationtemplate',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_notificationtemplatehistory";', func='INSERT INTO "loyalty_notificationtemplatehistory" ("id", "brand_id", "kind", "channel", "language", "subject", "body", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."kind", NEW."channel", NEW."language", NEW."subject", NEW."body", NEW."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.notificationtemplate\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='2454b023ff12e77820358150808267669670104a', operation='INSERT', pgid='pgtrigger_history_insert_77da7', table='loyalty_notificationtemplate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationtemplate',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_notificationtemplatehistory";', func='INSERT INTO "loyalty_notificationtemplatehistory" ("id", "brand_id", "kind", "channel", "language", "subject", "body", "is_active", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."kind", OLD."channel", OLD."language", OLD."subject", OLD."body", OLD."is_active", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.notificationtemplate\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='4c14864b2f3aee7f80af37f343559a06c4bbc0c2', operation='DELETE', pgid='pgtrigger_history_delete_6e2d2', table='loyalty_notificationtemplate', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationtemplatehistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='754321555d8b904d16d28fc87db049e47d4c8df5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_74d45', table='loyalty_notificationtemplatehistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='notificationtemplatehistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='d53200e730f1af97cbb72c80118b56c5634d252e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_87d7c', table='loyalty_notificationtemplatehistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='pushtoken',
            constraint=models.UniqueConstraint(fields=('brand', 'token_hash'), name='push_token_is_unique'),
        ),
        migrations.AddIndex(
            model_name='webhookendpoint',
            index=models.Index(fields=['status'], name='webhook_endpoint_by_status'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookendpoint',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."url" IS DISTINCT FROM NEW."url" OR OLD."description" IS DISTINCT FROM NEW."description" OR OLD."events" IS DISTINCT FROM NEW."events" OR OLD."in_flight_max" IS DISTINCT FROM NEW."in_flight_max" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."status_reason" IS DISTINCT FROM NEW."status_reason" OR OLD."secret" IS DISTINCT FROM NEW."secret")', declare='DECLARE kept "loyalty_webhookendpointhistory";', func='INSERT INTO "loyalty_webhookendpointhistory" ("brand_id", "url", "description", "events", "in_flight_max", "status", "status_reason", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."brand_id", NEW."url", NEW."description", NEW."events", NEW."in_flight_max", NEW."status", NEW."status_reason", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'brand_id\', \'url\', \'description\', \'events\', \'in_flight_max\', \'status\', \'status_reason\']::text[], ARRAY[\'secret\']::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.webhookendpoint\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='aae07b8a8df88d353f4f7b7310e353378d1d2724', operation='UPDATE', pgid='pgtrigger_history_update_b8c1f', table='loyalty_webhookendpoint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookendpoint',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_webhookendpointhistory";', func='INSERT INTO "loyalty_webhookendpointhistory" ("brand_id", "url", "description", "events", "in_flight_max", "status", "status_reason", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."brand_id", NEW."url", NEW."description", NEW."events", NEW."in_flight_max", NEW."status", NEW."status_reason", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.webhookendpoint\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='4543a1481d650736e166b49e43527d54c739cee4', operation='INSERT', pgid='pgtrigger_history_insert_73b95', table='loyalty_webhookendpoint', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookendpoint',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "loyalty_webhookendpointhistory";', func='INSERT INTO "loyalty_webhookendpointhistory" ("brand_id", "url", "description", "events", "in_flight_max", "status", "status_reason", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."brand_id", OLD."url", OLD."description", OLD."events", OLD."in_flight_max", OLD."status", OLD."status_reason", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'loyalty.webhookendpoint\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='4394d7f10b801751338a50ba18c8afd12421a752', operation='DELETE', pgid='pgtrigger_history_delete_f5793', table='loyalty_webhookendpoint', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('status__in', ['waiting', 'sending'])), fields=['endpoint', 'aggregate_id', 'event_number', 'id'], name='webhook_delivery_open'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('status', 'waiting')), fields=['endpoint', 'due_at', 'event_number'], name='webhook_delivery_due'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('status', 'sending')), fields=['sender'], name='webhook_delivery_in_hand'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['endpoint', '-id'], name='webhook_delivery_newest'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['endpoint', '-id'], name='webhook_delivery_failed'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('ended_at__isnull', False)), fields=['ended_at'], name='webhook_delivery_ended'),
        ),
        migrations.AddConstraint(
            model_name='webhookdelivery',
            constraint=models.UniqueConstraint(condition=models.Q(('origin', 'live')), fields=('endpoint', 'event_number'), name='webhook_event_goes_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookendpointhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='8569451f99cb05ba2c154e1abea615289b50cae4', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_fe35c', table='loyalty_webhookendpointhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='webhookendpointhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='219e26f62ee3eddadde202399a33c0e168af5dbc', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_e1da9', table='loyalty_webhookendpointhistory', when='BEFORE')),
        ),
    ]
