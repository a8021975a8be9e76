"""The pytest plug-in of the project, loaded by the apps' conftests: the fixtures every room's tests share, and the
server they run on."""

from loyalty.testing.brokers import kafka_brokers, kafka_url, nats_broker, rabbit_server  # noqa: F401
from loyalty.testing.clients import *  # noqa: F403
from loyalty.testing.collecting import pytest_collection  # noqa: F401
from loyalty.testing.fixtures import *  # noqa: F403
from loyalty.testing.mailbox import mail_server, mailbox  # noqa: F401
from loyalty.testing.server import (  # noqa: F401
    database_url,
    django_db_modify_db_settings,
    pytest_configure,
    pytest_configure_node,
    pytest_unconfigure,
)
from loyalty.testing.sharing_out import pytest_collection_modifyitems, pytest_xdist_make_scheduler  # noqa: F401
from loyalty.testing.told_events import pytest_runtest_call  # noqa: F401
