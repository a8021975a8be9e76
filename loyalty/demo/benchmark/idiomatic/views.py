"""The view and the serializer of the plain variant."""

from django.db import transaction
from rest_framework import serializers, viewsets

from loyalty.demo.benchmark.idiomatic.models import PlainAccount, PlainEvent, PlainLot, PlainTransaction


class PlainTransactionSerializer(serializers.ModelSerializer):
    member = serializers.CharField(write_only=True)

    class Meta:
        model = PlainTransaction
        fields = ("id", "member", "reference", "amount", "currency", "points", "balance_after", "created_at")
        read_only_fields = ("points", "balance_after")

    @transaction.atomic
    def create(self, data):
        account, _ = PlainAccount.objects.get_or_create(member=data.pop("member"))
        account = PlainAccount.objects.select_for_update().get(pk=account.pk)
        points = int(data["amount"])
        account.balance += points
        account.save()
        made = PlainTransaction.objects.create(account=account, points=points, balance_after=account.balance, **data)
        PlainLot.objects.create(transaction=made, points=points, remaining=points)
        PlainEvent.objects.create(type="points.earned", transaction=made, data={"points": points})
        return made


class PlainTransactions(viewsets.ModelViewSet):
    queryset = PlainTransaction.objects.all()
    serializer_class = PlainTransactionSerializer
