"""The rewards' screen with its pages: each reward, its form, and the pool of somebody else's codes."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.backoffice import allowed, mistakes_in, screen
from loyalty.errors import LoyaltyError
from loyalty.identity.backoffice import principal_of
from programs.membership.models import Program
from programs.rewards.backoffice import translating
from programs.rewards.backoffice.reward_buttons import RewardButtons
from programs.rewards.backoffice.reward_forms import LOOK, RewardForm, initial_of
from programs.rewards.backoffice.reward_list import RewardList, bar_of, left_of, thumbnail
from programs.rewards.backoffice.wording import conditions, moment_told, worth
from programs.rewards.catalogue import operations
from programs.rewards.catalogue.pictures import remove_picture, set_picture
from programs.rewards.catalogue.pool import CODES_MAX, add_codes
from programs.rewards.models import PoolCode, Reward
from programs.rewards.vouchers.terms import terms_of

Kind, Status = Reward.Kind, Reward.Status
PROGRAMS_MAX = 200
FILE_BYTES_MAX = 4 * 1024 * 1024
MONEY = ("value_minor", "order_minor_min", "discount_minor_max")
WORTH_FIELDS = (
    "discount_kind", "value_minor", "percent", "buy_quantity", "free_quantity", "skus", "categories",
    "order_minor_min", "discount_minor_max",
)  # fmt: skip
VOUCHER_FIELDS = ("voucher_days", "uses_max", "locations")


class PoolForm(forms.Form):
    """Codes pasted, or a file with one on each line."""

    codes = forms.CharField(
        label=gettext_lazy("Codes, one on each line"), required=False, max_length=FILE_BYTES_MAX,
        widget=forms.Textarea(LOOK | {"rows": 4, "spellcheck": "false"}),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("Or a text file of them"), required=False,
        widget=forms.ClearableFileInput(LOOK | {"accept": ".txt,.csv,text/plain,text/csv"}),
    )  # fmt: skip

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file and file.size > FILE_BYTES_MAX:
            raise forms.ValidationError(_("The file is too large; take it in parts."))
        return file

    def told(self) -> list[str]:
        """The codes, in order."""
        file = self.cleaned_data.get("file")
        text = self.cleaned_data["codes"] + "\n" + (file.read().decode("utf-8-sig", errors="replace") if file else "")
        return [line for line in (one.strip().strip('"').strip() for one in text.splitlines()) if line]


@screen(Reward)
class RewardAdmin(RewardButtons, RewardList):
    """Everything about one brand's rewards."""

    def get_urls(self):
        shown = self.admin_site.admin_view
        return [
            path("<path:object_id>/edit/", shown(self.edit_view), name="programs_reward_edit"),
            path("<path:object_id>/pool/", shown(self.pool_view), name="programs_reward_pool"),
            *super().get_urls(),
        ]

    def add_view(self, request, form_url="", extra_context=None):
        """Asks for the program where there are several, then for the reward."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programs = list(self._programs(request)[:PROGRAMS_MAX])
        chosen = request.GET.get("program") or (str(programs[0].pk) if len(programs) == 1 else "")
        program = next((one for one in programs if str(one.pk) == chosen), None)
        if program is None:
            context = {**self.admin_site.each_context(request), "opts": self.opts, "programs": programs,
                       "title": _("For which program?")}  # fmt: skip
            return TemplateResponse(request, "admin/rewards/choose.html", context)
        initial = {"points_cost": 0, "uses_max": 1, "position": 0}
        form = RewardForm(request.POST or None, program=program, initial=initial)
        if made := self._kept(request, form, None):
            self.log_addition(request, made, _("Made"))
            messages.success(request, _("The reward is drafted. Activate it, and members can claim it."))
            return HttpResponseRedirect(self.page_of(made))
        return self._form(request, program, form, None)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a reward."""
        reward = self.reward_of(request, object_id, "view")
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        return TemplateResponse(request, "admin/rewards/reward.html", self._page(request, reward, object_id))

    @allowed("rewards.change")
    def edit_view(self, request, object_id) -> HttpResponse:
        """The form of a reward that is there."""
        reward = self.reward_of(request, object_id, "change")
        if reward.status == Status.ARCHIVED:
            return HttpResponseRedirect(self.page_of(reward))
        form = RewardForm(request.POST or None, program=reward.program, reward=reward, initial=initial_of(reward))
        if self._kept(request, form, reward):
            self.log_change(request, reward, _("Changed"))
            messages.success(request, _("The reward is changed."))
            return HttpResponseRedirect(self.page_of(reward))
        return self._form(request, reward.program, form, reward)

    @allowed("rewards.change")
    def pool_view(self, request, object_id) -> HttpResponse:
        """Adds codes of somebody else to the pool."""
        reward = self.reward_of(request, object_id, "change")
        form = PoolForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            self._pour(request, reward, form.told())
        for error in [error for errors in form.errors.values() for error in errors]:
            messages.error(request, error)
        return HttpResponseRedirect(f"{self.page_of(reward)}#pool")

    def _pour(self, request, reward: Reward, codes: list[str]) -> None:
        """Adds them by parts that the operation takes; what is there already is told, not refused."""
        added = known = 0
        try:
            with transaction.atomic():
                for start in range(0, max(len(codes), 1), CODES_MAX):
                    done = add_codes(reward, codes[start : start + CODES_MAX], actor=principal_of(request).actor)
                    added, known = added + done.added, known + len(done.duplicates)
        except LoyaltyError as refusal:
            for told in mistakes_in(refusal)[:5]:
                messages.error(request, told)
            return
        told = _("%(added)s codes are added.") % {"added": f"{added:,}"}
        if known:
            told += " " + _("%(known)s were there already, or were given twice.") % {"known": f"{known:,}"}
        messages.success(request, told)

    def _kept(self, request, form: RewardForm, reward: Reward | None) -> Reward | None:
        """The reward as the form says it is, with picture and translations; None where the form is shown."""
        if request.method != "POST":
            return None
        translations, form.rows, form.wrong = translating.read_rows(request.POST)
        if not form.is_valid() or form.wrong:
            return None
        actor, terms = principal_of(request).actor, form.terms() | {"translations": translations}
        try:
            with transaction.atomic():
                if reward:
                    made = operations.change_reward(reward, terms, actor=actor)
                else:
                    kind, name = form.cleaned_data["kind"], terms.pop("name")
                    made = operations.create_reward(
                        form.program, code=form.code_told(), name=name, kind=kind, actor=actor, **terms
                    )
                if file := request.FILES.get("picture"):
                    set_picture(made, file, actor=actor)
                elif "no_picture" in request.POST:
                    remove_picture(made, actor=actor)
        except LoyaltyError as refusal:
            form.take(refusal)
            return None
        return made

    def _programs(self, request):
        theirs = self.brands_where(request, "add")
        found = admin.site._registry[Program].narrowed(request, Program.objects.order_by("name"))
        found = found.exclude(status=Program.Status.ARCHIVED).select_related("brand", "unit")
        return found if theirs is None else found.filter(brand__in=theirs)

    def _form(self, request, program: Program, form: RewardForm, reward: Reward | None) -> HttpResponse:
        if reward:
            self.prepare_rows(request, [reward])
        kept = translating.rows_of(reward.translations if reward else {})
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "program": program, "form": form,
            "reward": reward, "title": _("Change %(name)s") % {"name": reward.name} if reward else _("A new reward"),
            "worth_fields": _fields(form, WORTH_FIELDS), "voucher_fields": _fields(form, VOUCHER_FIELDS),
            "translations": getattr(form, "rows", kept), "wrong": getattr(form, "wrong", []),
            "picture": thumbnail(reward, "rw-thumb rw-picture") if reward else "",
            "has_picture": bool(reward and reward.picture_link),
            "back": self.page_of(reward) if reward else reverse("admin:programs_reward_changelist"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/rewards/reward_form.html", context)

    def _page(self, request, reward: Reward, object_id: str) -> dict:
        self.prepare_rows(request, [reward])
        terms, figures = terms_of(reward), reward.figures
        pool = PoolCode.objects.filter(reward=reward) if reward.kind == Kind.EXTERNAL_CODE else PoolCode.objects.none()
        return {
            **self.admin_site.each_context(request), "opts": self.opts, "original": reward, "reward": reward,
            "program": reward.program, "title": reward.name, "worth": worth(terms), "conditions": conditions(terms),
            "picture": thumbnail(reward, "rw-thumb rw-picture"), "figures": figures, "left": left_of(reward, figures),
            "bar": bar_of(reward, figures), "facts": _facts(reward), "pool_form": PoolForm(),
            "pool": {"free": figures["pool"], "given": pool.filter(voucher__isnull=False).count()},
            "translations": translating.rows_of(reward.translations)[:-1],
            "may_change": self.is_within(request, reward, "change") and reward.status != Status.ARCHIVED,
            "may_pool": self.is_within(request, reward, "change") and reward.status != Status.ARCHIVED,
            "may_vouchers": request.user.has_perm("vouchers.view", reward.program.brand_id),
            "may_history": self.admin_site.keeps_history(request, Reward),
            "buttons": self._get_actions_navigation(
                self.actions_detail, self.get_actions_detail(request, object_id), object_id
            ),
        }  # fmt: skip


def _fields(form: RewardForm, names: tuple[str, ...]) -> list[tuple]:
    """(field, the kinds that it is for, what stands behind its label) for each of the form's fields of these names."""
    currency = form.program.money_currency
    there = [name for name in names if name in form.fields]
    return [(form[name], form.needs_of(name), currency if name in MONEY else "") for name in there]


def _facts(reward: Reward) -> list[tuple[str, str]]:
    """Who may have it, when, and what its voucher is."""
    everybody, endless = _("everybody"), _("no bound")
    days = reward.voucher_days
    return [
        (_("From"), moment_told(reward.starts_at) or _("at once")),
        (_("Until"), moment_told(reward.ends_at) or _("until it is archived")),
        (_("Tiers"), ", ".join(reward.tiers) or everybody),
        (_("Segments"), ", ".join(reward.segments) or everybody),
        (_("For each member at most"), f"{reward.member_max:,}" if reward.member_max else endless),
        (_("Its voucher is good for"), _("%(days)s days") % {"days": f"{days:,}"} if days else _("without an end")),
        (_("Uses of its voucher"), f"{reward.uses_max:,}"),
        (_("On birthdays"), _("given to every member") if reward.is_birthday_gift else _("no")),
    ]
