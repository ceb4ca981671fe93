"""Fixtures: two simulated providers for the whole run, and a gateway for each test."""
import pytest

from house.gateway import Gateway
from house.process import BINARY
from house.simulator import Simulator


def pytest_configure(config):
    config.addinivalue_line("markers", "survivable: a fault at the primary that is survived before the commit point")
    if not BINARY:
        raise pytest.UsageError("PONTAGE_BINARY is not set: run tests/e2e/run_python.sh BINARY")


@pytest.fixture(scope="session")
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def simulators(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulators")
    with Simulator(folder, "primary") as primary, Simulator(folder, "secondary") as secondary:
        yield primary, secondary


@pytest.fixture
def primary(simulators):
    simulators[0].clear()
    return simulators[0]


@pytest.fixture
def secondary(simulators):
    simulators[1].clear()
    return simulators[1]


@pytest.fixture
def local(tmp_path_factory):
    """A third simulated provider, for chains that have three."""
    with Simulator(tmp_path_factory.mktemp("local"), "local") as simulator:
        yield simulator


@pytest.fixture
def serve(tmp_path):
    """serve(config) starts a gateway; the test's end stops it, and a gateway that cannot drain fails the test."""
    started = []

    def start(config, environment=None):
        folder = tmp_path / str(len(started))
        folder.mkdir()
        gateway = Gateway(folder, config, environment, name="gateway")
        started.append(gateway)
        return gateway

    yield start
    for gateway in started:
        code = gateway.stop()
        assert code == 0, f"exit code {code} after SIGTERM:\n{gateway.errors()}"
