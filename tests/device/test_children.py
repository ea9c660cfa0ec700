"""Variables of a live board, on every kind; no code of the user's runs for them."""

import pytest

from iot_kernel.device import children as module
from iot_kernel.device.children import Child, children, in_order
from iot_kernel.device.device import Device
from iot_kernel.errors import IoTKernelError
from tests.real_boards import kinds

CODE = """
ran = []
class Point:
    def __init__(self):
        self.x = 1
        self.tags = ['a']
    def __getattr__(self, name):
        ran.append(name)
        raise AttributeError(name)
    def __repr__(self):
        ran.append('repr')
        return 'x'
    def __len__(self):
        ran.append('len')
        return 1
    def __iter__(self):
        ran.append('iter')
        return iter(())
class Words(list):
    def __iter__(self):
        ran.append('iter')
        return iter(())
    def __len__(self):
        ran.append('len')
        return 1
point = Point()
words = Words()
number, flag, nothing = 42, True, None
text, long_text, data = 'short', 'x' * 60, b'ab'
many = list(range(130))
few, pair, one, empty = [1, 'two'], (1, None), (1,), []
table = {'one': 1, 2: [5, 6], (1, 2): 3}
mixed = [point, 1]
"""
#: What fits into 16 KB beside the question.
SMALL = """
ran = []
class Point: pass
point = Point()
number, flag, nothing = 42, True, None
text, long_text, data = 'short', 'x' * 60, b'ab'
many, empty = [0] * 130, []
many[:4] = 0, 1, 2, 3
table = {'one': 1, 2: [5, 6], (1, 2): 3}
"""
KINDS = ["unix", "wasm", "microbit"]


@pytest.fixture(scope="module", params=KINDS)
def board(request, tmp_path_factory):
    make = getattr(kinds, request.param)
    with make(tmp_path_factory.mktemp("board")) if request.param == "unix" else make() as board:
        device = Device(board.url)
        device.open()
        device.kind = request.param
        device.exec(SMALL if request.param == "microbit" else CODE)
        yield device
        assert device.eval("ran") == []
        device.close()


def listed(board, *path, start=0):
    page = children(board.exec, path, start, platform=board.platform)
    return None if page is None else {child.name: child for child in page.children}


def values(board, *path):
    return {name: child.value for name, child in listed(board, *path).items()}


def test_variables(board):
    found = listed(board)
    assert found["number"] == Child("number", "number", "int", None, "42", has_children=False)
    assert found["long_text"].value == f"'{'x' * 40}'… 60 characters"
    assert [found[name].value for name in ("flag", "nothing", "text", "data")] == [
        "True",
        "None",
        "'short'",
        "b'ab'",
    ]
    assert (found["many"].kind, found["many"].size) == ("list", 130)
    assert found["empty"].value == "[]"
    assert found["many"].has_children
    assert not found["empty"].has_children
    assert not [name for name in found if name.startswith("__")]


def test_first_values_are_in_the_line_of_what_holds_them(board):
    if board.kind == "microbit":
        assert values(board)["many"] == "[…] 130 items"
        return
    found = values(board)
    assert found["many"] == "[0, 1, 2, 3, …] 130 items"
    assert (found["few"], found["pair"], found["one"]) == ("[1, 'two']", "(1, None)", "(1,)")
    assert found["mixed"] == "[<Point>, 1]"
    assert set(found["point"].strip("()").split(", ")) == {"x=1", "tags=<list>"}
    assert "2: <list>" in found["table"]
    assert found["Point"] == "Point"


def test_what_holds_things_is_told_page_by_page(board):
    first = children(board.exec, ("many",), platform=board.platform)
    assert [child.name for child in first.children] == [str(number) for number in range(100)]
    assert first.rest == 100
    rest = children(board.exec, ("many",), 100, platform=board.platform)
    assert [(child.name, child.step) for child in rest.children] == [(str(n), n) for n in range(100, 130)]
    assert [child.value for child in first.children[:4]] == ["0", "1", "2", "3"]
    assert rest.rest is None


def test_dictionaries(board):
    found = listed(board, "table")
    assert {child.name: child.value for child in found.values() if child.kind == "int"} == {
        "'one'": "1",
        "<tuple>": "3",
    }
    inner = listed(board, "table", found["2"].step)
    assert [child.value for child in inner.values()] == ["5", "6"]


def test_objects_classes_and_modules(board):
    if board.kind == "microbit":
        assert not listed(board)["point"].has_children
        return
    assert values(board, "point") == {"x": "1", "tags": "['a']"}
    assert values(board, "point", "tags") == {"0": "'a'"}
    assert "__init__" not in values(board, "Point")
    board.exec("import sys")
    assert values(board, "sys")["maxsize"].isdigit()
    assert not listed(board)["words"].has_children
    board.exec("del sys")


def test_what_is_not_there(board):
    for path in [("nosuch",), ("many", 130), ("many", "x"), ("number", 0), tuple(range(60))]:
        assert listed(board, *path) is None


HOSTILE = {
    "no list": "{}",
    "no literal": "spam",
    "numbers": "[1,2]",
    "a row too short": "[('a',('int',None,'1'))]",
    "a size that is text": "[('a',('list','9',None),[])]",
    "an endless name": f"[('{'a' * 1000}',('int',None,'1'),[])]",
    "numbers as values": "[('a',('list',3,None),[1,2])]",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_rubbish_is_no_child(answer):
    def execute(code):
        mark = code.partition("\\x1e")[2][:12]
        return f"\x1e{mark}{answer}\x1f"

    try:
        page = children(execute)
    except IoTKernelError:
        return
    assert page is None or page.children == ()


def test_more_than_was_asked_for_is_left_out():
    rows = ",".join(f"('a{n}',('int',None,'\\x1b[31m'),[])" for n in range(1000))

    def execute(code):
        return f"\x1e{code.partition(chr(92) + 'x1e')[2][:12]}[{rows}]\x1f"

    page = children(execute)
    assert len(page.children) == module.MOST_CHILDREN
    assert page.children[0].value == "?[31m"


def test_functions_classes_and_modules_come_last():
    kinds_of = {"os": "module", "f": "function", "b": "int", "A": "int", "C": "type"}
    found = [Child(name, name, kind, None, "", has_children=False) for name, kind in kinds_of.items()]
    assert [child.name for child in in_order(found)] == ["A", "b", "C", "f", "os"]
