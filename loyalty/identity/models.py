"""Who asks and who is known: brands, people with a login, staff, members, server keys. No points here."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.principals import Principal
from loyalty.ids import uuid7
from loyalty.sealed.fields import (
    BlindIndexField,
    SealedDateField,
    SealedEmailField,
    SealedField,
    SealedJSONField,
    SealedModel,
)


@tracked(brands="ARRAY[{row}.id]", exclude=["logo", "created_at"])
class Brand(models.Model):
    """A tenant: whoever runs programs. Everything a brand owns is scoped to it."""

    class ApprovalOfRoles(models.TextChoices):
        NONE = "none", "None of them"
        ADMIN = "admin", "Brand admin"
        ALL = "all", "All of them"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.SlugField(unique=True, help_text="Short name used in commands and addresses.")
    name = models.CharField(max_length=120)
    country = models.CharField(
        max_length=2,
        blank=True,
        validators=[RegexValidator(r"^[A-Z]{2}\Z", "Two capitals, say NL.")],
        help_text="ISO 3166 code, say NL: where phone numbers written without a country belong.",
    )
    approval_points_min = models.BigIntegerField(
        default=10_000,
        help_text="Adjustments of this many points or more wait for a second person.",
    )
    approval_bulk_points_min = models.BigIntegerField(
        default=100_000,
        help_text="Points given to many members at once wait for a second person from this sum on.",
    )
    approval_terms = models.BooleanField(
        default=False, help_text="Changes of how a program gives points wait for a second person."
    )
    approval_campaign_points = models.BigIntegerField(
        null=True,
        blank=True,
        help_text="Campaigns that can give this many points or more, or without a bound, wait for a second person. "
        "Empty: none does.",
    )
    approval_roles = models.CharField(
        max_length=8,
        choices=ApprovalOfRoles.choices,
        default=ApprovalOfRoles.NONE,
        help_text="Which roles are given only when a second person agrees.",
    )
    requires_second_factor = models.BooleanField(
        default=False, help_text="Whoever works for the brand needs a second factor to enter the portal."
    )
    cool_down_hours = models.PositiveSmallIntegerField(
        default=24,
        validators=[MaxValueValidator(168)],
        help_text="How long a member who logs in on a new device or changes e-mail or phone has to confirm "
        "redemptions with a code. 0: not at all.",
    )
    retention_months = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(6)],
        help_text="Members without any activity for so many months are erased. Empty: never.",
    )
    logo = models.BinaryField(null=True, editable=False)
    logo_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager):
    """Makes people; e-mail addresses are kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields) -> "Person":
        person = self.model(email=email.strip().lower(), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields) -> "Person":
        return self.create_user(email, password, is_operator=True, **fields)

    def get_by_natural_key(self, username: str) -> "Person":
        return self.get(email=username.strip().lower())


@tracked(
    brands="ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = {row}.id)",
    exclude=["data_key", "email_index", "last_login", "token_version", "cool_down_from", "erased_at", "created_at"],
    secret=["password"],
    is_shared=True,
)
class Person(SealedModel, AbstractBaseUser):
    """Somebody with a login: a member, a brand's staff, an operator, or more than one of these."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = SealedEmailField(index="email_index", help_text="In lower case. Encrypted at rest.")
    email_index = BlindIndexField(of="email", purpose="person.email", unique=True)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True, help_text="Off: cannot log in, tokens stop working.")
    is_operator = models.BooleanField(default=False, help_text="Runs the platform; stands above all brands.")
    token_version = models.PositiveIntegerField(
        default=0, editable=False, help_text="Raised to make every token issued before worthless."
    )
    cool_down_from = models.DateTimeField(
        null=True,
        editable=False,
        help_text="The last new device, e-mail or phone: redemptions need a code for a while.",
    )
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When everything personal was erased.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = PersonManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name_plural = "people"

    def __str__(self) -> str:
        return self.email or f"erased {self.id}"

    @property
    def is_superuser(self) -> bool:
        return self.is_operator

    @cached_property
    def worker(self) -> Principal:
        """The person as they act in the portal: for the brands they work for, or as an operator, and never as the
        member they may be too. The database is asked once."""
        return self.working_for(dict(self.posts.filter(is_active=True).values_list("brand_id", "role")))

    def working_for(self, posts: dict) -> Principal:
        """The person as they act in the portal for these brands: {brand's id: role}."""
        actor = f"person:{self.pk}"
        return Principal(kind="person", id=self.pk, actor=actor, brands=posts, is_operator=self.is_operator)

    @property
    def is_staff(self) -> bool:
        """May enter the admin portal: operators and whoever works for a brand."""
        return self.has_perm("portal.enter")

    def has_perm(self, perm: str, obj=None) -> bool:
        """Whether the person may, by the table of roles, at the brand `obj` (a brand or its id), or without it at one
        of theirs at least."""
        return self.is_active and self.worker.may(perm, getattr(obj, "pk", obj))

    def has_perms(self, perms, obj=None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def _get_session_auth_hash(self, secret=None) -> str:
        """What Django compares at each page: a session of the portal ends with a new password and with the version
        that ends all tokens."""
        said = f"{self.password}:{self.token_version}"
        return salted_hmac("loyalty.Person.session", said, secret=secret, algorithm="sha256").hexdigest()


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["created_at"])
class Location(models.Model):
    """A place where a brand sells: a shop, a hotel, a station."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="locations", db_index=False)
    code = models.SlugField(max_length=80, db_index=False, help_text="Short name, as tills send it: amsterdam-1.")
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True, help_text="Off: nothing is redeemed there.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["brand", "code"], name="location_code_is_unique_in_the_brand")]

    def __str__(self) -> str:
        return self.name


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["created_at"])
class Staff(models.Model):
    """A person's post at a brand."""

    class Role(models.TextChoices):
        ADMIN = "admin", "Brand admin"
        STAFF = "staff", "Staff"
        PARTNER = "partner", "Partner"

    person = models.ForeignKey(Person, models.CASCADE, related_name="posts")
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="staff")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.STAFF)
    location = models.ForeignKey(
        Location,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Redeems, and sees what was redeemed, there only; empty: everywhere.",
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "staff"
        constraints = [models.UniqueConstraint(fields=["person", "brand"], name="staff_one_post_per_brand")]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()}, {self.brand})"


@tracked(
    brands="ARRAY(SELECT brand_id FROM loyalty_brandmember WHERE member_id = {row}.id)",
    exclude=["data_key", "version", "created_at", "updated_at"],
    inserts=False,
    is_shared=True,
)
class Member(SealedModel):
    """One customer, known to the whole platform; a brand sees only those in its `BrandMember` rows."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.OneToOneField(
        Person,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="member",
        help_text="The login, where there is one.",
    )
    created_by = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="+", help_text="The brand that entered this member."
    )
    name = models.CharField(max_length=120, blank=True)
    email = SealedEmailField(blank=True, help_text="Encrypted at rest.")
    phone = SealedField(max_length=20, blank=True, help_text="In international form: +31612345678. Encrypted at rest.")
    birth_date = SealedDateField(blank=True, help_text="Encrypted at rest.")
    address = SealedJSONField(
        blank=True, help_text="street, postal_code, city, region, country (ISO 3166). Encrypted at rest."
    )
    preferences = models.JSONField(default=dict, blank=True)
    consents = models.JSONField(default=dict, blank=True)
    is_synthetic = models.BooleanField(default=False, help_text="Invented for the demo; not a real person.")
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    erased_at = models.DateTimeField(null=True, editable=False, help_text="When everything personal was erased.")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        indexes = [GinIndex(SearchVector("name", config="simple"), name="member_name_words")]

    def __str__(self) -> str:
        return self.name or self.email or str(self.id)


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["email_index", "phone_index", "created_at"], inserts=False)
class BrandMember(models.Model):
    """A brand knows a member, under the number that the brand's own systems use."""

    brand = models.ForeignKey(Brand, models.CASCADE, related_name="known_members")
    member = models.ForeignKey(Member, models.CASCADE, related_name="known_to")
    external_id = models.CharField(max_length=120, null=True, blank=True, help_text="The brand's own number for them.")
    email_index = BlindIndexField(of="member__email", purpose="member.email", scope="brand_id")
    phone_index = BlindIndexField(of="member__phone", purpose="member.phone", scope="brand_id")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "member"], name="brand_knows_a_member_once"),
            models.UniqueConstraint(fields=["brand", "external_id"], name="external_id_is_unique_in_the_brand"),
        ]
        indexes = [
            models.Index(fields=[name], name=f"brand_member_{name}", condition=models.Q(**{f"{name}__isnull": False}))
            for name in ("email_index", "phone_index")
        ]

    def __str__(self) -> str:
        return f"{self.external_id or self.member_id} at {self.brand}"


class MemberNote(models.Model):
    """What a brand's people wrote about a member, for each other."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="+")
    member = models.ForeignKey(Member, models.CASCADE, related_name="notes")
    author = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+", editable=False)
    text = models.TextField(max_length=2000)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.text[:60]


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["last_used_at", "created_at"], secret=["key_hash"])
class ServerKey(models.Model):
    """A till's, shop's or app server's credential: one brand, named scopes, kept only as a hash."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.ForeignKey(Brand, models.CASCADE, related_name="server_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, editable=False, help_text="How the key begins, to tell keys apart.")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    rate = models.CharField(
        max_length=20, default="60000/m", blank=True, help_text="Requests allowed, say 600/m. Empty: no limit."
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
