"""Makes Django's admin ours: the site that every screen is registered on is the portal."""

from django.contrib.admin.apps import AdminConfig


class PortalConfig(AdminConfig):
    default_site = "loyalty.portal.site.PortalSite"
