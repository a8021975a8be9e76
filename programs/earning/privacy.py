"""What rules keep of somebody: the lists they are on, how much of limits they used, whom they brought. The room of the
front door tells and erases it, for there stands what was decided by it."""

from loyalty.identity.privacy.rooms import Counts, Erasing, Told, rows_of
from loyalty.identity.privacy.subjects import Subject
from programs.earning.models import LimitCounter, Referral, SegmentMember

TOLD = {
    "programs.SegmentMember": "segments",
    "programs.LimitCounter": "limits_used",
    "programs.Referral": "referrals",
}


def export(subject: Subject) -> Told:
    """The lists, the limits, and the referrals from both sides: of the other one only that there is somebody."""
    of_program = subject.of_brand("program__brand")
    listed = SegmentMember.objects.filter(member=subject.member, **subject.of_brand("segment__brand"))
    brought = Referral.objects.select_related("program").filter(**of_program)
    sides = {"friend": brought.filter(friend=subject.member), "referrer": brought.filter(referrer=subject.member)}
    return {
        "segments": [
            {"segment": one.segment.key, "name": one.segment.name, "added_at": one.added_at.isoformat()}
            for one in listed.select_related("segment")
        ],
        "limits_used": rows_of(LimitCounter.objects.filter(subject=_subject(subject), **of_program)),
        "referrals": [
            {"program": one.program.code, "as": side, "created_at": one.created_at.isoformat()}
            for side, found in sides.items()
            for one in (found if subject.member else ())
        ],
    }


def erase(erasing: Erasing) -> Counts:
    """Takes them off the lists, lets their limits and who brought them go. That they brought somebody stays under an id
    that leads to nobody: it is the friend's."""
    subject = erasing.subject
    if subject.member is None:
        return {}
    of_program = subject.of_brand("program__brand")
    gone = {
        "segments": SegmentMember.objects.filter(member=subject.member, **subject.of_brand("segment__brand")),
        "limits_used": LimitCounter.objects.filter(subject=_subject(subject), **of_program),
        "referrals": Referral.objects.filter(friend=subject.member, **of_program),
    }
    return {name: rows.delete()[0] for name, rows in gone.items()}


def _subject(subject: Subject) -> str:
    """How limits name the member; nobody is named so where it is no member."""
    return str(subject.member_id) if subject.member else "nobody"
