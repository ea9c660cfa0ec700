"""An index and repositories on the loopback; nothing in these tests leaves this computer."""

from collections.abc import Iterator

import pytest

from iot_kernel.packages import places
from tests.packages.index import PackageServer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageServer]:
    """An empty index; `github:` and its like lead to the same server."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with PackageServer() as found:
        for host in places.HOSTS:
            monkeypatch.setitem(places.HOSTS, host, found.host)
        yield found
