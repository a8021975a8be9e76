"""The addresses of the catalogue."""

from loyalty.errors import NotFound
from loyalty.http.etags import conditional
from loyalty.http.idempotency import idempotent
from loyalty.http.pagination import page
from loyalty.http.schema import operation
from loyalty.http.shapes import query, read
from loyalty.http.uploads import uploaded
from loyalty.http.views import ApiView, reply
from loyalty.identity.principals import Principal
from programs.earning.rulesets.selectors import find_managed_program
from programs.membership.selectors import find_program
from programs.rewards.catalogue import docs, languages, operations, pictures, pool, selectors, serializers
from programs.rewards.catalogue.errors import PoolNotWanted
from programs.rewards.models import Reward

CODES_BYTES_MAX = 3_000_000


class RewardsView(ApiView):
    """The catalogue of a brand's programs, or what of catalogues a member sees."""

    @operation("List rewards", **docs.LIST)
    def get(self, request):
        """In the order of the catalogue. A brand's people and keys see all of the brand's; members those that are
        active in programs they take part in and in those open to all. Told in the language that `Accept-Language` asks
        for, where there is a translation."""
        asked = query(request, serializers.RewardFilters)
        rewards = selectors.visible_rewards(self.principal)
        if asked.program_id:
            rewards = rewards.filter(program=find_program(self.principal, asked.program_id))
        exact = {name: getattr(asked, name) for name in ("kind", "status") if getattr(asked, name)}
        told = Telling(self.principal, request)
        found = page(request, rewards.filter(**exact), key=("position", "-id"), render=told.answer)
        return conditional(request, found, told.headers())

    @operation("Enter a reward", **docs.CREATE)
    @idempotent
    def post(self, request):
        """Enters a reward in the program's catalogue, as a draft unless told otherwise. What its vouchers are worth is
        written on each when it is issued: a later change concerns those after it."""
        body = read(request, serializers.NewReward)
        program = find_managed_program(self.principal, body.program_id, "rewards.add")
        terms, mistakes = serializers.terms_in(body, program)
        reward = operations.create_reward(program, **terms, mistakes=mistakes, actor=self.principal.actor)
        return answered(self.principal, request, reward, 201, {"Location": f"/api/rewards/{reward.pk}"})


class RewardView(ApiView):
    """One reward, by id or code."""

    @operation("Show a reward", **docs.SHOW)
    def get(self, request, reward):
        """In the language that `Accept-Language` asks for, where there is a translation; else in its plain words, which
        are taken for English."""
        found, told = selectors.find_reward(self.principal, reward), Telling(self.principal, request)
        return conditional(request, told.answer(found), told.headers())

    @operation("Change a reward", **docs.CHANGE)
    def patch(self, request, reward):
        """What is not given stays. Vouchers that there are keep what they are worth."""
        found = selectors.find_reward(self.principal, reward, "rewards.change")
        terms, mistakes = serializers.terms_in(read(request, serializers.RewardPatch), found.program)
        changed = operations.change_reward(found, terms, mistakes=mistakes, actor=self.principal.actor)
        return answered(self.principal, request, changed)

    @operation("Archive a reward", **docs.ARCHIVE)
    def delete(self, request, reward):
        """Takes it out of the catalogue for good. Vouchers for it stay usable."""
        found = selectors.find_reward(self.principal, reward, "rewards.archive")
        operations.archive_reward(found, actor=self.principal.actor)
        return reply(status=204)


class RewardPictureView(ApiView):
    """The picture of a reward."""

    body_bytes_max = pictures.UPLOAD_BYTES_MAX + 10_000

    @operation("Set a reward's picture", **docs.PICTURE)
    def put(self, request, reward):
        """PNG, JPEG or WebP up to 5 MB, as the body or in a form. It is made anew: WebP of at most 1,024 pixels a side
        and 200 KB, without anything but its pixels. Everybody can see it."""
        found = selectors.find_reward(self.principal, reward, "rewards.change")
        changed = pictures.set_picture(found, uploaded(request), actor=self.principal.actor)
        return answered(self.principal, request, changed)

    @operation("Upload a reward's picture", **docs.PICTURE)
    def post(self, request, reward):
        """The same, for forms."""
        return self.put(request, reward)

    @operation("Take a reward's picture away", **docs.NO_PICTURE)
    def delete(self, request, reward):
        """The reward is shown without one."""
        found = selectors.find_reward(self.principal, reward, "rewards.change")
        pictures.remove_picture(found, actor=self.principal.actor)
        return reply(status=204)


class RewardCodesView(ApiView):
    """The pool of codes of an external reward."""

    body_bytes_max = CODES_BYTES_MAX

    @operation("Count a reward's codes", **docs.COUNT_CODES)
    def get(self, request, reward):
        """How many codes there were and are. The codes themselves are shown to nobody but who claims one."""
        found = selectors.find_reward(self.principal, reward)
        if not is_brands(self.principal, found):
            raise NotFound(selectors.MISSING)
        if found.kind != Reward.Kind.EXTERNAL_CODE:
            raise PoolNotWanted()
        return reply(serializers.codes_answer(selectors.pool_counts(found)))

    @operation("Add codes to a reward", **docs.ADD_CODES)
    @idempotent
    def post(self, request, reward):
        """Up to 10,000 codes of somebody else, one of which goes with each claim. Those that are there already stay as
        they are, and the answer names them."""
        found = selectors.find_reward(self.principal, reward, "rewards.change")
        codes = read(request, serializers.NewCodes).codes
        added = pool.add_codes(found, codes, actor=self.principal.actor)
        return reply(serializers.CodesAdded(added=added.added, duplicates=added.duplicates))


class Telling:
    """Answers rewards to a caller in their language, and remembers in which."""

    def __init__(self, principal: Principal, request):
        self.principal, self.languages = principal, languages.wanted(request)
        self.told: list[languages.Told] = []

    def answer(self, reward: Reward) -> serializers.RewardAnswer:
        """The reward as the caller sees it."""
        told = languages.in_words(reward.name, reward.description, reward.translations, self.languages)
        self.told.append(told)
        return serializers.reward_answer(reward, told, is_brands=is_brands(self.principal, reward))

    def headers(self) -> dict[str, str]:
        """What the whole answer says of its languages."""
        return languages.headers(self.told)


def is_brands(principal: Principal, reward: Reward) -> bool:
    """Whether the caller works for the reward's brand, or is its key."""
    return principal.is_operator or reward.program.brand_id in principal.brands


def answered(principal: Principal, request, reward: Reward, status: int = 200, headers: dict | None = None):
    """The reward as it is now."""
    told = Telling(principal, request)
    answer = told.answer(selectors.shown().get(pk=reward.pk))
    return reply(answer, status, {**told.headers(), **(headers or {})})
