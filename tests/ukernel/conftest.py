"""A listener for each test, and nothing of the user's own environment."""

from tests.pipes.conftest import (  # noqa: F401  fixtures
    board,
    broker,
    kernel,
    mosquitto,
    own_environment,
    quick_brokers,
)
