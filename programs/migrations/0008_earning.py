"""Rules with their versions, campaigns, segments, limits, referrals, links; tiers that are kept; facts of purchases."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import loyalty.clock
import loyalty.ids
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from decimal import Decimal
from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0006_lapsed_lots_are_found_by_index'),
        ('loyalty', '0014_large_campaigns_wait'),
        ('programs', '0007_adjustments_are_summed'),
    ]

    operations = [
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.SlugField(help_text='Short name, say spring-2026.', max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True, help_text="For the brand's own people.")),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('paused', 'Paused'), ('ended', 'Ended')], default='draft', editable=False, max_length=10)),
                ('starts_at', models.DateTimeField(blank=True, help_text='Empty: as soon as it is active.', null=True)),
                ('ends_at', models.DateTimeField(blank=True, help_text='Empty: until it is ended.', null=True)),
                ('audience', models.JSONField(blank=True, default=dict, help_text='Conditions on the member; empty: everybody.')),
                ('rules', models.JSONField(blank=True, default=list, help_text='As in a rule set.')),
                ('budget_points', models.BigIntegerField(blank=True, help_text='Points given in all; empty: no bound.', null=True)),
                ('budget_times', models.BigIntegerField(blank=True, help_text='Times it gives in all; empty: no bound.', null=True)),
                ('member_points', models.BigIntegerField(blank=True, help_text='Points for each member.', null=True)),
                ('member_times', models.BigIntegerField(blank=True, help_text='Times for each member.', null=True)),
                ('priority', models.PositiveIntegerField(default=0, help_text='The lower number goes first.')),
                ('goal_metric', models.CharField(blank=True, choices=[('purchases', 'Purchases'), ('spend', 'Money spent'), ('points', 'Points earned'), ('members', 'Members who bought')], help_text='What all members together are to reach.', max_length=10)),
                ('goal_target', models.BigIntegerField(blank=True, help_text='How much of it; money in minor units.', null=True)),
                ('goal_points', models.BigIntegerField(blank=True, help_text='What each who took part gets then.', null=True)),
                ('goal_reached_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('goal_paid_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('revision', models.PositiveIntegerField(default=1, editable=False)),
                ('activated_at', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('created_by', models.CharField(editable=False, max_length=80)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['program', '-created_at'],
            },
        ),
        migrations.CreateModel(
            name='CampaignHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('key', models.SlugField(db_index=False, max_length=60, null=True)),
                ('name', models.CharField(max_length=120, null=True)),
                ('description', models.TextField(null=True)),
                ('status', models.CharField(editable=False, max_length=10, null=True)),
                ('starts_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('audience', models.JSONField(null=True)),
                ('rules', models.JSONField(null=True)),
                ('budget_points', models.BigIntegerField(null=True)),
                ('budget_times', models.BigIntegerField(null=True)),
                ('member_points', models.BigIntegerField(null=True)),
                ('member_times', models.BigIntegerField(null=True)),
                ('priority', models.PositiveIntegerField(null=True)),
                ('goal_metric', models.CharField(max_length=10, null=True)),
                ('goal_target', models.BigIntegerField(null=True)),
                ('goal_points', models.BigIntegerField(null=True)),
                ('goal_reached_at', models.DateTimeField(editable=False, null=True)),
                ('goal_paid_at', models.DateTimeField(editable=False, null=True)),
                ('activated_at', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('created_by', models.CharField(editable=False, max_length=80, null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Edition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('document', models.JSONField()),
                ('versions', models.JSONField(default=dict, help_text='For each rule the version it comes from.')),
                ('reason', models.CharField(help_text='What made it.', max_length=200)),
                ('actor', models.CharField(max_length=80)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['program', '-number'],
            },
        ),
        migrations.CreateModel(
            name='EventType',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(help_text='As systems send it, say review.written.', max_length=60)),
                ('label', models.CharField(blank=True, help_text='As people call it, say A review.', max_length=80)),
                ('fields', models.JSONField(blank=True, default=dict, help_text='What it tells, and of which kind: {"text_length": "integer", "verified_purchase": "boolean"}.')),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
            ],
            options={
                'ordering': ['brand', 'name'],
            },
        ),
        migrations.CreateModel(
            name='EventTypeHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('name', models.CharField(max_length=60, null=True)),
                ('label', models.CharField(max_length=80, null=True)),
                ('fields', models.JSONField(null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='LimitCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(help_text='member, recipient, campaign or program.', max_length=10)),
                ('owner', models.CharField(help_text="The rule's or campaign's key.", max_length=80)),
                ('subject', models.CharField(blank=True, help_text="The member's id; empty: all together.", max_length=36)),
                ('period', models.CharField(max_length=5)),
                ('since', models.CharField(blank=True, help_text='The first day of the period; empty: ever.', max_length=10)),
                ('points', models.BigIntegerField(default=0)),
                ('times', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='MemberEvent',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('type', models.CharField(help_text='Say review.written.', max_length=64)),
                ('source', models.CharField(blank=True, help_text='The system that told it.', max_length=200)),
                ('reference', models.CharField(help_text="That system's own id of it: told twice, it counts once.", max_length=200)),
                ('data', models.JSONField(default=dict)),
                ('edition', models.PositiveIntegerField(db_default=0)),
                ('facts', models.JSONField(null=True)),
                ('gifts', models.JSONField(null=True)),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='ProgramLink',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('earn_points', models.BigIntegerField(help_text="Points of the partner's for each full amount below.")),
                ('earn_per_minor', models.BigIntegerField(help_text='The amount, in minor units of the money of the purchase.')),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('active', 'Active'), ('ended', 'Ended')], default='proposed', editable=False, max_length=8)),
                ('accepted_by', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, editable=False, help_text='The brands that agreed.', size=None)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
            ],
            options={
                'ordering': ['program', 'partner'],
            },
        ),
        migrations.CreateModel(
            name='ProgramLinkHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('earn_points', models.BigIntegerField(null=True)),
                ('earn_per_minor', models.BigIntegerField(null=True)),
                ('status', models.CharField(editable=False, max_length=8, null=True)),
                ('accepted_by', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), editable=False, null=True, size=None)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Referral',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='RuleSet',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(editable=False)),
                ('note', models.CharField(blank=True, help_text='What this version is about.', max_length=200)),
                ('document', models.JSONField(help_text='Groups and rules.')),
                ('errors', models.JSONField(default=list, editable=False, help_text='What is wrong with a draft.')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('published', 'Published'), ('superseded', 'Superseded')], default='draft', editable=False, max_length=10)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('created_by', models.CharField(editable=False, max_length=80)),
                ('published_at', models.DateTimeField(editable=False, null=True)),
                ('published_by', models.CharField(blank=True, editable=False, max_length=80)),
            ],
            options={
                'ordering': ['program', '-version'],
            },
        ),
        migrations.CreateModel(
            name='RuleSetHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('version', models.PositiveIntegerField(editable=False, null=True)),
                ('note', models.CharField(max_length=200, null=True)),
                ('status', models.CharField(editable=False, max_length=10, null=True)),
                ('created_by', models.CharField(editable=False, max_length=80, null=True)),
                ('published_at', models.DateTimeField(editable=False, null=True)),
                ('published_by', models.CharField(editable=False, max_length=80, null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Segment',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.SlugField(help_text='Short name, say vip.', max_length=60)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('dynamic', 'By conditions'), ('list', 'A list of members')], default='list', max_length=8)),
                ('conditions', models.JSONField(blank=True, default=dict, help_text='On the member; for a segment by conditions.')),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
            ],
            options={
                'ordering': ['brand', 'key'],
            },
        ),
        migrations.CreateModel(
            name='SegmentHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('key', models.SlugField(db_index=False, max_length=60, null=True)),
                ('name', models.CharField(max_length=120, null=True)),
                ('kind', models.CharField(max_length=8, null=True)),
                ('conditions', models.JSONField(null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='SegmentMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='TierChange',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('before', models.CharField(blank=True, help_text='Code of the tier before; empty: none.', max_length=30)),
                ('after', models.CharField(blank=True, help_text='Code of the tier after; empty: none.', max_length=30)),
                ('reason', models.CharField(choices=[('reached', 'Reached'), ('lapsed', 'No longer deserved'), ('returned', 'A purchase came back'), ('manual', 'Given by hand'), ('promotion', 'Promotion'), ('program', "The program's tiers were changed")], max_length=10)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('measure', models.BigIntegerField(default=0, help_text='What counted then: points, minor units or purchases.')),
                ('actor', models.CharField(max_length=80)),
                ('occurred_at', models.DateTimeField()),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
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
        pgtrigger.migrations.RemoveTrigger(
            model_name='tier',
            name='history_update',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='tier',
            name='history_insert',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='tier',
            name='history_delete',
        ),
        migrations.AddField(
            model_name='membership',
            name='attributes',
            field=models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict, help_text='What the brand knows of the member, for rules to ask: names and texts.'),
        ),
        migrations.AddField(
            model_name='membership',
            name='tier',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='programs.tier'),
        ),
        migrations.AddField(
            model_name='membership',
            name='tier_is_manual',
            field=models.BooleanField(db_default=False, default=False, editable=False, help_text='Given by hand, not by the rules.'),
        ),
        migrations.AddField(
            model_name='membership',
            name='tier_protected_until',
            field=models.DateTimeField(blank=True, editable=False, help_text='The member does not go down before it.', null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='tier_since',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='membership',
            name='tier_until',
            field=models.DateTimeField(blank=True, editable=False, help_text='When the tier goes, unless it is earned again before.', null=True),
        ),
        migrations.AddField(
            model_name='program',
            name='edition',
            field=models.PositiveIntegerField(default=0, editable=False, help_text="The rules in force; 0: the program's own rate alone."),
        ),
        migrations.AddField(
            model_name='program',
            name='expiry_dates',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=5), blank=True, default=list, help_text='Days of the year on which points expire, as month-day: 06-30, 12-31.', size=None),
        ),
        migrations.AddField(
            model_name='program',
            name='expiry_kind',
            field=models.CharField(choices=[('months', 'Some months after they were earned, at the end of a month'), ('dates', 'On fixed days of the year'), ('inactivity', 'When nothing was earned or spent for some months')], default='months', help_text='What makes points expire.', max_length=10),
        ),
        migrations.AddField(
            model_name='program',
            name='expiry_warning_days',
            field=models.PositiveIntegerField(default=30, help_text='Members are warned this many days before points go; 0: not at all.'),
        ),
        migrations.AddField(
            model_name='program',
            name='needs',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, default=list, editable=False, help_text='What the rules in force ask that has to be looked up.', size=None),
        ),
        migrations.AddField(
            model_name='program',
            name='pending_until',
            field=models.CharField(blank=True, help_text='Points wait for this event (say order.delivered) instead of some days.', max_length=64),
        ),
        migrations.AddField(
            model_name='program',
            name='tier_basis',
            field=models.CharField(choices=[('points', 'Points earned'), ('spend', 'Money spent'), ('visits', 'Purchases')], default='points', help_text='What counts for the tier.', max_length=8),
        ),
        migrations.AddField(
            model_name='program',
            name='tier_downgrade',
            field=models.CharField(choices=[('all', 'Down to the tier that is deserved'), ('one', 'Down by one tier at a time'), ('never', 'Never down')], default='all', help_text='What happens when a tier is not deserved any more.', max_length=6),
        ),
        migrations.AddField(
            model_name='program',
            name='tier_grace_days',
            field=models.PositiveIntegerField(default=0, help_text='Days that a tier is kept after it is not deserved any more.'),
        ),
        migrations.AddField(
            model_name='program',
            name='tier_warning_days',
            field=models.PositiveIntegerField(default=0, help_text='Members are warned this many days before they go down; 0: not at all.'),
        ),
        migrations.AddField(
            model_name='program',
            name='tier_window',
            field=models.CharField(choices=[('rolling', 'The last months'), ('year', 'The calendar year and the one before'), ('joined', 'Each year since joining'), ('lifetime', 'Ever')], default='rolling', help_text='Of which time it counts.', max_length=10),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='expiry_dates',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=5), null=True, size=None),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='expiry_kind',
            field=models.CharField(max_length=10, null=True),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='expiry_warning_days',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='pending_until',
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='tier_basis',
            field=models.CharField(max_length=8, null=True),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='tier_downgrade',
            field=models.CharField(max_length=6, null=True),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='tier_grace_days',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='tier_warning_days',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='programhistory',
            name='tier_window',
            field=models.CharField(max_length=10, null=True),
        ),
        migrations.AddField(
            model_name='purchase',
            name='edition',
            field=models.PositiveIntegerField(db_default=0, help_text='The rules by which it was decided; 0: the rate.'),
        ),
        migrations.AddField(
            model_name='purchase',
            name='facts',
            field=models.JSONField(help_text='What was true of the member then, as the rules saw it.', null=True),
        ),
        migrations.AddField(
            model_name='purchase',
            name='gifts',
            field=models.JSONField(help_text='What each rule gave, for explaining and for taking back.', null=True),
        ),
        migrations.AddField(
            model_name='tier',
            name='multiplier',
            field=models.DecimalField(decimal_places=3, default=Decimal('1'), help_text='What purchases give is multiplied by this; 1: as for everybody.', max_digits=7, validators=[django.core.validators.MinValueValidator(Decimal('1'))]),
        ),
        migrations.AddField(
            model_name='tier',
            name='perks',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, default=list, help_text='Short names of what it brings, for apps to act on: free_shipping, lounge.', size=None),
        ),
        migrations.AddField(
            model_name='tierhistory',
            name='multiplier',
            field=models.DecimalField(decimal_places=3, max_digits=7, null=True),
        ),
        migrations.AddField(
            model_name='tierhistory',
            name='perks',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), null=True, size=None),
        ),
        migrations.AlterField(
            model_name='program',
            name='return_policy',
            field=models.CharField(choices=[('within_balance', 'Take no more than the member has'), ('debt', 'Take all of it; what is missing is owed'), ('only_pending', 'Take only what could not be spent yet'), ('refuse', 'Refuse when the member has too few')], default='debt', help_text='What to do when a purchase comes back and its points have been spent.', max_length=20),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(fields=['program', 'tier'], name='membership_by_tier'),
        ),
        migrations.AddIndex(
            model_name='membership',
            index=models.Index(condition=models.Q(('tier_until__isnull', False)), fields=['tier_until'], name='membership_tier_ends'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."unit_id" IS DISTINCT FROM NEW."unit_id" OR OLD."code" IS DISTINCT FROM NEW."code" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."timezone" IS DISTINCT FROM NEW."timezone" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."is_community" IS DISTINCT FROM NEW."is_community" OR OLD."money_currency" IS DISTINCT FROM NEW."money_currency" OR OLD."earn_points" IS DISTINCT FROM NEW."earn_points" OR OLD."earn_per" IS DISTINCT FROM NEW."earn_per" OR OLD."pending_days" IS DISTINCT FROM NEW."pending_days" OR OLD."expiry_months" IS DISTINCT FROM NEW."expiry_months" OR OLD."expiry_kind" IS DISTINCT FROM NEW."expiry_kind" OR OLD."expiry_dates" IS DISTINCT FROM NEW."expiry_dates" OR OLD."expiry_warning_days" IS DISTINCT FROM NEW."expiry_warning_days" OR OLD."pending_until" IS DISTINCT FROM NEW."pending_until" OR OLD."return_policy" IS DISTINCT FROM NEW."return_policy" OR OLD."debt_max" IS DISTINCT FROM NEW."debt_max" OR OLD."redeem_points_min" IS DISTINCT FROM NEW."redeem_points_min" OR OLD."tier_months" IS DISTINCT FROM NEW."tier_months" OR OLD."tier_basis" IS DISTINCT FROM NEW."tier_basis" OR OLD."tier_window" IS DISTINCT FROM NEW."tier_window" OR OLD."tier_downgrade" IS DISTINCT FROM NEW."tier_downgrade" OR OLD."tier_grace_days" IS DISTINCT FROM NEW."tier_grace_days" OR OLD."tier_warning_days" IS DISTINCT FROM NEW."tier_warning_days")', declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "expiry_kind", "expiry_dates", "expiry_warning_days", "pending_until", "return_policy", "debt_max", "redeem_points_min", "tier_months", "tier_basis", "tier_window", "tier_downgrade", "tier_grace_days", "tier_warning_days", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."unit_id", NEW."code", NEW."name", NEW."kind", NEW."timezone", NEW."status", NEW."is_community", NEW."money_currency", NEW."earn_points", NEW."earn_per", NEW."pending_days", NEW."expiry_months", NEW."expiry_kind", NEW."expiry_dates", NEW."expiry_warning_days", NEW."pending_until", NEW."return_policy", NEW."debt_max", NEW."redeem_points_min", NEW."tier_months", NEW."tier_basis", NEW."tier_window", NEW."tier_downgrade", NEW."tier_grace_days", NEW."tier_warning_days", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'unit_id\', \'code\', \'name\', \'kind\', \'timezone\', \'status\', \'is_community\', \'money_currency\', \'earn_points\', \'earn_per\', \'pending_days\', \'expiry_months\', \'expiry_kind\', \'expiry_dates\', \'expiry_warning_days\', \'pending_until\', \'return_policy\', \'debt_max\', \'redeem_points_min\', \'tier_months\', \'tier_basis\', \'tier_window\', \'tier_downgrade\', \'tier_grace_days\', \'tier_warning_days\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='f6343b9a0a7bc6bffa9dfeeb8ee38a907376c6ed', operation='UPDATE', pgid='pgtrigger_history_update_2deac', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "expiry_kind", "expiry_dates", "expiry_warning_days", "pending_until", "return_policy", "debt_max", "redeem_points_min", "tier_months", "tier_basis", "tier_window", "tier_downgrade", "tier_grace_days", "tier_warning_days", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."unit_id", NEW."code", NEW."name", NEW."kind", NEW."timezone", NEW."status", NEW."is_community", NEW."money_currency", NEW."earn_points", NEW."earn_per", NEW."pending_days", NEW."expiry_months", NEW."expiry_kind", NEW."expiry_dates", NEW."expiry_warning_days", NEW."pending_until", NEW."return_policy", NEW."debt_max", NEW."redeem_points_min", NEW."tier_months", NEW."tier_basis", NEW."tier_window", NEW."tier_downgrade", NEW."tier_grace_days", NEW."tier_warning_days", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='2a0775ebc8c30de503554bfea8edac78e3de315e', operation='INSERT', pgid='pgtrigger_history_insert_cf179', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='program',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programhistory";', func='INSERT INTO "programs_programhistory" ("id", "brand_id", "unit_id", "code", "name", "kind", "timezone", "status", "is_community", "money_currency", "earn_points", "earn_per", "pending_days", "expiry_months", "expiry_kind", "expiry_dates", "expiry_warning_days", "pending_until", "return_policy", "debt_max", "redeem_points_min", "tier_months", "tier_basis", "tier_window", "tier_downgrade", "tier_grace_days", "tier_warning_days", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."unit_id", OLD."code", OLD."name", OLD."kind", OLD."timezone", OLD."status", OLD."is_community", OLD."money_currency", OLD."earn_points", OLD."earn_per", OLD."pending_days", OLD."expiry_months", OLD."expiry_kind", OLD."expiry_dates", OLD."expiry_warning_days", OLD."pending_until", OLD."return_policy", OLD."debt_max", OLD."redeem_points_min", OLD."tier_months", OLD."tier_basis", OLD."tier_window", OLD."tier_downgrade", OLD."tier_grace_days", OLD."tier_warning_days", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.program\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='ccbac89790090847d78429ba812cbfd113911f0d', operation='DELETE', pgid='pgtrigger_history_delete_67c09', table='programs_program', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tier',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."code" IS DISTINCT FROM NEW."code" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."points_min" IS DISTINCT FROM NEW."points_min" OR OLD."benefits" IS DISTINCT FROM NEW."benefits" OR OLD."multiplier" IS DISTINCT FROM NEW."multiplier" OR OLD."perks" IS DISTINCT FROM NEW."perks")', declare='DECLARE kept "programs_tierhistory";', func='INSERT INTO "programs_tierhistory" ("id", "program_id", "code", "name", "points_min", "benefits", "multiplier", "perks", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."program_id", NEW."code", NEW."name", NEW."points_min", NEW."benefits", NEW."multiplier", NEW."perks", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'program_id\', \'code\', \'name\', \'points_min\', \'benefits\', \'multiplier\', \'perks\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.tier\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='068392a5f0c19bfdc5cddee24232fd3c2a229338', operation='UPDATE', pgid='pgtrigger_history_update_e6f1c', table='programs_tier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tier',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_tierhistory";', func='INSERT INTO "programs_tierhistory" ("id", "program_id", "code", "name", "points_min", "benefits", "multiplier", "perks", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."program_id", NEW."code", NEW."name", NEW."points_min", NEW."benefits", NEW."multiplier", NEW."perks", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.tier\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='e14c8166e9a02463dedd097b4cbff2e09acf8c7b', operation='INSERT', pgid='pgtrigger_history_insert_b906b', table='programs_tier', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='tier',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_tierhistory";', func='INSERT INTO "programs_tierhistory" ("id", "program_id", "code", "name", "points_min", "benefits", "multiplier", "perks", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."program_id", OLD."code", OLD."name", OLD."points_min", OLD."benefits", OLD."multiplier", OLD."perks", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.tier\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = OLD.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='e3bf55c96558734f813072bc67ad363181a0a3c1', operation='DELETE', pgid='pgtrigger_history_delete_b4cf4', table='programs_tier', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='tier',
            constraint=models.CheckConstraint(condition=models.Q(('multiplier__gte', 1)), name='tier_multiplies_by_one_at_least'),
        ),
        migrations.AddField(
            model_name='campaign',
            name='program',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='campaigns', to='programs.program'),
        ),
        migrations.AddField(
            model_name='campaignhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.campaign'),
        ),
        migrations.AddField(
            model_name='campaignhistory',
            name='program',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program'),
        ),
        migrations.AddField(
            model_name='edition',
            name='program',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='editions', to='programs.program'),
        ),
        migrations.AddField(
            model_name='eventtype',
            name='brand',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='event_types', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='eventtypehistory',
            name='brand',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='eventtypehistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.eventtype'),
        ),
        migrations.AddField(
            model_name='limitcounter',
            name='program',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program'),
        ),
        migrations.AddField(
            model_name='memberevent',
            name='member',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.member'),
        ),
        migrations.AddField(
            model_name='memberevent',
            name='program',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program'),
        ),
        migrations.AddField(
            model_name='programlink',
            name='partner',
            field=models.ForeignKey(help_text='Where they earn besides.', on_delete=django.db.models.deletion.PROTECT, related_name='linked_from', to='programs.program'),
        ),
        migrations.AddField(
            model_name='programlink',
            name='program',
            field=models.ForeignKey(help_text='Where members buy.', on_delete=django.db.models.deletion.PROTECT, related_name='links', to='programs.program'),
        ),
        migrations.AddField(
            model_name='programlinkhistory',
            name='partner',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program'),
        ),
        migrations.AddField(
            model_name='programlinkhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.programlink'),
        ),
        migrations.AddField(
            model_name='programlinkhistory',
            name='program',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program'),
        ),
        migrations.AddField(
            model_name='referral',
            name='friend',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.member'),
        ),
        migrations.AddField(
            model_name='referral',
            name='program',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program'),
        ),
        migrations.AddField(
            model_name='referral',
            name='referrer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.member'),
        ),
        migrations.AddField(
            model_name='ruleset',
            name='program',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rulesets', to='programs.program'),
        ),
        migrations.AddField(
            model_name='edition',
            name='ruleset',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='editions', to='programs.ruleset'),
        ),
        migrations.AddField(
            model_name='rulesethistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.ruleset'),
        ),
        migrations.AddField(
            model_name='rulesethistory',
            name='program',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program'),
        ),
        migrations.AddField(
            model_name='segment',
            name='brand',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='segments', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='segmenthistory',
            name='brand',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='loyalty.brand'),
        ),
        migrations.AddField(
            model_name='segmenthistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='programs.segment'),
        ),
        migrations.AddField(
            model_name='segmentmember',
            name='member',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.member'),
        ),
        migrations.AddField(
            model_name='segmentmember',
            name='segment',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='members', to='programs.segment'),
        ),
        migrations.AddField(
            model_name='tierchange',
            name='membership',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tier_changes', to='programs.membership'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.UniqueConstraint(fields=('program', 'key'), name='campaign_key_is_unique_in_the_program'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at__isnull', True), ('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='campaign_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('budget_points__isnull', True), ('budget_points__gte', 1), _connector='OR'), models.Q(('budget_times__isnull', True), ('budget_times__gte', 1), _connector='OR'), models.Q(('member_points__isnull', True), ('member_points__gte', 1), _connector='OR'), models.Q(('member_times__isnull', True), ('member_times__gte', 1), _connector='OR')), name='campaign_bounds_are_positive'),
        ),
        migrations.AddConstraint(
            model_name='campaign',
            constraint=models.CheckConstraint(condition=models.Q(('goal_metric', ''), models.Q(('goal_points__gte', 1), ('goal_target__gte', 1)), _connector='OR'), name='campaign_goal_is_whole'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."key" IS DISTINCT FROM NEW."key" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."description" IS DISTINCT FROM NEW."description" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."starts_at" IS DISTINCT FROM NEW."starts_at" OR OLD."ends_at" IS DISTINCT FROM NEW."ends_at" OR OLD."audience" IS DISTINCT FROM NEW."audience" OR OLD."rules" IS DISTINCT FROM NEW."rules" OR OLD."budget_points" IS DISTINCT FROM NEW."budget_points" OR OLD."budget_times" IS DISTINCT FROM NEW."budget_times" OR OLD."member_points" IS DISTINCT FROM NEW."member_points" OR OLD."member_times" IS DISTINCT FROM NEW."member_times" OR OLD."priority" IS DISTINCT FROM NEW."priority" OR OLD."goal_metric" IS DISTINCT FROM NEW."goal_metric" OR OLD."goal_target" IS DISTINCT FROM NEW."goal_target" OR OLD."goal_points" IS DISTINCT FROM NEW."goal_points" OR OLD."goal_reached_at" IS DISTINCT FROM NEW."goal_reached_at" OR OLD."goal_paid_at" IS DISTINCT FROM NEW."goal_paid_at" OR OLD."activated_at" IS DISTINCT FROM NEW."activated_at" OR OLD."ended_at" IS DISTINCT FROM NEW."ended_at" OR OLD."created_by" IS DISTINCT FROM NEW."created_by")', declare='DECLARE kept "programs_campaignhistory";', func='INSERT INTO "programs_campaignhistory" ("id", "program_id", "key", "name", "description", "status", "starts_at", "ends_at", "audience", "rules", "budget_points", "budget_times", "member_points", "member_times", "priority", "goal_metric", "goal_target", "goal_points", "goal_reached_at", "goal_paid_at", "activated_at", "ended_at", "created_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."program_id", NEW."key", NEW."name", NEW."description", NEW."status", NEW."starts_at", NEW."ends_at", NEW."audience", NEW."rules", NEW."budget_points", NEW."budget_times", NEW."member_points", NEW."member_times", NEW."priority", NEW."goal_metric", NEW."goal_target", NEW."goal_points", NEW."goal_reached_at", NEW."goal_paid_at", NEW."activated_at", NEW."ended_at", NEW."created_by", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'program_id\', \'key\', \'name\', \'description\', \'status\', \'starts_at\', \'ends_at\', \'audience\', \'rules\', \'budget_points\', \'budget_times\', \'member_points\', \'member_times\', \'priority\', \'goal_metric\', \'goal_target\', \'goal_points\', \'goal_reached_at\', \'goal_paid_at\', \'activated_at\', \'ended_at\', \'created_by\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.campaign\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='31a1ff4a6286d4b6c27429bc65dcbcbeccb7fadd', operation='UPDATE', pgid='pgtrigger_history_update_0724d', table='programs_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_campaignhistory";', func='INSERT INTO "programs_campaignhistory" ("id", "program_id", "key", "name", "description", "status", "starts_at", "ends_at", "audience", "rules", "budget_points", "budget_times", "member_points", "member_times", "priority", "goal_metric", "goal_target", "goal_points", "goal_reached_at", "goal_paid_at", "activated_at", "ended_at", "created_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."program_id", NEW."key", NEW."name", NEW."description", NEW."status", NEW."starts_at", NEW."ends_at", NEW."audience", NEW."rules", NEW."budget_points", NEW."budget_times", NEW."member_points", NEW."member_times", NEW."priority", NEW."goal_metric", NEW."goal_target", NEW."goal_points", NEW."goal_reached_at", NEW."goal_paid_at", NEW."activated_at", NEW."ended_at", NEW."created_by", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.campaign\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='860f523ef079a1ed42ee75610099bcc6a5507bd7', operation='INSERT', pgid='pgtrigger_history_insert_fcc54', table='programs_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaign',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_campaignhistory";', func='INSERT INTO "programs_campaignhistory" ("id", "program_id", "key", "name", "description", "status", "starts_at", "ends_at", "audience", "rules", "budget_points", "budget_times", "member_points", "member_times", "priority", "goal_metric", "goal_target", "goal_points", "goal_reached_at", "goal_paid_at", "activated_at", "ended_at", "created_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."program_id", OLD."key", OLD."name", OLD."description", OLD."status", OLD."starts_at", OLD."ends_at", OLD."audience", OLD."rules", OLD."budget_points", OLD."budget_times", OLD."member_points", OLD."member_times", OLD."priority", OLD."goal_metric", OLD."goal_target", OLD."goal_points", OLD."goal_reached_at", OLD."goal_paid_at", OLD."activated_at", OLD."ended_at", OLD."created_by", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.campaign\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = OLD.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='b39e924ee76fb6780c42e14159584c11677b567b', operation='DELETE', pgid='pgtrigger_history_delete_7516e', table='programs_campaign', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaignhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='eca82e4c1089fe45b116fc31c7789a727f28d9b3', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_30f5c', table='programs_campaignhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='campaignhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='90304a9d3ced1ecaa342f89eea35a72b8c6a3c92', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_15fbd', table='programs_campaignhistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='eventtype',
            constraint=models.UniqueConstraint(fields=('brand', 'name'), name='event_type_is_unique_in_the_brand'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventtype',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."label" IS DISTINCT FROM NEW."label" OR OLD."fields" IS DISTINCT FROM NEW."fields")', declare='DECLARE kept "programs_eventtypehistory";', func='INSERT INTO "programs_eventtypehistory" ("id", "brand_id", "name", "label", "fields", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."name", NEW."label", NEW."fields", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'name\', \'label\', \'fields\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventtype\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='cca17661a18caccfa02650d18e182a90bdff831d', operation='UPDATE', pgid='pgtrigger_history_update_cadbd', table='programs_eventtype', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventtype',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_eventtypehistory";', func='INSERT INTO "programs_eventtypehistory" ("id", "brand_id", "name", "label", "fields", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."name", NEW."label", NEW."fields", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventtype\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='8b72a30bfff3170f0f482a424ecc54f891dcc854', operation='INSERT', pgid='pgtrigger_history_insert_7959e', table='programs_eventtype', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventtype',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_eventtypehistory";', func='INSERT INTO "programs_eventtypehistory" ("id", "brand_id", "name", "label", "fields", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."name", OLD."label", OLD."fields", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.eventtype\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='5ae4e1d2f25dc10c53c0dfbe10689fb0d24be626', operation='DELETE', pgid='pgtrigger_history_delete_a5943', table='programs_eventtype', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventtypehistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='e51bab8a11d287b5bac766db7e9a7dff01b17320', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_3a11c', table='programs_eventtypehistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='eventtypehistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='d9fbf41cf7296d1698c5d8755b032c17084d0bf0', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1d200', table='programs_eventtypehistory', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='limitcounter',
            index=models.Index(fields=['program', 'owner', 'scope'], name='limit_by_owner'),
        ),
        migrations.AddConstraint(
            model_name='limitcounter',
            constraint=models.UniqueConstraint(fields=('program', 'subject', 'since', 'owner', 'scope', 'period'), name='limit_is_counted_once'),
        ),
        migrations.AddConstraint(
            model_name='limitcounter',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', 0), ('times__gte', 0)), name='limit_counts_up_from_nothing'),
        ),
        migrations.AddIndex(
            model_name='memberevent',
            index=models.Index(fields=['member', 'occurred_at'], name='member_event_by_member'),
        ),
        migrations.AddConstraint(
            model_name='memberevent',
            constraint=models.UniqueConstraint(fields=('program', 'source', 'reference'), name='event_of_a_member_counts_once'),
        ),
        migrations.AddConstraint(
            model_name='programlink',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'ended'), _negated=True), fields=('program', 'partner'), name='link_is_one_per_pair'),
        ),
        migrations.AddConstraint(
            model_name='programlink',
            constraint=models.CheckConstraint(condition=models.Q(('earn_points__gte', 1), ('earn_per_minor__gte', 1)), name='link_earns_something'),
        ),
        migrations.AddConstraint(
            model_name='programlink',
            constraint=models.CheckConstraint(condition=models.Q(('program', models.F('partner')), _negated=True), name='link_is_between_two'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programlink',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."partner_id" IS DISTINCT FROM NEW."partner_id" OR OLD."earn_points" IS DISTINCT FROM NEW."earn_points" OR OLD."earn_per_minor" IS DISTINCT FROM NEW."earn_per_minor" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."accepted_by" IS DISTINCT FROM NEW."accepted_by")', declare='DECLARE kept "programs_programlinkhistory";', func='INSERT INTO "programs_programlinkhistory" ("id", "program_id", "partner_id", "earn_points", "earn_per_minor", "status", "accepted_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."program_id", NEW."partner_id", NEW."earn_points", NEW."earn_per_minor", NEW."status", NEW."accepted_by", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'program_id\', \'partner_id\', \'earn_points\', \'earn_per_minor\', \'status\', \'accepted_by\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.programlink\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.program_id, NEW.partner_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='bbe3b28c8413d4170fc637bccc5989be8a337d53', operation='UPDATE', pgid='pgtrigger_history_update_b094f', table='programs_programlink', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programlink',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programlinkhistory";', func='INSERT INTO "programs_programlinkhistory" ("id", "program_id", "partner_id", "earn_points", "earn_per_minor", "status", "accepted_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."program_id", NEW."partner_id", NEW."earn_points", NEW."earn_per_minor", NEW."status", NEW."accepted_by", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.programlink\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.program_id, NEW.partner_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='d0e43929be5da9d11365d59c810ebfe8e6845627', operation='INSERT', pgid='pgtrigger_history_insert_cf7f6', table='programs_programlink', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programlink',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_programlinkhistory";', func='INSERT INTO "programs_programlinkhistory" ("id", "program_id", "partner_id", "earn_points", "earn_per_minor", "status", "accepted_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."program_id", OLD."partner_id", OLD."earn_points", OLD."earn_per_minor", OLD."status", OLD."accepted_by", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.programlink\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (OLD.program_id, OLD.partner_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='0249a8516dbbc81c8dc1133e678688709cc5fce8', operation='DELETE', pgid='pgtrigger_history_delete_e6f27', table='programs_programlink', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programlinkhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='d985819f927907887e00e39e77d192bdfc76c819', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_33bc4', table='programs_programlinkhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='programlinkhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='3fb7f5561be585652c756fdaea553adfc406c69e', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_05806', table='programs_programlinkhistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.UniqueConstraint(fields=('program', 'friend'), name='referral_has_one_referrer'),
        ),
        migrations.AddConstraint(
            model_name='referral',
            constraint=models.CheckConstraint(condition=models.Q(('referrer', models.F('friend')), _negated=True), name='referral_is_of_another'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.UniqueConstraint(fields=('program', 'version'), name='ruleset_version_is_unique_in_the_program'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'published')), fields=('program',), name='ruleset_in_force_is_one_per_program'),
        ),
        migrations.AddConstraint(
            model_name='ruleset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', True), ('status', 'draft')), models.Q(models.Q(('status', 'draft'), _negated=True), ('errors', []), ('published_at__isnull', False)), _connector='OR'), name='ruleset_published_has_no_mistakes'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ruleset',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."version" IS DISTINCT FROM NEW."version" OR OLD."note" IS DISTINCT FROM NEW."note" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."created_by" IS DISTINCT FROM NEW."created_by" OR OLD."published_at" IS DISTINCT FROM NEW."published_at" OR OLD."published_by" IS DISTINCT FROM NEW."published_by")', declare='DECLARE kept "programs_rulesethistory";', func='INSERT INTO "programs_rulesethistory" ("id", "program_id", "version", "note", "status", "created_by", "published_at", "published_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."program_id", NEW."version", NEW."note", NEW."status", NEW."created_by", NEW."published_at", NEW."published_by", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'program_id\', \'version\', \'note\', \'status\', \'created_by\', \'published_at\', \'published_by\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.ruleset\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='468f46f1bc9ac690b30392db7adbeaf4f4ce4f5b', operation='UPDATE', pgid='pgtrigger_history_update_9876a', table='programs_ruleset', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ruleset',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_rulesethistory";', func='INSERT INTO "programs_rulesethistory" ("id", "program_id", "version", "note", "status", "created_by", "published_at", "published_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."program_id", NEW."version", NEW."note", NEW."status", NEW."created_by", NEW."published_at", NEW."published_by", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.ruleset\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='ea99f4f65a93e053cf36a9238ff0d70a132f4a89', operation='INSERT', pgid='pgtrigger_history_insert_66acd', table='programs_ruleset', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='ruleset',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_rulesethistory";', func='INSERT INTO "programs_rulesethistory" ("id", "program_id", "version", "note", "status", "created_by", "published_at", "published_by", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."program_id", OLD."version", OLD."note", OLD."status", OLD."created_by", OLD."published_at", OLD."published_by", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.ruleset\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = OLD.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='6b3b5e117bd55fb05546f602f72141afac4d18d7', operation='DELETE', pgid='pgtrigger_history_delete_9580e', table='programs_ruleset', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='edition',
            constraint=models.UniqueConstraint(fields=('program', 'number'), name='edition_number_is_unique_in_the_program'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulesethistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='f515b3e7a2544cb6d7e719da50d72c667e5de0a6', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_6682d', table='programs_rulesethistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulesethistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='d5b2bc440313fc35f6035a9d2c47c818e693fafe', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_34214', table='programs_rulesethistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='segment',
            constraint=models.UniqueConstraint(fields=('brand', 'key'), name='segment_key_is_unique_in_the_brand'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='segment',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."brand_id" IS DISTINCT FROM NEW."brand_id" OR OLD."key" IS DISTINCT FROM NEW."key" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."kind" IS DISTINCT FROM NEW."kind" OR OLD."conditions" IS DISTINCT FROM NEW."conditions")', declare='DECLARE kept "programs_segmenthistory";', func='INSERT INTO "programs_segmenthistory" ("id", "brand_id", "key", "name", "kind", "conditions", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."brand_id", NEW."key", NEW."name", NEW."kind", NEW."conditions", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'brand_id\', \'key\', \'name\', \'kind\', \'conditions\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.segment\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='946740ecfd735779b075b47f213c8a36b4ae0930', operation='UPDATE', pgid='pgtrigger_history_update_55a06', table='programs_segment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='segment',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_segmenthistory";', func='INSERT INTO "programs_segmenthistory" ("id", "brand_id", "key", "name", "kind", "conditions", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."brand_id", NEW."key", NEW."name", NEW."kind", NEW."conditions", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.segment\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[NEW.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='b422724dc366a2cd7db315746d3d5274421b3136', operation='INSERT', pgid='pgtrigger_history_insert_b870f', table='programs_segment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='segment',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "programs_segmenthistory";', func='INSERT INTO "programs_segmenthistory" ("id", "brand_id", "key", "name", "kind", "conditions", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."brand_id", OLD."key", OLD."name", OLD."kind", OLD."conditions", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'programs.segment\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY[OLD.brand_id], loyalty_row_digest(kept)); RETURN NULL;', hash='de36e4f525e72e0f8d5d5efdccf0e49c82d19840', operation='DELETE', pgid='pgtrigger_history_delete_736e6', table='programs_segment', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='segmenthistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='901034666f3e211a13bbd5796d0b4db045ff33a8', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_2723a', table='programs_segmenthistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='segmenthistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='bf5a6acf2885a2209de1f7e7712172bac8864535', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_7528b', table='programs_segmenthistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='segmentmember',
            constraint=models.UniqueConstraint(fields=('segment', 'member'), name='segment_lists_a_member_once'),
        ),
        migrations.AddIndex(
            model_name='tierchange',
            index=models.Index(fields=['membership', 'occurred_at'], name='tier_change_by_member'),
        ),
        run_sql("programs/sql/rules_stay_as_published.sql"),
    ]
