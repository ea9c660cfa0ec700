"""What is said where pip fetches nothing. That packages arrive is shown by what needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.pypi import fetch
from tools.store import UnavailableError


def test_a_package_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOT_KERNEL_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UnavailableError, match="pip cannot fetch there-is-none==1"):
        fetch("there-is-none==1")
    assert not any(tmp_path.glob("pypi/*"))
