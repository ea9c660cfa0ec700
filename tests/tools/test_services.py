"""That the servers and containers run is shown in tests/magics."""

from __future__ import annotations

import subprocess

import pytest

from tools import services

pytestmark = pytest.mark.services


def test_busybox_needs_nothing() -> None:
    said = subprocess.check_output([services.busybox(), "sh", "-c", "echo $((6 * 7))"], env={}, text=True)
    assert said == "42\n"


def test_openssh_runs_from_the_cache() -> None:
    for name in ("ssh", "sshd"):
        done = subprocess.run([*services.openssh()[name], "-V"], capture_output=True, text=True, check=False)
        assert done.stderr.startswith("OpenSSH_")
