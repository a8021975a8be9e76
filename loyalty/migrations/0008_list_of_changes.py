"""The list of all changes, its seals, and what the triggers of the history call."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions.datetime
from django.db import migrations, models

from loyalty.sql import run_sql


class Migration(migrations.Migration):

    dependencies = [
        ('loyalty', '0007_look_ups_follow_the_member'),
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('kind', models.CharField(help_text='What was changed, say loyalty.brand.', max_length=60)),
                ('object_id', models.CharField(help_text='Which one.', max_length=40)),
                ('label', models.CharField(choices=[('insert', 'Added'), ('update', 'Changed'), ('delete', 'Deleted'), ('erase', 'Erased')], max_length=10)),
                ('actor', models.CharField(help_text='Who did it, say person:<id>.', max_length=120)),
                ('brand_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), help_text='The brands whose history it is.', size=None)),
                ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('digest', models.BinaryField(help_text='SHA-256 of the record.')),
                ('xid', models.BigIntegerField(help_text='The database transaction, for sealing.')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='HistorySeal',
            fields=[
                ('sequence', models.BigIntegerField(primary_key=True, serialize=False)),
                ('from_xid', models.BigIntegerField()),
                ('to_xid', models.BigIntegerField()),
                ('changes', models.BigIntegerField()),
                ('previous_hash', models.BinaryField()),
                ('hash', models.BinaryField()),
                ('sealed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['sequence'],
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['kind', 'object_id', '-id'], name='change_by_object'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['actor', '-id'], name='change_by_actor'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['recorded_at'], name='change_by_time'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=models.Index(fields=['xid'], name='change_by_transaction'),
        ),
        migrations.AddIndex(
            model_name='change',
            index=django.contrib.postgres.indexes.GinIndex(fields=['brand_ids'], name='change_by_brand'),
        ),
        run_sql("loyalty/sql/history_records.sql"),
        run_sql("loyalty/sql/history_sealing.sql"),
    ]
