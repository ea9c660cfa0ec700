"""Arrays of ulab, which no firmware of the tests has: a module that follows its manual stands in."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import RemoteProtocolError
from iot_kernel.values import transfer
from iot_kernel.values.arrays import Ulab
from iot_kernel.values.encoding import encode
from tests.values.conftest import WAYS, Variables

pytestmark = pytest.mark.board

MODULES = Path(__file__).with_name("board")


@contextmanager
def with_ulab(unix):
    """The variables of a board with the stand-in."""
    shutil.copytree(MODULES, unix.directory)
    device = Device(unix.url)
    device.open()
    device.exec("from ulab import numpy as np")
    yield Variables(device)
    device.close()


@pytest.fixture(params=["pieces", "fast"])
def board(request, unix, monkeypatch):
    """A board on which values move by programs, in one way."""
    for name, value in WAYS[request.param].items():
        monkeypatch.setattr(transfer, name, value)
    with with_ulab(unix) as board:
        yield board


def push(board, value):
    board.values.push("v", encode(value, "v", board.values.ulab()).data)


def same(value, expected):
    kinds = (value.dtype, value.shape) == (expected.dtype, expected.shape)
    return isinstance(value, np.ndarray) and kinds and value.tobytes() == expected.tobytes()


def test_what_a_board_has(unix):
    with with_ulab(unix) as board:
        assert board.values.ulab() == Ulab(dimensions=2, float_size=8, has_complex=True)


@pytest.mark.parametrize(
    ("version", "ulab"),
    [
        ("2.1.0-2D", Ulab(2, 8, has_complex=False)),
        ("6.0.5-4D-c", Ulab(4, 8, has_complex=True)),
        ("1.5", Ulab(1, 8, has_complex=False)),
    ],
)
def test_versions(unix, version, ulab):
    with with_ulab(unix) as board:
        board.run(f"import ulab\nulab.__version__={version!r}")
        assert board.values.ulab() == ulab


def test_an_answer_that_makes_no_sense(unix):
    with with_ulab(unix) as board:
        board.run("import ulab\nulab.__version__=5")
        with pytest.raises(RemoteProtocolError, match="asking for ulab"):
            board.values.ulab()


def test_boards_without(variables):
    assert variables.values.ulab() is None


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("np.array([1, 2, 65535], dtype=np.uint16)", np.array([1, 2, 65535], "u2")),
        ("np.array([-1, 2], dtype=np.int8)", np.array([-1, 2], "i1")),
        ("np.array([0.1, -2.5])", np.array([0.1, -2.5])),
        ("np.array([1, 0], dtype=np.bool)", np.array([True, False])),
        ("np.array(range(6), dtype=np.uint8).reshape((2, 3))", np.arange(6, dtype="u1").reshape(2, 3)),
        ("np.array(range(5), dtype=np.int16)[::2]", np.array([0, 2, 4], "i2")),
        ("np.array(range(3000), dtype=np.int16)", np.arange(3000, dtype="i2")),
    ],
)
def test_from_the_board(board, expression, expected):
    board.run(f"v=[{expression}]")
    (value,) = board["v"]
    assert same(value, expected)


@pytest.mark.parametrize(
    "value",
    [
        np.array([1, 65535], "u2"),
        np.array([0.1, np.nan, np.inf]),
        np.array([True, False]),
        np.array([1j, 2]),
        np.arange(6, dtype="i1").reshape(3, 2),
        np.arange(5000, dtype="i2"),
    ],
    ids=lambda value: str(value.dtype),
)
def test_to_the_board_and_back(board, value):
    push(board, {"k": value})
    assert board.run("print(str(type(v['k'])))") == "<class 'ndarray'>"
    assert same(board["v"]["k"], value)


def test_what_ulab_lacks_becomes_an_array(board):
    push(board, np.arange(3, dtype="i4"))
    assert board.run("print(v)") == "array('i', [0, 1, 2])"


def test_more_dimensions_than_it_has(board):
    push(board, np.zeros((2, 2, 2)))
    assert board.run("print([a.shape for a in v])") == "[(2, 2), (2, 2)]"


def test_a_small_one_by_statements(unix):
    with with_ulab(unix) as board:
        push(board, np.arange(6, dtype="u1").reshape(2, 3))
        assert same(board["v"], np.arange(6, dtype="u1").reshape(2, 3))
