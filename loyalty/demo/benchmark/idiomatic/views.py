"""The view and the serializer of the plain variant: it promises what our earn promises (idempotent, scoped to the
brand, both sides, lot, event, breakdown), in the way one writes such a thing first."""

import hashlib

from django.db import transaction
from rest_framework import serializers, viewsets
from rest_framework.exceptions import ValidationError
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
            "id", "member", "program", "reference", "amount", "currency", "points", "balance_after", "breakdown",
            "created_at",
        )  # fmt: skip
        read_only_fields = ("points", "balance_after", "breakdown")

    def create(self, data):
        brand = self.context["request"].auth.brand
        program = Program.objects.get(code=data.pop("program"), brand=brand, status="active")
        known = BrandMember.objects.select_related("member").get(brand=brand, external_id=data.pop("member"))
        membership = Membership.objects.get(program=program, member=known.member, status="active")
        account = PlainAccount.objects.select_for_update().get(membership=membership)
        points = int(data["amount"] // program.earn_per) * program.earn_points
        account.balance += points
        account.save()
        breakdown = [{"rule": "Base rate", "points": points}]
        made = PlainTransaction.objects.create(
            account=account, points=points, balance_after=account.balance, breakdown=breakdown, **data
        )
        issuance = PlainAccount.objects.get(membership=None)
        PlainEntry.objects.create(transaction=made, account=issuance, points=-points)
        PlainEntry.objects.create(transaction=made, account=account, points=points)
        PlainLot.objects.create(transaction=made, points=points, remaining=points)
        PlainEvent.objects.create(type="points.earned", transaction=made, data={"points": points})
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
