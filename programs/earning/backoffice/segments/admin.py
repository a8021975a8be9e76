"""The brand's screen of segments: by conditions with the builder, or lists that are pasted or uploaded."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from loyalty.backoffice import allowed, screen
from loyalty.backoffice_buttons import OperationAdmin, OperationForm, operation
from loyalty.errors import Invalid, LoyaltyError
from loyalty.http.throttling import limit_by
from loyalty.identity.backoffice import principal_of
from loyalty.identity.models import Brand, BrandMember
from programs.earning.backoffice.answering import answer_json
from programs.earning.backoffice.describing import described
from programs.earning.backoffice.drafts import JUDGED_RATE, written
from programs.earning.backoffice.judging import Judged, judge_conditions, read_text
from programs.earning.backoffice.segments.forms import NumbersForm, SegmentForm
from programs.earning.models import EventType, Segment
from programs.earning.segments import operations
from programs.membership.models import Tier

MEMBERS_PAGE = 50
MISSING_TOLD = 20
KIND_LABELS = {"By conditions": "info", "A list of members": "success"}


@screen(Segment)
class SegmentAdmin(OperationAdmin):
    """Segments of a brand."""

    resource = "segments"
    brand_path = "brand"
    list_display = ("name", "key", "kind_label", "brand", "size")
    list_filter = ("kind", "brand")
    list_select_related = ("brand",)
    search_fields = ("name", "key")
    ordering = ("name",)
    actions_detail = ("remove",)

    def get_urls(self):
        shown = self.admin_site.admin_view
        return [
            path("judge/<uuid:brand_id>/", shown(self.judge_view), name="programs_segment_judge"),
            path("<path:object_id>/members/", shown(self.members_view), name="programs_segment_members"),
            *super().get_urls(),
        ]

    def offers(self, verb):
        """They are taken away by the button, which asks the operation, and by no page of the library's."""
        return verb != "delete"

    def prepare_rows(self, request, rows):
        lists = [row.pk for row in rows if row.kind == Segment.Kind.LIST]
        counted = Segment.objects.filter(pk__in=lists).annotate(count=Count("members"))
        sizes = dict(counted.values_list("pk", "count"))
        for row in rows:
            row.size_of_list = sizes.get(row.pk)

    @display(description=gettext_lazy("Kind"), ordering="kind", label=KIND_LABELS)
    def kind_label(self, segment):
        return segment.get_kind_display()

    @display(description=gettext_lazy("Members"), empty_value="-")
    def size(self, segment):
        return None if segment.size_of_list is None else f"{segment.size_of_list:,}"

    def add_view(self, request, form_url="", extra_context=None):
        """Asks for the brand where there are several, then for the segment."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        brands = list(self._brands(request))
        chosen = request.GET.get("brand") or (str(brands[0].pk) if len(brands) == 1 else "")
        brand = next((one for one in brands if str(one.pk) == chosen), None)
        if brand is None:
            context = {**self.admin_site.each_context(request), "opts": self.opts, "brands": brands,
                       "title": _("For which brand?")}  # fmt: skip
            return TemplateResponse(request, "admin/rules/segment_brand.html", context)
        form = SegmentForm(request.POST or None, initial={"conditions": "{}"})
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            try:
                made = operations.create_segment(brand, actor=principal_of(request).actor, **given)
            except LoyaltyError as refusal:
                form.take(refusal)
            else:
                self.log_addition(request, made, _("Made"))
                messages.success(request, _("The segment is made."))
                return HttpResponseRedirect(self.page_of(made))
        return self._shown(request, brand, form, None)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """The page of a segment, with its form for whoever may change it."""
        segment = self._segment(request, object_id, "change" if request.method == "POST" else "view")
        form = SegmentForm(
            request.POST or None, segment=segment,
            initial={"name": segment.name, "conditions": written(segment.conditions)},
        )  # fmt: skip
        if request.method == "POST" and form.is_valid():
            try:
                operations.change_segment(segment, form.cleaned_data, actor=principal_of(request).actor)
            except LoyaltyError as refusal:
                form.take(refusal)
            else:
                self.log_change(request, segment, _("Changed"))
                messages.success(request, _("The segment is changed."))
                return HttpResponseRedirect(self.page_of(segment))
        return self._shown(request, segment.brand, form, segment)

    @allowed("segments.change")
    def members_view(self, request, object_id) -> HttpResponse:
        """Enters members in the list, or strikes them off; who was not found is told."""
        segment = self._segment(request, object_id, "change")
        if request.method != "POST":
            return HttpResponseRedirect(self.page_of(segment))
        form = NumbersForm(request.POST, request.FILES)
        if form.is_valid():
            self._take_numbers(request, segment, form.cleaned_data)
        else:
            for error in [error for errors in form.errors.values() for error in errors]:
                messages.error(request, error)
        return HttpResponseRedirect(f"{self.page_of(segment)}#members")

    @allowed("segments.view")
    def judge_view(self, request, brand_id) -> HttpResponse:
        """What the conditions in the editor say. Keeps nothing."""
        brand = self._brand_seen(request, brand_id)
        limit_by(request, "rules-judge", str(request.user.pk), JUDGED_RATE)
        try:
            document = read_text(request.POST.get("text", "") or "null")
        except Invalid as refusal:
            return answer_json(Judged(errors=refusal.errors).as_dict())
        contexts = operations.context_of_brand(brand.pk)
        judged = [judge_conditions(document, context) for context in contexts]
        return answer_json(next((one for one in judged if one.errors), judged[0]).as_dict())

    @operation(
        gettext_lazy("Take away"),
        text=gettext_lazy("The segment and its list are gone. It is refused while rules in force ask for it."),
        form=OperationForm, verb="remove", icon="delete", is_danger=True,
    )  # fmt: skip
    def remove(self, request, obj, data):
        operations.delete_segment(obj, actor=principal_of(request).actor)
        request.is_removed = True
        return _("The segment is taken away.")

    def press(self, request, object_id, button, run):
        """After it is taken away there is no page of it to go back to."""
        answer = super().press(request, object_id, button, run)
        if getattr(request, "is_removed", False):
            return HttpResponseRedirect(reverse("admin:programs_segment_changelist"))
        return answer

    def _take_numbers(self, request, segment: Segment, given: dict) -> None:
        known = self._known(segment, given["refs"])
        missing = [ref for ref in given["refs"] if ref not in known]
        act = operations.add_members if given["act"] == "add" else operations.remove_members
        try:
            count = act(segment, [ref for ref in given["refs"] if ref in known], actor=principal_of(request).actor)
        except LoyaltyError as refusal:
            messages.error(request, refusal.detail)
            return
        told = _("%(count)s entered.") if given["act"] == "add" else _("%(count)s struck off.")
        messages.success(request, told % {"count": f"{count:,}"})
        if missing:
            shown = ", ".join(missing[:MISSING_TOLD]) + (" …" if len(missing) > MISSING_TOLD else "")
            facts = {"count": f"{len(missing):,}", "numbers": shown[:1_500]}
            messages.warning(request, _("%(count)s not found: %(numbers)s") % facts)

    def _known(self, segment: Segment, refs: list[str]) -> set[str]:
        """Those of the numbers that the brand knows."""
        links = BrandMember.objects.filter(brand=segment.brand_id, member__is_active=True)
        return set(links.filter(external_id__in=refs).values_list("external_id", flat=True))

    def _shown(self, request, brand: Brand, form: SegmentForm, segment: Segment | None) -> HttpResponse:
        context = operations.context_of_brand(brand.pk)[0]
        tiers = Tier.objects.filter(program__brand=brand).values_list("code", "name")
        segments = Segment.objects.filter(brand=brand).values_list("key", "name")
        names = {"tiers": dict(tiers), "segments": dict(segments), "events": dict(_labels(brand))}
        is_conditional = segment is None or segment.kind == Segment.Kind.DYNAMIC
        shown = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": segment, "segment": segment,
            "brand": brand, "form": form, "title": segment.name if segment else _("A new segment"),
            "catalogue": described(context, names, zone="UTC") if is_conditional else None,
            "may_change": segment is None or self.is_within(request, segment, "change"),
            "back": reverse("admin:programs_segment_changelist"),
        }  # fmt: skip
        if segment:
            judged = judge_conditions(segment.conditions, context) if is_conditional else None
            actions = self.get_actions_detail(request, str(segment.pk))
            shown |= {
                "buttons": self._get_actions_navigation(self.actions_detail, actions, str(segment.pk)),
                "told": judged.sentences.get(0, "") if judged else "",
                "numbers": NumbersForm(), "members": None if is_conditional else self._members(request, segment),
            }  # fmt: skip
        return TemplateResponse(request, "admin/rules/segment.html", shown)

    def _members(self, request, segment: Segment):
        """A page of the list, the newest first, with the brand's numbers."""
        found = segment.members.select_related("member").order_by("-added_at", "-pk")
        page = Paginator(found, MEMBERS_PAGE).get_page(request.GET.get("page"))
        ids = [row.member_id for row in page]
        numbers = dict(
            BrandMember.objects.filter(brand=segment.brand_id, member__in=ids).values_list("member_id", "external_id")
        )
        for row in page:
            row.number = numbers.get(row.member_id, "")
        return page

    def _segment(self, request: HttpRequest, object_id: str, verb: str) -> Segment:
        segment = self.get_object(request, unquote(object_id))
        if segment is None:
            raise Http404
        if not self.is_within(request, segment, verb):
            raise PermissionDenied
        return segment

    def _brands(self, request):
        theirs = self.brands_where(request, "add")
        found = admin.site._registry[Brand].narrowed(request, Brand.objects.order_by("name"))
        return found if theirs is None else found.filter(pk__in=theirs)

    def _brand_seen(self, request, brand_id) -> Brand:
        theirs = self.brands_where(request)
        found = Brand.objects.filter(pk=brand_id)
        brand = (found if theirs is None else found.filter(pk__in=theirs)).first()
        if brand is None:
            raise Http404
        return brand


def _labels(brand: Brand):
    return EventType.objects.filter(brand=brand).values_list("name", "label")
