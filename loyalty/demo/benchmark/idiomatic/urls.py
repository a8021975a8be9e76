"""The one address of the plain variant."""

from rest_framework.routers import DefaultRouter

from loyalty.demo.benchmark.idiomatic.views import PlainTransactions

router = DefaultRouter()
router.register("transactions", PlainTransactions)
urlpatterns = router.urls
