"""The view and the serializer of the plain variant. It promises what our earn promises, and asks what ours asks on the
way: a key's scope, the same purchase once, whether rules, campaigns or tiers have a say, which of the account's points
have lapsed; and it writes what ours writes: the purchase with all it said, both sides, a lot with its times, an event
numbered for its account, the breakdown, the answer. All of it in the way one writes such a thing first, and nothing of
it made slower than that. What ours does besides (limits by rate, headers, counters for /metrics) it does not."""

import hashlib

from django.db import transaction
from django.utils import timezone
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response

from loyalty.demo.benchmark.idiomatic.models import (
    PlainAccount,
    PlainEntry,
    PlainEvent,
    PlainLot,
    PlainRequest,
    PlainTransaction,
)
from loyalty.identity.models import BrandMember
from programs.membership.models import Membership, Program


class PlainTransactionSerializer(serializers.ModelSerializer):
    member = serializers.CharField(write_only=True)
    program = serializers.CharField(write_only=True)

    class Meta:
        model = PlainTransaction
        fields = (
            "id", "member", "program", "reference", "amount", "currency", "items", "tenders", "location_id", "source",
            "description", "metadata", "occurred_at", "points", "balance_after", "breakdown", "created_at",
        )  # fmt: skip
        read_only_fields = ("points", "balance_after", "breakdown")

    def create(self, data):
        key = self.context["request"].auth
        if "earn" not in key.scopes:
            raise PermissionDenied
        brand, now = key.brand, timezone.now()
        program = Program.objects.get(code=data.pop("program"), brand=brand, status="active")
        known = BrandMember.objects.select_related("member").get(brand=brand, external_id=data.pop("member"))
        membership = Membership.objects.get(program=program, member=known.member, status="active")
        if program.rulesets.filter(status="published").exists() or program.campaigns.filter(status="active").exists():
            raise ValidationError("Nothing but a program's rate decides here.")
        if program.tiers.exists():
            raise ValidationError("Nobody rises here.")
        account = PlainAccount.objects.select_for_update().get(membership=membership)
        if PlainLot.objects.filter(account=account, remaining__gt=0, expires_at__lte=now).exists():
            raise ValidationError("Nothing expires here.")
        points = int(data["amount"] // program.earn_per) * program.earn_points
        account.balance += points
        account.events += 1
        account.save()
        breakdown = [{"rule": "Base rate", "points": points}]
        data.setdefault("occurred_at", now)
        made = PlainTransaction.objects.create(
            account=account, points=points, balance_after=account.balance, breakdown=breakdown, **data
        )
        issuance = PlainAccount.objects.get(membership=None)
        PlainEntry.objects.create(transaction=made, account=issuance, points=-points)
        PlainEntry.objects.create(transaction=made, account=account, points=points)
        PlainLot.objects.create(
            account=account, transaction=made, points=points, remaining=points, available_at=made.occurred_at
        )
        PlainEvent.objects.create(
            type="points.earned", transaction=made, brand=brand, member=known.member, program=program,
            sequence=account.events, data={"points": points, "balance_after": account.balance},
        )  # fmt: skip
        return made


class PlainTransactions(viewsets.ModelViewSet):
    queryset = PlainTransaction.objects.all()
    serializer_class = PlainTransactionSerializer

    @transaction.atomic
    def create(self, request, *args, **kwargs):
        fingerprint = hashlib.sha256(request.body).hexdigest()
        key = f"{request.auth.id}:{request.data.get('reference')}"
        PlainRequest.objects.get_or_create(key=key, defaults={"fingerprint": fingerprint})
        asked = PlainRequest.objects.select_for_update().get(key=key)
        if asked.fingerprint != fingerprint:
            raise ValidationError("This key came before with another request.")
        if asked.answer:
            return Response(asked.answer, status=201)
        response = super().create(request, *args, **kwargs)
        asked.answer = dict(response.data)
        asked.save()
        return response
