"""The types of events that the rooms of this app declare, in one place for whoever asks what there is."""

from programs.activity import told as activity
from programs.activity.gateway import told as gateway
from programs.activity.inbound import told as inbound
from programs.earning import told as earning
from programs.membership import told as membership
from programs.rewards import told as rewards

__all__ = ["activity", "earning", "gateway", "inbound", "membership", "rewards"]
