"""Trying again: until it works, not for ever, and not against what lasts."""

import pytest

from iot_kernel.device import retrying as module
from iot_kernel.device.retrying import retry
from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason


class TestKeepTrying:
    def error(self, reason):
        return ConnectError("x://", reason, "away")

    def test_until_it_works(self, monkeypatch):
        monkeypatch.setattr(module, "RETRY_PAUSE", 0.001)
        errors = [self.error(ConnectReason.MISSING), ConnectionLostError("x://")]

        def action():
            if errors:
                raise errors.pop()

        retry(action, timeout=60.0)
        assert errors == []

    @pytest.mark.parametrize("reason", sorted(module.LASTING, key=str))
    def test_not_against_what_lasts(self, reason):
        tries = []

        def action():
            tries.append(1)
            raise self.error(reason)

        with pytest.raises(ConnectError):
            retry(action, timeout=60.0)
        assert len(tries) == 1

    def test_not_for_ever(self):
        def action():
            raise self.error(ConnectReason.MISSING)

        with pytest.raises(ConnectError):
            retry(action, timeout=0.0)
