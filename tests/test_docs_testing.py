"""What docs/how-to/testing.md shows works, and its tables name what there is."""

import re
from pathlib import Path

import pytest

from iot_kernel.testing.needs import FEATURES, IMPLEMENTATIONS
from iot_kernel.testing.options import USUAL_TIMEOUT
from iot_kernel.testing.saved_outputs import USUAL_TOLERANCE
from iot_kernel.testing.watchdog import GRACE

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[1] / "docs" / "how-to" / "testing.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```\w+\n# ([\w.]+).*?$\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
TEXT = " ".join(PAGE.split())


@pytest.mark.board
def test_the_example(unix, pytester):
    for name, text in BLOCKS.items():
        (pytester.path / name).write_text(text)
    result = pytester.runpytest_inprocess(
        "-p", "iot_kernel.testing.plugin", "--strict-config", "--board", unix.url
    )
    assert result.parseoutcomes() == {"passed": 2}


def test_the_words_for_needs():
    table = PAGE.partition("| word |")[2].partition("\n\n")[0]
    words = {
        word
        for cell in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
        for word in re.findall(r"`(\w+)`", cell)
    }
    assert words == {*FEATURES, *IMPLEMENTATIONS, "rp2", "esp32", "linux"}


def test_the_numbers():
    assert f"may take {USUAL_TIMEOUT:g} seconds each" in TEXT
    assert f"within {GRACE:g} seconds, the link is closed" in TEXT
    assert f"numbers may be {USUAL_TOLERANCE:.0%} off".replace("%", " %") in TEXT
