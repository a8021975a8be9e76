"""The address that serves the OpenAPI document."""

from functools import cache

from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView
from rest_framework.response import Response


class DocumentView(SpectacularAPIView):
    """The OpenAPI document, as JSON, or as YAML for `Accept: application/yaml` or `?format=yaml`."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]

    def _get_schema_response(self, request) -> Response:
        return Response(_document(type(self)), headers={"Content-Disposition": 'inline; filename="loyalty-openapi"'})


@cache
def _document(view: type[DocumentView]) -> dict:
    """Made once in a process: the addresses do not change while it runs."""
    return view.generator_class(urlconf=view.urlconf, api_version=view.api_version).get_schema(public=True)
