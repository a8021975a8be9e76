"""The types of events that the rooms of this app declare, in one place for whoever asks what there is."""

from programs.activity.gateway import told as gateway
from programs.activity.inbound import told as inbound
from programs.membership import told as membership
from programs.rewards import told as rewards

__all__ = ["gateway", "inbound", "membership", "rewards"]
