"""The API addresses of the app's rooms."""

from django.urls import path

from programs.activity import goal_views, member_views, pending_views, referral_views
from programs.activity import views as activity
from programs.activity.backtests import views as backtests
from programs.activity.gateway.urls import gateway_urls
from programs.activity.inbound.urls import inbound_urls
from programs.earning import joining_views as joining
from programs.earning import link_views
from programs.earning.urls import earning_urls
from programs.membership import views as membership
from programs.rewards.catalogue.urls import catalogue_urls
from programs.rewards.issuing.urls import issuing_urls
from programs.rewards.offline.urls import offline_urls
from programs.rewards.qr.urls import qr_urls
from programs.rewards.stamps.urls import stamps_urls
from programs.rewards.vouchers.urls import vouchers_urls

membership_urls = [
    path("programs", membership.ProgramsView.as_view()),
    path("programs/<str:program>", membership.ProgramView.as_view()),
    path("programs/<str:program>/join", joining.JoinView.as_view()),
    path("programs/<str:program>/members", joining.EnrolmentsView.as_view()),
    path("programs/<str:program>/members/<str:member>", joining.EnrolmentView.as_view()),
    path("programs/<str:program>/tiers", membership.ProgramTiersView.as_view()),
    path("tiers", membership.TiersView.as_view()),
]

link_urls = [
    path("programs/<str:program>/links", link_views.ProgramLinksView.as_view()),
    path("links/<str:link>", link_views.LinkView.as_view()),
    path("links/<str:link>/accept", link_views.LinkAcceptView.as_view()),
    path("links/<str:link>/end", link_views.LinkEndView.as_view()),
]

goal_urls = [
    path("campaigns/<str:campaign>/progress", goal_views.GoalView.as_view()),
]

backtest_urls = [
    path("programs/<str:program>/backtest", backtests.BacktestsView.as_view()),
    path("backtests/<str:backtest>", backtests.BacktestView.as_view()),
]

activity_urls: list = [
    path("members/<str:member>", member_views.MemberWithMembershipsView.as_view(), name="member"),
    path("members/<str:member>/balances", member_views.BalancesView.as_view(), name="member-balances"),
    path("members/<str:member>/balance", member_views.BalanceView.as_view(), name="member-balance"),
    path("members/<str:member>/transactions", member_views.TransactionsView.as_view(), name="member-transactions"),
    path("members/<str:member>/history", member_views.HistoryView.as_view(), name="member-history"),
    path("members/<str:member>/statement", member_views.StatementView.as_view(), name="member-statement"),
    path("members/<str:member>/referral", referral_views.ReferralView.as_view(), name="member-referral"),
    path("members/<str:member>/earn", activity.EarnView.as_view(), name="member-earn"),
    path("members/<str:member>/redeem", activity.RedeemView.as_view(), name="member-redeem"),
    path("members/<str:member>/deposit", activity.DepositView.as_view(), name="member-deposit"),
    path("members/<str:member>/holds", activity.HoldsView.as_view(), name="member-holds"),
    path("holds/<str:hold>/capture", activity.CaptureView.as_view(), name="hold-capture"),
    path("holds/<str:hold>/release", activity.ReleaseView.as_view(), name="hold-release"),
    path("transactions/redeem", activity.TillRedeemView.as_view(), name="redeem"),
    path("transactions/preview", activity.PreviewView.as_view(), name="preview"),
    path("transactions/<str:transaction>", activity.TransactionView.as_view(), name="transaction"),
    path("transactions/<str:transaction>/explanation", activity.ExplanationView.as_view(), name="explanation"),
    path("transactions/<str:transaction>/reverse", activity.ReverseView.as_view(), name="reverse"),
    path("transactions/<str:transaction>/return", activity.ReturnView.as_view(), name="return"),
    path(
        "transactions/<str:transaction>/release-pending",
        pending_views.ReleasePendingView.as_view(),
        name="release-pending",
    ),
]

urlpatterns = [
    *gateway_urls,
    *inbound_urls,
    *activity_urls,
    *vouchers_urls,
    *qr_urls,
    *membership_urls,
    *earning_urls,
    *link_urls,
    *goal_urls,
    *backtest_urls,
    *catalogue_urls,
    *issuing_urls,
    *stamps_urls,
    *offline_urls,
]
