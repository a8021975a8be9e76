"""The exchange: agreements, rates, quotes, exchanges, gifts and households."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import loyalty.clock
import loyalty.ids
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('ledger', '0010_points_change_hands'),
        ('loyalty', '0015_locations'),
        ('programs', '0027_tiers_are_earned'),
    ]

    operations = [
        migrations.CreateModel(
            name='TransferPolicyHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('gifts_are_open', models.BooleanField(null=True)),
                ('gift_min', models.BigIntegerField(null=True)),
                ('gift_max', models.BigIntegerField(null=True)),
                ('gift_daily_max', models.BigIntegerField(null=True)),
                ('gift_daily_count', models.PositiveSmallIntegerField(null=True)),
                ('gift_hold_hours', models.PositiveSmallIntegerField(null=True)),
                ('gift_hops_max', models.PositiveSmallIntegerField(null=True)),
                ('exchange_hops_max', models.PositiveSmallIntegerField(null=True)),
                ('households_are_open', models.BooleanField(null=True)),
                ('household_size_max', models.PositiveSmallIntegerField(null=True)),
                ('household_wait_hours', models.PositiveSmallIntegerField(null=True)),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('rate_max', models.DecimalField(blank=True, decimal_places=9, help_text='No rate of this pair may be higher, bonuses included; empty: no bound but that of circles.', max_digits=18, null=True)),
                ('point_price', models.DecimalField(blank=True, decimal_places=6, help_text='What one issued point costs the brand that sends; empty: nothing is owed in money.', max_digits=12, null=True, validators=[django.core.validators.MinValueValidator(0)])),
                ('currency', models.CharField(blank=True, help_text='Of the price.', max_length=3)),
                ('is_prefunded', models.BooleanField(default=False, help_text='Points come out of a pool that was paid for before, and that cannot go below zero.')),
                ('pool_points', models.BigIntegerField(default=0, editable=False, help_text='What is left in the pool.')),
                ('status', models.CharField(choices=[('proposed', 'Proposed'), ('active', 'Active'), ('ended', 'Ended')], default='proposed', editable=False, max_length=8)),
                ('accepted_by', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, editable=False, help_text='The brands that agreed.', size=None)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('active_since', models.DateTimeField(blank=True, editable=False, null=True)),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('from_program', models.ForeignKey(help_text='Whose points members give.', on_delete=django.db.models.deletion.PROTECT, related_name='agreements_out', to='programs.program')),
                ('to_program', models.ForeignKey(help_text='Whose points members get for them.', on_delete=django.db.models.deletion.PROTECT, related_name='agreements_in', to='programs.program')),
            ],
            options={
                'ordering': ['from_program', 'to_program', '-created_at'],
            },
        ),
        migrations.CreateModel(
            name='AgreementHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('rate_max', models.DecimalField(decimal_places=9, max_digits=18, null=True)),
                ('point_price', models.DecimalField(decimal_places=6, max_digits=12, null=True)),
                ('currency', models.CharField(max_length=3, null=True)),
                ('is_prefunded', models.BooleanField(null=True)),
                ('status', models.CharField(editable=False, max_length=8, null=True)),
                ('accepted_by', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), editable=False, null=True, size=None)),
                ('note', models.CharField(max_length=200, null=True)),
                ('active_since', models.DateTimeField(editable=False, null=True)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('from_program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='exchange.agreement')),
                ('to_program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Bonus',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=80)),
                ('percent', models.DecimalField(decimal_places=2, help_text='On top of the rate.', max_digits=6, validators=[django.core.validators.MinValueValidator(0)])),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(help_text='Not any more from then on.')),
                ('actor', models.CharField(editable=False, max_length=80)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('from_program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bonuses_out', to='programs.program')),
                ('to_program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bonuses_in', to='programs.program')),
            ],
            options={
                'verbose_name_plural': 'bonuses',
                'ordering': ['-starts_at'],
            },
        ),
        migrations.CreateModel(
            name='BonusHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('name', models.CharField(max_length=80, null=True)),
                ('percent', models.DecimalField(decimal_places=2, max_digits=6, null=True)),
                ('starts_at', models.DateTimeField(null=True)),
                ('ends_at', models.DateTimeField(null=True)),
                ('actor', models.CharField(editable=False, max_length=80, null=True)),
                ('from_program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='exchange.bonus')),
                ('to_program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='DayUsage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('points', models.BigIntegerField()),
                ('from_program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
                ('member', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='loyalty.member')),
                ('to_program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
            ],
        ),
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('rate', models.DecimalField(decimal_places=13, help_text='The bonus included.', max_digits=24)),
                ('from_amount', models.BigIntegerField()),
                ('fee', models.BigIntegerField(help_text='Of the points given; the rest is exchanged at the rate.')),
                ('to_amount', models.BigIntegerField(help_text='Rounded down.')),
                ('residue', models.DecimalField(decimal_places=13, help_text='What rounding down left out.', max_digits=14)),
                ('day', models.DateField(help_text='The day it counts for, by the clock of the program it leaves.')),
                ('status', models.CharField(choices=[('pending', 'Pending'), ('processing', 'Processing'), ('completed', 'Completed'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='pending', max_length=10)),
                ('failure', models.CharField(blank=True, help_text='The problem code of why it failed.', max_length=60)),
                ('key', models.CharField(help_text='Idempotency key, with its scope in front.', max_length=400)),
                ('fingerprint', models.BinaryField(help_text='SHA-256 of the request: the same key with another one is refused.')),
                ('actor', models.CharField(max_length=80)),
                ('lane', models.PositiveSmallIntegerField(help_text='Exchanges of one lane are settled in order.')),
                ('hold_id', models.UUIDField(help_text='The posting that set the points aside.')),
                ('out_id', models.UUIDField(help_text='The posting that took them.', null=True)),
                ('in_id', models.UUIDField(help_text='The posting that gave the others.', null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_attempt_at', models.DateTimeField(help_text='Not before, after a failed attempt.', null=True)),
                ('last_error', models.CharField(blank=True, help_text='What went wrong at the last attempt.', max_length=300)),
                ('told_at', models.DateTimeField(help_text='When a message broker was told of it, where there is one.', null=True)),
                ('is_dead', models.BooleanField(default=False, help_text='Too many attempts failed; somebody must look.')),
                ('processing_since', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now)),
                ('completed_at', models.DateTimeField(help_text='When it completed, failed or was cancelled.', null=True)),
                ('bonus', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='exchanges', to='exchange.bonus')),
                ('from_account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('from_program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exchanges_out', to='programs.program')),
                ('member', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exchanges', to='loyalty.member')),
                ('to_account', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='ledger.account')),
                ('to_program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exchanges_in', to='programs.program')),
            ],
        ),
        migrations.CreateModel(
            name='ExchangeStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(help_text='retry, dead, revived, given_up, cancelled', max_length=20)),
                ('note', models.CharField(blank=True, max_length=300)),
                ('actor', models.CharField(max_length=80)),
                ('occurred_at', models.DateTimeField(default=loyalty.clock.now)),
                ('exchange', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='exchange.exchange')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Gift',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('points', models.BigIntegerField()),
                ('message', models.CharField(blank=True, max_length=200)),
                ('key', models.CharField(help_text='Idempotency key, with its scope in front.', max_length=400)),
                ('fingerprint', models.BinaryField(help_text='SHA-256 of the request: the same key with another one is refused.')),
                ('actor', models.CharField(max_length=80)),
                ('out_id', models.UUIDField(help_text='The posting that took the points.')),
                ('in_id', models.UUIDField(help_text='The posting that gave them.')),
                ('available_at', models.DateTimeField(help_text='Pending for the receiver before it.')),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('giver', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='gifts_given', to='loyalty.member')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='gifts', to='programs.program')),
                ('receiver', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='gifts_received', to='loyalty.member')),
            ],
        ),
        migrations.CreateModel(
            name='Household',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('ended_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('owner', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='loyalty.member')),
                ('program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='households', to='programs.program')),
            ],
        ),
        migrations.CreateModel(
            name='HouseholdMember',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('invited', 'Invited'), ('joined', 'Joined'), ('declined', 'Declined'), ('left', 'Left'), ('removed', 'Removed')], default='invited', max_length=8)),
                ('invited_at', models.DateTimeField(default=loyalty.clock.now)),
                ('joined_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('actor', models.CharField(max_length=80)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='members', to='exchange.household')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='households', to='loyalty.member')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
            ],
        ),
        migrations.CreateModel(
            name='PoolChange',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('points', models.BigIntegerField(help_text='Signed.')),
                ('reference', models.CharField(blank=True, help_text="The payment's number.", max_length=100)),
                ('actor', models.CharField(max_length=80)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pool_changes', to='exchange.agreement')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PooledSpend',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('points', models.BigIntegerField()),
                ('parts', models.JSONField(help_text='[[member id, transaction id, points], ...] of what each one paid.')),
                ('reference', models.CharField(blank=True, max_length=200)),
                ('description', models.CharField(blank=True, max_length=200)),
                ('key', models.CharField(help_text='Idempotency key, with its scope in front.', max_length=400)),
                ('fingerprint', models.BinaryField(help_text='SHA-256 of the request: the same key with another one is refused.')),
                ('actor', models.CharField(max_length=80)),
                ('reversed_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('household', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spends', to='exchange.household')),
                ('member', models.ForeignKey(help_text='Who asked for it.', on_delete=django.db.models.deletion.PROTECT, related_name='pooled_spends', to='loyalty.member')),
                ('program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
            ],
        ),
        migrations.CreateModel(
            name='Quote',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('rate', models.DecimalField(decimal_places=13, help_text='The bonus included.', max_digits=24)),
                ('from_amount', models.BigIntegerField()),
                ('fee', models.BigIntegerField(help_text='Of the points given; the rest is exchanged at the rate.')),
                ('to_amount', models.BigIntegerField(help_text='Rounded down.')),
                ('residue', models.DecimalField(decimal_places=13, help_text='What rounding down left out.', max_digits=14)),
                ('actor', models.CharField(max_length=80)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('expires_at', models.DateTimeField()),
                ('bonus', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.bonus')),
                ('from_program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
                ('member', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='quotes', to='loyalty.member')),
                ('to_program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='programs.program')),
            ],
        ),
        migrations.AddField(
            model_name='exchange',
            name='quote',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='exchange', to='exchange.quote'),
        ),
        migrations.CreateModel(
            name='Rate',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('rate', models.DecimalField(decimal_places=9, help_text='Points got for one point given.', max_digits=18)),
                ('fee_percent', models.DecimalField(decimal_places=2, default=0, help_text='Of the points given, kept as a fee; rounded up to a whole point.', max_digits=5, validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(99)])),
                ('fee_points', models.BigIntegerField(default=0, help_text='Kept besides.', validators=[django.core.validators.MinValueValidator(0)])),
                ('from_min', models.BigIntegerField(default=1, help_text='Fewest points at once.', validators=[django.core.validators.MinValueValidator(1)])),
                ('from_step', models.BigIntegerField(default=1, help_text='Points can be given in multiples of this.', validators=[django.core.validators.MinValueValidator(1)])),
                ('from_max', models.BigIntegerField(blank=True, help_text='Most points.', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('member_daily_max', models.BigIntegerField(blank=True, help_text='Points a member can give in a day.', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('pair_daily_max', models.BigIntegerField(blank=True, help_text='Points all members can give in a day.', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('pending_hours', models.PositiveSmallIntegerField(default=0, help_text='How long points got are pending.')),
                ('is_open', models.BooleanField(default=True, help_text='Off: the pair is closed from then on.')),
                ('valid_from', models.DateTimeField()),
                ('actor', models.CharField(max_length=80)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('from_program', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rates_out', to='programs.program')),
                ('to_program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rates_in', to='programs.program')),
            ],
            options={
                'ordering': ['from_program', 'to_program', '-valid_from'],
            },
        ),
        migrations.AddField(
            model_name='quote',
            name='terms',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='exchange.rate'),
        ),
        migrations.AddField(
            model_name='exchange',
            name='terms',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='exchanges', to='exchange.rate'),
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.UUIDField(default=loyalty.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('month', models.DateField(help_text='Its first day.')),
                ('exchanges', models.BigIntegerField()),
                ('points_given', models.BigIntegerField(help_text='Points of the first program that members gave, fees included.')),
                ('points_issued', models.BigIntegerField(help_text='Points of the second program that members got.')),
                ('point_price', models.DecimalField(decimal_places=6, max_digits=12, null=True)),
                ('amount_minor', models.BigIntegerField(help_text='Owed, in minor units.', null=True)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('paid_at', models.DateTimeField(blank=True, null=True)),
                ('reference', models.CharField(blank=True, help_text="The payment's number.", max_length=100)),
                ('actor', models.CharField(editable=False, max_length=80)),
                ('created_at', models.DateTimeField(default=loyalty.clock.now, editable=False)),
                ('from_program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements_out', to='programs.program')),
                ('to_program', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements_in', to='programs.program')),
            ],
            options={
                'ordering': ['-month'],
            },
        ),
        migrations.CreateModel(
            name='SettlementHistory',
            fields=[
                ('pgh_id', models.BigIntegerField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField()),
                ('pgh_label', models.CharField(max_length=10)),
                ('pgh_before', models.JSONField(null=True)),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('id', models.UUIDField(editable=False, null=True, serialize=False)),
                ('month', models.DateField(null=True)),
                ('exchanges', models.BigIntegerField(null=True)),
                ('points_given', models.BigIntegerField(null=True)),
                ('points_issued', models.BigIntegerField(null=True)),
                ('point_price', models.DecimalField(decimal_places=6, max_digits=12, null=True)),
                ('amount_minor', models.BigIntegerField(null=True)),
                ('currency', models.CharField(max_length=3, null=True)),
                ('paid_at', models.DateTimeField(null=True)),
                ('reference', models.CharField(max_length=100, null=True)),
                ('actor', models.CharField(editable=False, max_length=80, null=True)),
                ('from_program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='exchange.settlement')),
                ('to_program', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='programs.program')),
            ],
            options={
                'abstract': False,
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='TransferPolicy',
            fields=[
                ('program', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='transfer_policy', serialize=False, to='programs.program')),
                ('gifts_are_open', models.BooleanField(default=True, help_text='Members may give points to each other.')),
                ('gift_min', models.BigIntegerField(default=1, help_text='Fewest points to give.', validators=[django.core.validators.MinValueValidator(1)])),
                ('gift_max', models.BigIntegerField(blank=True, help_text='Most points of a gift; empty: no limit.', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('gift_daily_max', models.BigIntegerField(blank=True, help_text='Points a member can give away in a day.', null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ('gift_daily_count', models.PositiveSmallIntegerField(default=20, help_text='Gifts a member can make in a day.', validators=[django.core.validators.MinValueValidator(1)])),
                ('gift_hold_hours', models.PositiveSmallIntegerField(default=24, help_text='How long given points are pending, so that stolen ones can be brought back.', validators=[django.core.validators.MaxValueValidator(2160)])),
                ('gift_hops_max', models.PositiveSmallIntegerField(default=1, help_text='How often points may change hands by gifts; 1: what was given is not given on.')),
                ('exchange_hops_max', models.PositiveSmallIntegerField(default=3, help_text='How often points may have changed hands or programs when they are exchanged away.')),
                ('households_are_open', models.BooleanField(default=True, help_text='Members may spend their points together.')),
                ('household_size_max', models.PositiveSmallIntegerField(default=6, validators=[django.core.validators.MinValueValidator(2)])),
                ('household_wait_hours', models.PositiveSmallIntegerField(default=24, help_text="How long after joining a household a member's points stay their own.", validators=[django.core.validators.MaxValueValidator(2160)])),
            ],
            options={
                'verbose_name_plural': 'transfer policies',
                'constraints': [models.CheckConstraint(condition=models.Q(('gift_daily_count__gte', 1), ('gift_min__gte', 1), ('household_size_max__gte', 2)), name='transfer_policy_is_in_order')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='transferpolicy',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."program_id" IS DISTINCT FROM NEW."program_id" OR OLD."gifts_are_open" IS DISTINCT FROM NEW."gifts_are_open" OR OLD."gift_min" IS DISTINCT FROM NEW."gift_min" OR OLD."gift_max" IS DISTINCT FROM NEW."gift_max" OR OLD."gift_daily_max" IS DISTINCT FROM NEW."gift_daily_max" OR OLD."gift_daily_count" IS DISTINCT FROM NEW."gift_daily_count" OR OLD."gift_hold_hours" IS DISTINCT FROM NEW."gift_hold_hours" OR OLD."gift_hops_max" IS DISTINCT FROM NEW."gift_hops_max" OR OLD."exchange_hops_max" IS DISTINCT FROM NEW."exchange_hops_max" OR OLD."households_are_open" IS DISTINCT FROM NEW."households_are_open" OR OLD."household_size_max" IS DISTINCT FROM NEW."household_size_max" OR OLD."household_wait_hours" IS DISTINCT FROM NEW."household_wait_hours")', declare='DECLARE kept "exchange_transferpolicyhistory";', func='INSERT INTO "exchange_transferpolicyhistory" ("program_id", "gifts_are_open", "gift_min", "gift_max", "gift_daily_max", "gift_daily_count", "gift_hold_hours", "gift_hops_max", "exchange_hops_max", "households_are_open", "household_size_max", "household_wait_hours", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."program_id", NEW."gifts_are_open", NEW."gift_min", NEW."gift_max", NEW."gift_daily_max", NEW."gift_daily_count", NEW."gift_hold_hours", NEW."gift_hops_max", NEW."exchange_hops_max", NEW."households_are_open", NEW."household_size_max", NEW."household_wait_hours", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."program_id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'program_id\', \'gifts_are_open\', \'gift_min\', \'gift_max\', \'gift_daily_max\', \'gift_daily_count\', \'gift_hold_hours\', \'gift_hops_max\', \'exchange_hops_max\', \'households_are_open\', \'household_size_max\', \'household_wait_hours\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.transferpolicy\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='7d88f43872aa30308c58a8ded846f34e7151e25d', operation='UPDATE', pgid='pgtrigger_history_update_3e3e6', table='exchange_transferpolicy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='transferpolicy',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "exchange_transferpolicyhistory";', func='INSERT INTO "exchange_transferpolicyhistory" ("program_id", "gifts_are_open", "gift_min", "gift_max", "gift_daily_max", "gift_daily_count", "gift_hold_hours", "gift_hops_max", "exchange_hops_max", "households_are_open", "household_size_max", "household_wait_hours", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."program_id", NEW."gifts_are_open", NEW."gift_min", NEW."gift_max", NEW."gift_daily_max", NEW."gift_daily_count", NEW."gift_hold_hours", NEW."gift_hops_max", NEW."exchange_hops_max", NEW."households_are_open", NEW."household_size_max", NEW."household_wait_hours", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."program_id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.transferpolicy\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = NEW.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='7d1477d6307bc007bfaeec9c8779f78c734944ba', operation='INSERT', pgid='pgtrigger_history_insert_51db6', table='exchange_transferpolicy', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='transferpolicy',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "exchange_transferpolicyhistory";', func='INSERT INTO "exchange_transferpolicyhistory" ("program_id", "gifts_are_open", "gift_min", "gift_max", "gift_daily_max", "gift_daily_count", "gift_hold_hours", "gift_hops_max", "exchange_hops_max", "households_are_open", "household_size_max", "household_wait_hours", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."program_id", OLD."gifts_are_open", OLD."gift_min", OLD."gift_max", OLD."gift_daily_max", OLD."gift_daily_count", OLD."gift_hold_hours", OLD."gift_hops_max", OLD."exchange_hops_max", OLD."households_are_open", OLD."household_size_max", OLD."household_wait_hours", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."program_id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.transferpolicy\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id = OLD.program_id), loyalty_row_digest(kept)); RETURN NULL;', hash='584e50163dd5665a0de8f14131c0924224132803', operation='DELETE', pgid='pgtrigger_history_delete_37a4b', table='exchange_transferpolicy', when='AFTER')),
        ),
        migrations.AddField(
            model_name='transferpolicyhistory',
            name='pgh_obj',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='exchange.transferpolicy'),
        ),
        migrations.AddField(
            model_name='transferpolicyhistory',
            name='program',
            field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', serialize=False, to='programs.program'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'ended'), _negated=True), fields=('from_program', 'to_program'), name='agreement_is_one_per_pair'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('from_program', models.F('to_program')), _negated=True), name='agreement_is_between_two'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('is_prefunded', False), ('pool_points__gte', 0), _connector='OR'), name='agreement_pool_is_not_overdrawn'),
        ),
        migrations.AddConstraint(
            model_name='agreement',
            constraint=models.CheckConstraint(condition=models.Q(('point_price', None), models.Q(('currency', ''), _negated=True), _connector='OR'), name='agreement_price_has_money'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreement',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."from_program_id" IS DISTINCT FROM NEW."from_program_id" OR OLD."to_program_id" IS DISTINCT FROM NEW."to_program_id" OR OLD."rate_max" IS DISTINCT FROM NEW."rate_max" OR OLD."point_price" IS DISTINCT FROM NEW."point_price" OR OLD."currency" IS DISTINCT FROM NEW."currency" OR OLD."is_prefunded" IS DISTINCT FROM NEW."is_prefunded" OR OLD."status" IS DISTINCT FROM NEW."status" OR OLD."accepted_by" IS DISTINCT FROM NEW."accepted_by" OR OLD."note" IS DISTINCT FROM NEW."note" OR OLD."active_since" IS DISTINCT FROM NEW."active_since" OR OLD."ended_at" IS DISTINCT FROM NEW."ended_at")', declare='DECLARE kept "exchange_agreementhistory";', func='INSERT INTO "exchange_agreementhistory" ("id", "from_program_id", "to_program_id", "rate_max", "point_price", "currency", "is_prefunded", "status", "accepted_by", "note", "active_since", "ended_at", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."from_program_id", NEW."to_program_id", NEW."rate_max", NEW."point_price", NEW."currency", NEW."is_prefunded", NEW."status", NEW."accepted_by", NEW."note", NEW."active_since", NEW."ended_at", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'from_program_id\', \'to_program_id\', \'rate_max\', \'point_price\', \'currency\', \'is_prefunded\', \'status\', \'accepted_by\', \'note\', \'active_since\', \'ended_at\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.agreement\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.from_program_id, NEW.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='1ba679748854da2c2ecc92cb7e6544f9d052eae0', operation='UPDATE', pgid='pgtrigger_history_update_e0662', table='exchange_agreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreement',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "exchange_agreementhistory";', func='INSERT INTO "exchange_agreementhistory" ("id", "from_program_id", "to_program_id", "rate_max", "point_price", "currency", "is_prefunded", "status", "accepted_by", "note", "active_since", "ended_at", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."from_program_id", NEW."to_program_id", NEW."rate_max", NEW."point_price", NEW."currency", NEW."is_prefunded", NEW."status", NEW."accepted_by", NEW."note", NEW."active_since", NEW."ended_at", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.agreement\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.from_program_id, NEW.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='523fe3c75f8bbf6e468d02bf6dc39a0322fb5e7f', operation='INSERT', pgid='pgtrigger_history_insert_3e81e', table='exchange_agreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreement',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "exchange_agreementhistory";', func='INSERT INTO "exchange_agreementhistory" ("id", "from_program_id", "to_program_id", "rate_max", "point_price", "currency", "is_prefunded", "status", "accepted_by", "note", "active_since", "ended_at", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."from_program_id", OLD."to_program_id", OLD."rate_max", OLD."point_price", OLD."currency", OLD."is_prefunded", OLD."status", OLD."accepted_by", OLD."note", OLD."active_since", OLD."ended_at", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.agreement\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (OLD.from_program_id, OLD.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='cfcbf2cf2ba805a52a56802ad3d2d1b935a33d27', operation='DELETE', pgid='pgtrigger_history_delete_347f9', table='exchange_agreement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='f2e8b5bbdb9379b99c0a05c35b8506b5718ff9de', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_562b8', table='exchange_agreementhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='agreementhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='5da4b536489c3ab3f80572559c3988ad20483074', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_0a242', table='exchange_agreementhistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='bonus',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='bonus_takes_time'),
        ),
        migrations.AddConstraint(
            model_name='bonus',
            constraint=models.CheckConstraint(condition=models.Q(('percent__gt', 0)), name='bonus_gives_something'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bonus',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."from_program_id" IS DISTINCT FROM NEW."from_program_id" OR OLD."to_program_id" IS DISTINCT FROM NEW."to_program_id" OR OLD."name" IS DISTINCT FROM NEW."name" OR OLD."percent" IS DISTINCT FROM NEW."percent" OR OLD."starts_at" IS DISTINCT FROM NEW."starts_at" OR OLD."ends_at" IS DISTINCT FROM NEW."ends_at" OR OLD."actor" IS DISTINCT FROM NEW."actor")', declare='DECLARE kept "exchange_bonushistory";', func='INSERT INTO "exchange_bonushistory" ("id", "from_program_id", "to_program_id", "name", "percent", "starts_at", "ends_at", "actor", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."from_program_id", NEW."to_program_id", NEW."name", NEW."percent", NEW."starts_at", NEW."ends_at", NEW."actor", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'from_program_id\', \'to_program_id\', \'name\', \'percent\', \'starts_at\', \'ends_at\', \'actor\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.bonus\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.from_program_id, NEW.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='fd42d1f985ab17d52b238a2e3bb58f7a2ae331f3', operation='UPDATE', pgid='pgtrigger_history_update_9366a', table='exchange_bonus', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bonus',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "exchange_bonushistory";', func='INSERT INTO "exchange_bonushistory" ("id", "from_program_id", "to_program_id", "name", "percent", "starts_at", "ends_at", "actor", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."from_program_id", NEW."to_program_id", NEW."name", NEW."percent", NEW."starts_at", NEW."ends_at", NEW."actor", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.bonus\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.from_program_id, NEW.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='7bc4236241df675aa126b57c91d6341c7544971b', operation='INSERT', pgid='pgtrigger_history_insert_07a3c', table='exchange_bonus', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bonus',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "exchange_bonushistory";', func='INSERT INTO "exchange_bonushistory" ("id", "from_program_id", "to_program_id", "name", "percent", "starts_at", "ends_at", "actor", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."from_program_id", OLD."to_program_id", OLD."name", OLD."percent", OLD."starts_at", OLD."ends_at", OLD."actor", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.bonus\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (OLD.from_program_id, OLD.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='4772c189a7a69748796a30dd45c30f5ffa11f677', operation='DELETE', pgid='pgtrigger_history_delete_d421c', table='exchange_bonus', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bonushistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='51188ab930266f0d779f98d78e4432f7056f8a68', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b9deb', table='exchange_bonushistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='bonushistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='5d2df1a420b4f10ea7596bba1cbd5e9858b617aa', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_1222c', table='exchange_bonushistory', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='dayusage',
            constraint=models.UniqueConstraint(fields=('from_program', 'to_program', 'day', 'member'), name='day_usage_is_one', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='dayusage',
            constraint=models.CheckConstraint(condition=models.Q(('points__gte', 0)), name='day_usage_is_not_negative'),
        ),
        migrations.AddIndex(
            model_name='gift',
            index=models.Index(fields=['giver', 'program', 'created_at'], name='gift_by_giver'),
        ),
        migrations.AddIndex(
            model_name='gift',
            index=models.Index(fields=['receiver', 'id'], name='gift_by_receiver'),
        ),
        migrations.AddIndex(
            model_name='gift',
            index=models.Index(fields=['program', 'id'], name='gift_by_program'),
        ),
        migrations.AddConstraint(
            model_name='gift',
            constraint=models.UniqueConstraint(fields=('key',), name='gift_key_has_one_effect'),
        ),
        migrations.AddConstraint(
            model_name='gift',
            constraint=models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='gift_moves_points'),
        ),
        migrations.AddConstraint(
            model_name='gift',
            constraint=models.CheckConstraint(condition=models.Q(('giver', models.F('receiver')), _negated=True), name='gift_is_between_two'),
        ),
        migrations.AddConstraint(
            model_name='householdmember',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'joined')), fields=('program', 'member'), name='household_is_one_per_member'),
        ),
        migrations.AddConstraint(
            model_name='householdmember',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['invited', 'joined'])), fields=('household', 'member'), name='household_part_is_one'),
        ),
        migrations.AddConstraint(
            model_name='poolchange',
            constraint=models.CheckConstraint(condition=models.Q(('points', 0), _negated=True), name='pool_change_moves_points'),
        ),
        migrations.AddConstraint(
            model_name='pooledspend',
            constraint=models.UniqueConstraint(fields=('key',), name='pooled_spend_key_has_one_effect'),
        ),
        migrations.AddConstraint(
            model_name='pooledspend',
            constraint=models.CheckConstraint(condition=models.Q(('points__gt', 0)), name='pooled_spend_moves_points'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.UniqueConstraint(fields=('from_program', 'to_program', 'valid_from'), name='rate_is_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.CheckConstraint(condition=models.Q(('from_program', models.F('to_program')), _negated=True), name='rate_is_between_two'),
        ),
        migrations.AddConstraint(
            model_name='rate',
            constraint=models.CheckConstraint(condition=models.Q(('fee_percent__gte', 0), ('fee_percent__lte', 99), ('fee_points__gte', 0), ('rate__gt', 0), ('from_min__gte', 1), ('from_step__gte', 1)), name='rate_is_worth_something'),
        ),
        migrations.AddIndex(
            model_name='quote',
            index=models.Index(fields=['expires_at'], name='quote_past'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('fee__gte', 0), ('fee__lt', models.F('from_amount')), ('from_amount__gt', 0), ('to_amount__gt', 0)), name='quote_moves_points'),
        ),
        migrations.AddIndex(
            model_name='exchange',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'processing'])), fields=['lane', 'id'], name='exchange_waiting'),
        ),
        migrations.AddIndex(
            model_name='exchange',
            index=models.Index(fields=['member', 'id'], name='exchange_by_member'),
        ),
        migrations.AddIndex(
            model_name='exchange',
            index=models.Index(fields=['from_program', 'id'], name='exchange_by_source'),
        ),
        migrations.AddIndex(
            model_name='exchange',
            index=models.Index(fields=['to_program', 'id'], name='exchange_by_target'),
        ),
        migrations.AddIndex(
            model_name='exchange',
            index=models.Index(condition=models.Q(('is_dead', True)), fields=['id'], name='exchange_dead'),
        ),
        migrations.AddConstraint(
            model_name='exchange',
            constraint=models.UniqueConstraint(fields=('key',), name='exchange_key_has_one_effect'),
        ),
        migrations.AddConstraint(
            model_name='exchange',
            constraint=models.CheckConstraint(condition=models.Q(('fee__gte', 0), ('fee__lt', models.F('from_amount')), ('from_amount__gt', 0), ('to_amount__gt', 0)), name='exchange_moves_points'),
        ),
        migrations.AddConstraint(
            model_name='exchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('in_id__isnull', False), ('out_id__isnull', False), ('status', 'completed')), models.Q(models.Q(('status', 'completed'), _negated=True), ('in_id', None), ('out_id', None)), _connector='OR'), name='exchange_has_both_legs_or_none'),
        ),
        migrations.AddConstraint(
            model_name='exchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'failed'), models.Q(('failure', ''), _negated=True)), models.Q(models.Q(('status', 'failed'), _negated=True), ('failure', '')), _connector='OR'), name='exchange_says_why_it_failed'),
        ),
        migrations.AddConstraint(
            model_name='exchange',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('completed_at', None), ('status__in', ['pending', 'processing'])), models.Q(models.Q(('status__in', ['pending', 'processing']), _negated=True), ('completed_at__isnull', False)), _connector='OR'), name='exchange_ends_once'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.UniqueConstraint(fields=('from_program', 'to_program', 'month'), name='settlement_is_one_per_month'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='history_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."id" IS DISTINCT FROM NEW."id" OR OLD."from_program_id" IS DISTINCT FROM NEW."from_program_id" OR OLD."to_program_id" IS DISTINCT FROM NEW."to_program_id" OR OLD."month" IS DISTINCT FROM NEW."month" OR OLD."exchanges" IS DISTINCT FROM NEW."exchanges" OR OLD."points_given" IS DISTINCT FROM NEW."points_given" OR OLD."points_issued" IS DISTINCT FROM NEW."points_issued" OR OLD."point_price" IS DISTINCT FROM NEW."point_price" OR OLD."amount_minor" IS DISTINCT FROM NEW."amount_minor" OR OLD."currency" IS DISTINCT FROM NEW."currency" OR OLD."paid_at" IS DISTINCT FROM NEW."paid_at" OR OLD."reference" IS DISTINCT FROM NEW."reference" OR OLD."actor" IS DISTINCT FROM NEW."actor")', declare='DECLARE kept "exchange_settlementhistory";', func='INSERT INTO "exchange_settlementhistory" ("id", "from_program_id", "to_program_id", "month", "exchanges", "points_given", "points_issued", "point_price", "amount_minor", "currency", "paid_at", "reference", "actor", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id", "pgh_before") VALUES (NEW."id", NEW."from_program_id", NEW."to_program_id", NEW."month", NEW."exchanges", NEW."points_given", NEW."points_issued", NEW."point_price", NEW."amount_minor", NEW."currency", NEW."paid_at", NEW."reference", NEW."actor", nextval(\'loyalty_change_id_seq\'), now(), \'update\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid, loyalty_values_before(to_jsonb(OLD), to_jsonb(NEW), ARRAY[\'id\', \'from_program_id\', \'to_program_id\', \'month\', \'exchanges\', \'points_given\', \'points_issued\', \'point_price\', \'amount_minor\', \'currency\', \'paid_at\', \'reference\', \'actor\']::text[], ARRAY[]::text[])) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.settlement\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.from_program_id, NEW.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='51175fe933649c66da56eb8b76a4e3deeff74da4', operation='UPDATE', pgid='pgtrigger_history_update_3700a', table='exchange_settlement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='history_insert', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "exchange_settlementhistory";', func='INSERT INTO "exchange_settlementhistory" ("id", "from_program_id", "to_program_id", "month", "exchanges", "points_given", "points_issued", "point_price", "amount_minor", "currency", "paid_at", "reference", "actor", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (NEW."id", NEW."from_program_id", NEW."to_program_id", NEW."month", NEW."exchanges", NEW."points_given", NEW."points_issued", NEW."point_price", NEW."amount_minor", NEW."currency", NEW."paid_at", NEW."reference", NEW."actor", nextval(\'loyalty_change_id_seq\'), now(), \'insert\', NEW."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.settlement\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (NEW.from_program_id, NEW.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='1d42156be8ea8245f11c4866fe61d1f44d223fc4', operation='INSERT', pgid='pgtrigger_history_insert_f7644', table='exchange_settlement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlement',
            trigger=pgtrigger.compiler.Trigger(name='history_delete', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE kept "exchange_settlementhistory";', func='INSERT INTO "exchange_settlementhistory" ("id", "from_program_id", "to_program_id", "month", "exchanges", "points_given", "points_issued", "point_price", "amount_minor", "currency", "paid_at", "reference", "actor", "pgh_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "pgh_context", "pgh_context_id") VALUES (OLD."id", OLD."from_program_id", OLD."to_program_id", OLD."month", OLD."exchanges", OLD."points_given", OLD."points_issued", OLD."point_price", OLD."amount_minor", OLD."currency", OLD."paid_at", OLD."reference", OLD."actor", nextval(\'loyalty_change_id_seq\'), now(), \'delete\', OLD."id", nullif(current_setting(\'pghistory.context_metadata\', true), \'\')::jsonb, nullif(current_setting(\'pghistory.context_id\', true), \'\')::uuid) RETURNING * INTO kept; PERFORM loyalty_note_change(\'exchange.settlement\', kept.pgh_id, kept.pgh_obj_id::text, kept.pgh_label, kept.pgh_context, ARRAY(SELECT brand_id FROM programs_program WHERE id IN (OLD.from_program_id, OLD.to_program_id)), loyalty_row_digest(kept)); RETURN NULL;', hash='1836a68e67651fbd61770cc35d4a82e14d0c2345', operation='DELETE', pgid='pgtrigger_history_delete_6e2cc', table='exchange_settlement', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlementhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='78ca4eb8bafc2e7f5c25292fe34a136db2948911', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_b18a4', table='exchange_settlementhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='settlementhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='616498306674a39ac45eaed7a264ea944a2278d6', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_2b7cc', table='exchange_settlementhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='transferpolicyhistory',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='c99735b68ea6d8d9e0a321c8b673638034db878e', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_4652c', table='exchange_transferpolicyhistory', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='transferpolicyhistory',
            trigger=pgtrigger.compiler.Trigger(name='no_truncate', sql=pgtrigger.compiler.UpsertTriggerSql(execute='loyalty_keep_history()', func='RETURN NULL;', hash='07fd5dd4272352ed12947a0ba8020b130f29907c', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_no_truncate_936c1', table='exchange_transferpolicyhistory', when='BEFORE')),
        ),
        run_sql("exchange/sql/rates_stay_on_record.sql"),
        run_sql("exchange/sql/exchanges_change_in_order.sql"),
    ]
