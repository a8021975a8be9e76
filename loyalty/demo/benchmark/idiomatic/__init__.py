"""The same earn written the way a Django tutorial would: ModelViewSet, ModelSerializer, ORM in atomic(). It is here to
be measured against, as a small app of its own that only the benchmark installs."""
