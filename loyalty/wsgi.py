"""The web process's door: the WSGI application, and in front of it the static files, so that they cost the API no
middleware and need no collectstatic."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty.settings")


def with_static_files(inner):
    """The application behind the static files of every app, as they lie in the packages."""
    from django.contrib.staticfiles.finders import get_finders
    from whitenoise import WhiteNoise

    outer = WhiteNoise(inner, max_age=3600, allow_all_origins=False, add_headers_function=_as_named)
    for finder in get_finders():
        for path, storage in finder.list([]):
            outer.add_file_to_dictionary(settings.STATIC_URL + path.replace("\\", "/"), storage.path(path))
    return outer


def _as_named(headers, path: str, url: str) -> None:
    """A file is what its name says, whatever a browser finds in it."""
    headers["X-Content-Type-Options"] = "nosniff"


application = with_static_files(get_wsgi_application())
