"""Every address of the service and two more, behind which something breaks with people's data in its mouth."""

from django.db import connection
from django.urls import path

from loyalty.http.schema import operation
from loyalty.http.views import ApiView
from loyalty.identity.models import Member
from loyalty.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500"]


def broken_page(request, name):
    """A row that the database refuses and shows."""
    with connection.cursor() as cursor:
        cursor.execute("insert into loyalty_brand (id, code, name) values (gen_random_uuid(), null, %s)", [name])


class BrokenView(ApiView):
    public = True
    authentication_classes = []

    @operation("Broken", tags="Service", answers={200: None})
    def get(self, request, name):
        raise RuntimeError(
            f"no mail to {request.query_params['email']}, no call to {Member(phone='+31687654321').phone}"
        )


urlpatterns = [
    path("api/broken/<str:name>", BrokenView.as_view()),
    path("broken/<str:name>", broken_page),
    *urlpatterns,
]
