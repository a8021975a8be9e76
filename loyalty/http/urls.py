"""The addresses of the HTTP room itself: the OpenAPI document, the page that shows it, the list of problem codes."""

from django.urls import path, re_path

from loyalty.http.document_views import DocsView, DocumentView
from loyalty.http.problem_pages import problem_page
from loyalty.http.problems import unknown_route

urlpatterns = [
    path("schema", DocumentView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
]

# Outside of api/: what the `type` of a problem points at.
page_urls = [
    path("problems", problem_page, name="problems"),
    path("problems/<str:code>", problem_page, name="problem"),
]

# After all other addresses.
last_urls = [re_path(r"^api(/.*)?$", unknown_route)]
