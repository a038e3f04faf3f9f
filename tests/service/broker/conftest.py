"""Fixtures of brokers: with scripted workers, and one with real workers for all tests."""

import pytest

from tests.support.scripted_workers import ScriptedWorkers, until
from viz.service.broker import Broker
from viz.service.client.submit import Engine


@pytest.fixture
def made():
    """Make brokers with workers of the test's; in the end nothing is left in any of them."""
    brokers = []

    def make(workers=1, **options):
        broker = Broker(workers)
        broker._workers = ScriptedWorkers(**options)
        brokers.append(broker)
        return broker, broker._workers

    yield make
    for broker in brokers:
        broker.close()
        until(lambda broker=broker: not broker._running)
        assert not broker._tickets
        assert not len(broker._queue)
        assert not broker._sharing._subscribers
        assert not broker._sharing._computing
        counters = broker.counters()
        assert counters.requests == sum(
            getattr(counters, name)
            for name in "answered failed refused crashed timeouts cancelled superseded".split()
        )


@pytest.fixture(scope="session")
def real():
    broker = Broker(2, Engine())
    yield broker
    broker.close()
