"""docs/reference/environment.md names every variable of ours that the code reads, and no other."""

import re
from pathlib import Path

from iot_kernel.config.configuration import Configuration

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "environment.md").read_text(encoding="utf-8")
OURS = r"(?:IOT|UCORE)_[A-Z_]+"


def test_every_variable_has_a_row():
    sources = [path for top in ("iot_kernel", "ukernel") for path in (ROOT / top).rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in sources if "firmware" not in path.parts]
    read = {name for text in texts for name in re.findall(rf'"({OURS})"', text)}
    assert sorted(set(re.findall(rf"^\| `({OURS})` \|", PAGE, re.MULTILINE))) == sorted(read)


def test_the_presets_of_the_directories(tmp_path):
    presets = dict(re.findall(r"^\| `(IOT_\w+)` \|[^|]*\| `([^`|]*/[^`|]*)` \|$", PAGE, re.MULTILINE))
    directories = {name: presets[name] for name in ("IOT_PROJECTS", "IOT_DEVICES", "IOT_LIBS", "IOT_SECRETS")}
    home = {"HOME": str(tmp_path)}
    preset = Configuration.from_environment(home)
    assert Configuration.from_environment(home | directories).places == preset.places
