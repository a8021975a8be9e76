"""The web process's door: the WSGI application, with the static files served in front of it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")
application = get_wsgi_application()
