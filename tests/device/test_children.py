"""Variables of a live board, on every kind; no code of the user's runs for them."""

import pytest

from iot_kernel.debugging.messages import Variable
from iot_kernel.device.children import LittleMemoryError, children
from iot_kernel.errors import DeviceError, IoTKernelError
from tests.opened import opened
from tests.real_boards import kinds
from tests.real_boards.wireless import WirelessBoard

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
text, long_text, data = 'short', 'x' * 100, b'ab'
many = list(range(12000))
huge = bytes(20000)
few, pair, one, empty = [1, 'two'], (1, None), (1,), []
table = {'one': 1, 2: [5, 6], (1, 2): 3}
mixed = [point, 1]
len = repr = globals = hasattr = 5
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
KINDS = ["unix", "wasm", "microbit", "webrepl"]


@pytest.fixture(scope="module", params=KINDS)
def board(request, tmp_path_factory):
    make = {"unix": kinds.unix, "webrepl": WirelessBoard}.get(request.param)
    directory = tmp_path_factory.mktemp("board") / "files"
    running = make(directory) if make is not None else getattr(kinds, request.param)()
    with running as board, opened(board) as device:
        device.is_small = request.param == "microbit"
        device.exec(SMALL if device.is_small else CODE)
        device.asked = Asked(device)
        yield device
        assert device.eval("ran") == []
        assert device.exec("print([name for name in dir() if name[:5] == '__iot'])") == "['__iot__']\n"


class Asked:
    """Asks a board as panels do, and keeps how long the last answer was."""

    def __init__(self, device):
        self._device = device
        self.length = 0

    def __call__(self, code):
        answer = self._device.answer_when_idle(code)
        self.length = len(answer)
        return answer


def page_of(board, *path, start=0, **given):
    return children(board.asked, path, start, platform=board.platform, **given)


def listed(board, *path, start=0):
    page = page_of(board, *path, start=start)
    return None if page is None else {each.name: each for each in page.variables}


def values(board, *path):
    return {name: each.text for name, each in listed(board, *path).items()}


def test_variables(board):
    found = listed(board)
    assert found["number"] == Variable("number", "int", None, "42", 0)
    shown, length = (40, 60) if board.is_small else (80, 100)
    assert found["long_text"].text == f"'{'x' * shown}'… {length} characters"
    assert [found[name].text for name in ("flag", "nothing", "text", "data")] == [
        "True",
        "None",
        "'short'",
        "b'ab'",
    ]
    assert (found["many"].kind, found["many"].size) == ("list", 130 if board.is_small else 12_000)
    assert found["empty"].text == "[]"
    assert found["many"].reference
    assert not found["empty"].reference
    assert not [name for name in found if name.startswith("__")]


def test_a_long_list_costs_what_its_first_entries_cost(board):
    page_of(board)
    assert board.asked.length < 3000
    page_of(board, "many")
    assert board.asked.length < 5000
    if not board.is_small:
        board.exec("many = list(range(9))\nhuge = bytes(90)")
        few, _ = page_of(board), board.exec("many = list(range(12000))\nhuge = bytes(20000)")
        before = board.asked.length
        assert page_of(board).total == few.total
        assert board.asked.length < before + 20


def test_first_values_are_in_the_line_of_what_holds_them(board):
    if board.is_small:
        assert values(board)["many"] == "[…] 130 items"
        return
    found = values(board)
    assert found["many"] == "[0, 1, 2, 3, …] 12,000 items"
    assert (found["few"], found["pair"], found["one"]) == ("[1, 'two']", "(1, None)", "(1,)")
    assert found["mixed"] == "[<Point>, 1]"
    assert set(found["point"].removeprefix("Point(").removesuffix(")").split(", ")) == {"x=1", "tags=<list>"}
    assert "2: <list>" in found["table"]
    assert found["Point"] == "Point"


def test_what_holds_things_is_told_page_by_page(board):
    most, total = (50, 130) if board.is_small else (100, 12_000)
    first = page_of(board, "many")
    assert [each.name for each in first.variables] == [str(number) for number in range(most)]
    assert (first.rest, first.total) == (most, total)
    rest = page_of(board, "many", start=total - 5)
    assert [each.name for each in rest.variables] == [str(n) for n in range(total - 5, total)]
    assert [each.text for each in first.variables[:4]] == ["0", "1", "2", "3"]
    assert rest.rest is None


def test_dictionaries(board):
    found = listed(board, "table")
    assert {each.name: each.text for each in found.values() if each.kind == "int"} == {
        "'one'": "1",
        "<tuple>": "3",
    }
    inner = listed(board, "table", list(found).index("2"))
    assert [each.text for each in inner.values()] == ["5", "6"]


def test_objects_classes_and_modules(board):
    if board.is_small:
        assert not listed(board)["point"].reference
        return
    assert values(board, "point") == {"x": "1", "tags": "['a']"}
    assert values(board, "point", "tags") == {"0": "'a'"}
    assert "__init__" not in values(board, "Point")
    board.exec("import sys")
    assert values(board, "sys")["maxsize"].isdigit()
    assert not listed(board)["words"].reference
    board.exec("del sys")


def test_a_thing_alone(board):
    if not board.is_small:
        assert page_of(board, "long_text", longest=400).about.text == f"'{'x' * 100}'"
        assert page_of(board, "number").about == Variable("", "int", None, "42", 0)
        assert page_of(board, "many").about.size == 12_000
        assert page_of(board).about is None


def test_what_is_not_there(board):
    for path in [("nosuch",), ("many", 12_000), ("many", "x"), ("number", 0), tuple(range(60))]:
        assert listed(board, *path) is None


HOSTILE = {
    "no tuple": "{}",
    "no literal": "spam",
    "numbers": "(0,[1,2],2)",
    "a row too short": "(0,[('a','int',None,'1')],1)",
    "a size that is text": "(0,[('a','list','9',None,[],0)],1)",
    "numbers as first values": "(0,[('a','list',3,None,[1,2],1)],1)",
    "more than there are": "(0,[('a','int',None,'1',[],0)],0)",
    "a negative start": "(-1,[],0)",
    "senseless about": "(0,[],0,(1,2))",
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
def test_rubbish_is_no_answer(answer):
    def execute(code):
        mark = code.partition("\\x1e")[2][:12]
        return f"\x1e{mark}{answer}\x1f"

    with pytest.raises(IoTKernelError):
        children(execute)


def test_too_little_memory_is_said():
    def fails(_):
        raise DeviceError("MemoryError", "", "MemoryError: ")

    with pytest.raises(LittleMemoryError, match="too little free memory"):
        children(fails)
