"""The members' screen with all that the rooms hang on it: imports, exports, bulk actions, and the page of a member."""

from loyalty.backoffice import screen
from loyalty.identity.models import Member
from loyalty.identity.privacy.buttons import PrivacyButtons
from programs.activity.bulk.pages import BulkPages
from programs.activity.member_import.pages import ImportPages
from programs.activity.member_page.pages import MemberPage
from programs.membership import admin as membership_admin


@screen(Member)
class MemberAdmin(ImportPages, BulkPages, PrivacyButtons, MemberPage, membership_admin.MemberAdmin):
    """Each part keeps its own pages."""

    actions_list = ("import_members",)
    actions_detail = (
        *membership_admin.MemberAdmin.actions_detail, "reactivate", "record_consent", "erase_personal_data",
    )  # fmt: skip

    def get_actions_list(self, request):
        """Buttons above the list for those who may."""
        shown = super().get_actions_list(request)
        return [each for each in shown if request.user.has_perm(getattr(each.method, "permission", "members.view"))]
