"""The pages of docs/reference/api show each public name, and its documentation comes from the code."""

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[1] / "docs" / "reference" / "api"
#: Said elsewhere: a text, and what is another module's.
NOT_SHOWN = {"iot_kernel": {"__version__", "Pipe"}}


@pytest.mark.parametrize(
    ("page", "module"),
    [("boards", "iot_kernel"), ("asyncio", "iot_kernel.aio"), ("pipes", "ukernel.pipes")],
)
def test_each_public_name_is_there(page, module):
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    shown = re.findall(r"^\.\. auto\w+:: (\w+)$", text, re.MULTILINE)
    assert set(re.findall(r"^\.\. currentmodule:: (\S+)$", text, re.MULTILINE)) == {module}
    assert sorted(shown) == sorted(set(import_module(module).__all__) - NOT_SHOWN.get(module, set()))


def test_each_public_name_has_words():
    for module in ("iot_kernel", "iot_kernel.aio", "ukernel.pipes"):
        names = set(import_module(module).__all__) - {"__version__"}
        silent = [name for name in names if not getattr(import_module(module), name).__doc__]
        assert silent == []
