"""What a ``write`` costs: no function that it runs through has its state on the heap."""

import re
import subprocess

import pytest

from iot_kernel.snippets import minified
from iot_kernel.ucore import source
from tools import boards

MOST = 11  # words of state that MicroPython keeps on the stack
TRY = 3  # words for each ``try`` that is under way

#: What a short message goes through.
HOT = ("write", "_in_turn", "_message", "_piece", "_escaped")


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """The words of each function's state, as the compiler tells them of what boards get."""
    path = tmp_path_factory.mktemp("states") / "ucore.py"
    path.write_text(minified(source("ucore")))
    command = [boards.micropython(), "-v", "-v", "-v", path]
    told = subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode("latin-1")
    found = re.findall(r"code block '(\w+)'.*?\(N_STATE (\d+)\)\s+\(N_EXC_STACK (\d+)\)", told, re.DOTALL)
    return {name: int(state) + TRY * int(tries) for name, state, tries in found}


@pytest.mark.parametrize("name", HOT)
def test_short_messages_need_no_state_on_the_heap(words, name):
    assert words[name] <= MOST
