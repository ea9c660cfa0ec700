"""Trying again to reach a board that is away for a while because it restarts."""

from __future__ import annotations

import time
from collections.abc import Callable

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason

#: s between attempts.
RETRY_PAUSE = 0.25

#: What stays as it is, however often one tries.
LASTING = frozenset({ConnectReason.AUTH, ConnectReason.HELD, ConnectReason.OWN, ConnectReason.UNSUPPORTED})


def retry(action: Callable[[], object], *, timeout: float) -> None:
    """Repeats what connects to a board until it succeeds.

    Args:
        action: what is tried.
        timeout: seconds after which its error is raised.

    Raises:
        ConnectError: the last one, or at once one that time does not heal.
        ConnectionLostError: the link broke again and again.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            action()
        except (ConnectError, ConnectionLostError) as error:
            lasting = isinstance(error, ConnectError) and error.reason in LASTING
            if lasting or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_PAUSE)  # a board that comes back tells nobody
        else:
            return
