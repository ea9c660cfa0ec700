"""A listener for each test, and nothing of the user's own environment."""

from tests.pipes.conftest import board, kernel, own_environment  # noqa: F401  fixtures
