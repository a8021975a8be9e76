"""What vouchers know of somebody: what they were given, when, where and for what they used it. The figures stay under
an id that leads to nobody, as those of purchases do; what tills and people wrote goes."""

from django.db import connection

from loyalty.identity.privacy.rooms import Counts, Erasing, Room, Told, register, rows_of
from loyalty.identity.privacy.subjects import Subject, patterns_of
from programs.rewards.models import RewardTaken, StockHold, Voucher, VoucherUse

NAMED = "ilike any(%(patterns)s::text[])"
OF_BRAND = "(%(brand)s::uuid is null or {0}.brand_id = %(brand)s)"

VOUCHERS = f"""
update programs_voucher v set disabled_reason = '' where {OF_BRAND.format("v")} and disabled_reason <> ''
  and (v.member_id = %(member)s or v.disabled_reason {NAMED})
"""
# A key is used once, so one that goes leaves another in its place. Whoever sends a key that went is not known again.
USES = f"""
update programs_voucheruse u set
    rolled_back_reason = case when {{theirs}} or u.rolled_back_reason {NAMED} then '' else u.rolled_back_reason end,
    reference = case when u.reference {NAMED} then '' else u.reference end,
    answer = case when u.reference {NAMED} then u.answer || '{{{{"reference": ""}}}}' else u.answer end,
    key = case when {{theirs}} or u.key {NAMED} then 'forgotten:' || u.id else u.key end,
    rolled_back_key = case when u.rolled_back_key = '' then ''
                           when {{theirs}} or u.rolled_back_key {NAMED} then 'forgotten:' || u.id
                           else u.rolled_back_key end
where {OF_BRAND.format("u")}
  and ({{theirs}} or concat_ws(' ', u.rolled_back_reason, u.reference, u.key, u.rolled_back_key) {NAMED})
"""
TOKENS = f"""
update programs_usedtoken t set key = '' where {OF_BRAND.format("t")}
  and (t.key {NAMED} or t.subject in (select v.id::text from programs_voucher v where v.member_id = %(member)s))
"""
THEIRS = "u.member_id = %(member)s"


def export(subject: Subject) -> Told:
    """Their vouchers with what they are worth, their uses, what they have of each reward, and what is set aside for
    them."""
    found = {"member": subject.member}
    of_reward = subject.of_brand("reward__program__brand")
    machines = ["fingerprint", "answer", "claim_key", "claim_print", "cancel_key", "cancel_print"]
    return {
        "vouchers": rows_of(Voucher.objects.filter(**found, **subject.of_brand()).order_by("id"), without=machines),
        "voucher_uses": rows_of(
            VoucherUse.objects.filter(**found, **subject.of_brand()).order_by("id"), without=machines
        ),
        "rewards_taken": rows_of(RewardTaken.objects.filter(**found, **of_reward).order_by("id")),
        "stock_holds": rows_of(StockHold.objects.filter(**found, **of_reward).order_by("id")),
    }


def erase(erasing: Erasing) -> Counts:
    """Of their vouchers and uses the figures stay; why some were disabled or taken back goes, and what names them in
    references and keys, those of other people's uses too. Vouchers that were not used stay as they are."""
    subject, traces = erasing.subject, erasing.traces
    asked = {"member": subject.member_id, "brand": subject.brand and subject.brand.id}
    own, others = asked | {"patterns": patterns_of(traces.all_words)}, asked | {"patterns": traces.patterns}
    counts = {"vouchers": 0, "voucher_uses": 0}
    with connection.cursor() as cursor:
        cursor.execute(VOUCHERS, others)
        counts["vouchers"] = cursor.rowcount
        for theirs, params in ((THEIRS, own), ("false", others)):
            cursor.execute(USES.format(theirs=theirs), params)
            counts["voucher_uses"] += cursor.rowcount
        cursor.execute(TOKENS, others)
    return counts


register(
    Room(
        name="vouchers",
        position=13,
        export=export,
        erase=erase,
        told={
            "programs.Voucher": "vouchers",
            "programs.VoucherUse": "voucher_uses",
            "programs.RewardTaken": "rewards_taken",
            "programs.StockHold": "stock_holds",
        },
        untold={"programs.PoolCode": "codes of somebody else; the one that was given is told with its voucher"},
    )
)
