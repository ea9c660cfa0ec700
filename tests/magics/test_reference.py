"""The page about magics is made from the magics."""

import subprocess
import sys
from pathlib import Path

from iot_kernel.magics import build_registry
from iot_kernel.magics.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "magics.md"


def test_every_magic_has_a_section_with_its_help():
    page = reference(build_registry())
    for magic in [*build_registry().lines(), *build_registry().cells()]:
        assert page.count(f"### `{magic.title}`\n") == 1
        assert "\n".join(line.rstrip() for line in magic.help.rstrip().split("\n")) in page


def test_the_page_is_up_to_date():
    stale = "run: python -m iot_kernel.magics.reference docs/reference/magics.md"
    assert PAGE.read_text(encoding="utf-8") == reference(build_registry()), stale


def test_the_command_writes_the_page(tmp_path):
    command = [sys.executable, "-m", "iot_kernel.magics.reference", tmp_path / "magics.md"]
    subprocess.run(command, check=True)
    assert (tmp_path / "magics.md").read_text(encoding="utf-8") == reference(build_registry())
