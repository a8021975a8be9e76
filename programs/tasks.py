"""The jobs of the app's rooms, where the worker looks for them."""

from programs.activity import earning_jobs, jobs  # noqa: F401
from programs.activity.backtests import operations as backtests  # noqa: F401
from programs.activity.bulk import acts, exporting  # noqa: F401
from programs.activity.inbound import jobs as inbound_jobs  # noqa: F401
from programs.activity.member_import import work as member_import  # noqa: F401
from programs.earning.campaigns import jobs as campaign_jobs  # noqa: F401
from programs.membership import jobs as membership_jobs  # noqa: F401
from programs.reports import jobs as report_jobs  # noqa: F401
from programs.rewards.issuing import jobs as issuing_jobs  # noqa: F401
from programs.rewards.issuing import work as issuing_work  # noqa: F401
from programs.rewards.qr import jobs as qr_jobs  # noqa: F401
from programs.rewards.stamps import jobs as stamp_jobs  # noqa: F401
