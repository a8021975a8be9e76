"""Giving a brand its logo, and taking it away."""

from hashlib import sha256

from loyalty.identity.models import Brand


def set_logo(brand: Brand, png: bytes) -> None:
    """Makes `png`, which `pictures.as_logo` made, the brand's logo; its address changes with it. Repeating it changes
    nothing."""
    brand.logo, brand.logo_digest = png, sha256(png).hexdigest()
    brand.save(update_fields=["logo", "logo_digest"])


def remove_logo(brand: Brand) -> None:
    """Leaves the brand without a logo. Repeating it changes nothing."""
    brand.logo, brand.logo_digest = None, ""
    brand.save(update_fields=["logo", "logo_digest"])
