"""How a brand's people sign in with the brand's own identity provider (OpenID Connect)."""

from allauth.socialaccount.models import SocialAccount
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxLengthValidator
from django.db import models

from loyalty import clock
from loyalty.history.tracking import tracked
from loyalty.identity.models import Brand
from loyalty.ids import uuid7
from loyalty.sealed.fields import SealedField, SealedModel


@tracked(brands="ARRAY[{row}.brand_id]", exclude=["data_key", "created_at"], secret=["client_secret"])
class SignOn(SealedModel):
    """A brand's provider: where it is, who it may let in and as what. It speaks for that brand only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    brand = models.OneToOneField(Brand, models.CASCADE, related_name="sign_on")
    slug = models.SlugField(unique=True, editable=False, help_text="In the address that the provider sends people to.")
    name = models.CharField(max_length=60, help_text='What people know the provider as, say "Cafe accounts".')
    issuer = models.CharField(
        max_length=300, help_text="The provider's address: https://login.cafe.example. It describes itself there."
    )
    client_id = models.CharField(max_length=255, help_text="What the provider calls us.")
    client_secret = SealedField(max_length=500, blank=True, help_text="Encrypted at rest. Not shown again.")
    groups_claim = models.CharField(
        max_length=100,
        default="groups",
        help_text="Where the provider names a person's groups; a dot leads inside: realm_access.roles.",
    )
    role_by_group = models.JSONField(
        default=dict,
        blank=True,
        help_text='Which role a group has here: {"loyalty-admins": "admin", "shops": "staff"}. Of several the highest '
        "counts; whoever is in none is not let in.",
    )
    email_domains = ArrayField(
        models.CharField(max_length=253),
        default=list,
        blank=True,
        help_text="Whose e-mail addresses the provider may vouch for: cafe.example. They count once the platform's "
        "operators have confirmed that they are the brand's.",
    )
    confirmed_domains = ArrayField(models.CharField(max_length=253), default=list, blank=True, editable=False)
    asks_second_factor = models.BooleanField(
        default=False, help_text="The provider asks for a second factor itself, so that none is needed here."
    )
    is_required = models.BooleanField(
        default=False, help_text="The brand is closed to passwords, but for those named below."
    )
    break_glass = ArrayField(
        models.UUIDField(),
        default=list,
        blank=True,
        help_text="Admins who may enter by password all the same, for the day the provider fails.",
        validators=[MaxLengthValidator(5)],
    )
    is_active = models.BooleanField(default=False, help_text="Off: nobody signs in this way.")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name = "single sign-on"
        verbose_name_plural = "single sign-on"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_required=False) | models.Q(is_active=True), name="required_sign_on_is_active"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def domains(self) -> frozenset[str]:
        """The domains whose addresses the provider may vouch for."""
        return frozenset(self.email_domains) & frozenset(self.confirmed_domains)


@tracked(
    brands="ARRAY(SELECT brand_id FROM loyalty_staff WHERE person_id = {row}.user_id)",
    only=["user", "provider"],
    is_shared=True,
)
class SignOnTie(SocialAccount):
    """allauth's row that ties a login to somebody at a provider, under a name of ours so that its history is kept."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = "tie to a provider"
