"""Nothing in these tests leaves this computer."""

from collections.abc import Iterator

import pytest

from tests.packages.index import PackageServer, package_server


@pytest.fixture
def server() -> Iterator[PackageServer]:
    """An index, empty, and repositories."""
    with package_server() as found:
        yield found
