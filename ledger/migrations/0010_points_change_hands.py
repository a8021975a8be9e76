"""Points can be given to other members and exchanged between programs, and lots say how often they changed hands."""

from django.db import migrations, models

from loyalty.sql import run_sql

FILES = [
    *("move_types_v3", "lots_to_use_v2", "post_debits_v2", "post_credits_v2", "post_credit_lots_v2", "post_exchanges"),
    *("post_refusal_v3", "post_events_v3", "post_v3", "balance_views_v3", "units_have_transfer_accounts"),
]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_pending_lots_are_found_by_index")]

    operations = [
        migrations.RemoveConstraint(
            model_name='account',
            name='account_owner_is_a_member',
        ),
        migrations.AddField(
            model_name='lot',
            name='hops',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='How often they changed hands since they were earned, by gifts or exchanges.'),
        ),
        migrations.AlterField(
            model_name='account',
            name='kind',
            field=models.CharField(choices=[('member', 'Member'), ('issuance', 'Issuance'), ('redemption', 'Redemption'), ('breakage', 'Breakage'), ('exchange', 'Exchange'), ('holding', 'Holding'), ('adjustment', 'Adjustment'), ('transfer', 'Transfer')], max_length=12),
        ),
        migrations.AlterField(
            model_name='account',
            name='owner_id',
            field=models.UUIDField(help_text='The member, or of a clearing account the partner.', null=True),
        ),
        migrations.AlterField(
            model_name='posting',
            name='kind',
            field=models.CharField(choices=[('earn', 'Earn'), ('deposit', 'Deposit'), ('redeem', 'Redeem'), ('expire', 'Expire'), ('adjust', 'Adjust'), ('hold', 'Hold'), ('capture', 'Capture'), ('release', 'Release'), ('reverse', 'Reverse'), ('return', 'Return'), ('exchange_out', 'Exchange out'), ('exchange_in', 'Exchange in'), ('gift_out', 'Gift given'), ('gift_in', 'Gift received'), ('mature', 'Release of pending points')], max_length=12),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'member'), ('owner_id__isnull', False)), ('kind', 'exchange'), models.Q(models.Q(('kind__in', ['member', 'exchange']), _negated=True), ('owner_id__isnull', True)), _connector='OR'), name='account_owner_is_known'),
        ),
        *(run_sql(f"ledger/sql/{name}.sql") for name in FILES),
    ]
