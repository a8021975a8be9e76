"""The addresses that serve the OpenAPI document, and the page that shows it."""

from functools import cache

from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.response import Response

# Our files alone, but for the pictures that Swagger UI has in its style sheet.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class DocsView(SpectacularSwaggerSplitView):
    """The page for people: every address, to read and to try."""

    template_name = "api_docs.html"

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Content-Security-Policy"] = DOCS_POLICY
        return response


class DocumentView(SpectacularAPIView):
    """The OpenAPI document, as JSON, or as YAML for `Accept: application/yaml` or `?format=yaml`."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]

    def _get_schema_response(self, request) -> Response:
        return Response(_document(type(self)), headers={"Content-Disposition": 'inline; filename="loyalty-openapi"'})


@cache
def _document(view: type[DocumentView]) -> dict:
    """Made once in a process: the addresses do not change while it runs."""
    return view.generator_class(urlconf=view.urlconf, api_version=view.api_version).get_schema(public=True)
