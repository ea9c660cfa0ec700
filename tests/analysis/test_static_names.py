"""What cells and stubs tell, with stubs of our own."""

import pytest

from iot_kernel.analysis import static_names
from iot_kernel.analysis.static_names import StaticNames

MACHINE = '''
class Pin:
    """A pin of the board."""
    OUT: int
    IN: int
    def __init__(self, id: int, mode: int = -1, *, value: int | None = None) -> None: ...
    def on(self) -> None:
        """Drives it high."""
    def value(self) -> int: ...
def reset() -> None: ...
'''


@pytest.fixture
def known(tmp_path):
    (tmp_path / "machine.pyi").write_text(MACHINE)
    (tmp_path / "stdlib").mkdir()
    (tmp_path / "stdlib" / "uthing.pyi").write_text("def go() -> None: ...")
    return StaticNames(tmp_path)


def names(known, text, before=""):
    code = text.replace("|", "")
    return [found.name for found in known.complete(before, code, text.index("|"))]


def test_attributes_of_a_module(known):
    assert {"Pin", "reset"} <= set(names(known, "import machine\nmachine.|"))


def test_what_a_call_returns(known):
    assert {"on", "value"} <= set(names(known, "import machine\np = machine.Pin(1)\np.|"))


def test_what_an_earlier_cell_defines(known):
    before = "import machine\nled = machine.Pin(2)\ndef blink(count, pause=0.1): pass\n"
    assert "on" in names(known, "led.|", before)
    assert "pause=" in names(known, "blink(3, pa|", before)


def test_of_self(known):
    assert names(known, "class A:\n def __init__(self): self.level = 1\n def b(self): self.le|") == ["level"]


def test_the_cursor_may_stand_anywhere(known):
    assert "reset" in names(known, "import machine\nmachine.re|\nx = 1\n")


def test_signatures(known):
    code = "import machine\nmachine.Pin("
    (told,) = known.signatures("", code, len(code))
    assert told == "Pin(id: int, mode: int=-1, *, value: int | None=None)"


def test_help(known):
    told = known.help("import machine\n", "machine.Pin", 10)
    assert told.startswith("Pin(id: int")
    assert told.endswith("A pin of the board.")
    assert known.help("", "nothing", 3) is None
    assert known.help("", "f(", 2) is None  # brackets have chapters of Python's manual
    assert "pause" in known.help("def blink(count, pause=0.1):\n    'Blinks.'\n", "blink", 2)


def test_source(known):
    before = "x = 1\ndef blink(count):\n    'Blinks.'\n    return count\ny = 2\n"
    assert known.source(before, "blink", 3) == "def blink(count):\n    'Blinks.'\n    return count"
    assert known.source(before, "x", 1) is None
    assert known.source("import machine\n", "machine.Pin", 9) is None


def test_what_boards_get_from_here(known):
    assert {"open_pipe", "display"} <= set(names(known, "import ucore\nucore.|"))
    assert names(known, "import ucore\npipe = ucore.open_pipe('adc')\npipe.wr|") == ["write"]
    code = "import ucore\nucore.display("
    assert known.signatures("", code, len(code))[0].startswith("display(*things, display_id=None")
    assert "ucore" not in known.modules()


def test_names_of_this_computer_s_python_are_told_apart(known):
    def apart(text):
        return {found.is_pythons for found in known.complete("", text, len(text))}

    assert apart("import asyncio\nasyncio.sl") == {True}
    assert apart("import time\ntime.sl") == {True}
    assert apart("import machine\nmachine.re") == {False}
    assert apart("'text'.up") == {False}
    assert apart("name_of_mine = 1\nname_of") == {False}


def test_modules(known):
    assert known.modules() == ["machine", "uthing"]


def test_stubs_in_directories_of_their_own(tmp_path):
    (tmp_path / "digitalio-stubs").mkdir()
    (tmp_path / "digitalio-stubs" / "__init__.pyi").write_text("class Pull: ...")
    known = StaticNames(tmp_path)
    assert known.modules() == ["digitalio"]
    assert "Pull" in names(known, "import digitalio\ndigitalio.|")


def test_without_stubs(tmp_path):
    assert names(StaticNames(), "x = 'text'\nx.upp|") == ["upper"]
    assert StaticNames().modules() == []
    assert "real" in names(StaticNames(tmp_path / "missing"), "x = 1\nx.|")


def test_nothing_is_executed(known, tmp_path):
    code = f"open({str(tmp_path / 'made')!r}, 'w')\n__import__('os').system('exit')\nx = 1\nx."
    known.complete("", code, len(code))
    assert not (tmp_path / "made").exists()


def test_much_before_is_cut(known, monkeypatch):
    monkeypatch.setattr(static_names, "LONGEST_BEFORE", 60)
    before = "old_name = 1\n" + "# filling line of twenty\n" * 4 + "new_name = 2\n"
    assert names(known, "new_n|", before) == ["new_name"]
    assert names(known, "old_n|", before) == []


@pytest.mark.parametrize("code", ["", "(", "def f(", "\0", "class", "x = '", "\u2028", "@", "a.b.c.", "f'{"])
def test_broken_code(known, code):
    known.complete("", code, len(code))
    known.signatures("def (", code, len(code))
    known.help("", code, len(code))


def test_broken_stubs(tmp_path):
    (tmp_path / "machine.pyi").write_bytes(b"\xff\xfe def (((\n class:")
    assert isinstance(names(StaticNames(tmp_path), "import machine\nmachine.|"), list)


def test_modules_of_a_package(known, tmp_path):
    for name in ("lib-stubs/sensors.pyi", "lib-stubs/__init__.pyi", "plain/deep/inner.pyi"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert known.modules("lib") == ["sensors"]
    assert known.modules("plain.deep") == ["inner"]
    assert known.modules("..") == []
    assert known.modules("nothing") == []


def test_other_files_are_no_modules(known, tmp_path):
    (tmp_path / "VERSIONS").touch()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "LICENSE").touch()
    assert known.modules() == ["machine", "uthing"]
