"""How far readers of the log are behind is told to who watches."""

from loyalty.events.models import EventReader
from loyalty.testing.log import settle_log


def test_the_lag_of_each_reader_is_told(client, things):
    written = things()
    settle_log()
    EventReader.objects.create(name="relay:crm", position=written[-4].id)
    EventReader.objects.create(name="notifications", position=written[-1].id)

    told = client.get("/metrics").content.decode()

    assert 'loyalty_event_reader_lag{reader="relay:crm"} 3.0' in told
    assert 'loyalty_event_reader_lag{reader="notifications"} 0.0' in told
