"""Whatever is typed wherever: an answer comes, nothing of the user's runs, nothing on the board changes."""

import asyncio
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iot_kernel.boards.live_names import LiveNames
from iot_kernel.device.device import Device
from iot_kernel.kernel.board_help import LIVE_PATIENCE, TEXT_PATIENCE, Around, BoardHelp
from tests.real_boards import kinds

LONGEST = 20 * (LIVE_PATIENCE + TEXT_PATIENCE)  # s; the machine may be busy

#: Every way in which code of the user's could run; ``ran`` would tell.
TRAPS = """
ran = []
class Trap:
    def __getattr__(self, name): ran.append(name); raise AttributeError(name)
    def __dir__(self): ran.append('dir'); return ['x']
    def __repr__(self): ran.append('repr'); return 'x'
    def __len__(self): ran.append('len'); return 1
    def __call__(self): ran.append('call')
    def __getitem__(self, key): ran.append('item')
    def __iter__(self): ran.append('iter'); return iter(())
    def __eq__(self, other): ran.append('eq'); return True
    def __hash__(self): return 1
    def method(self): ran.append('method')
trap = Trap()
trap.own = trap
loops = {'key': trap, 'ö': 1}
"""
MORE_TRAPS = """
class Deeper(Trap):
    @property
    def level(self): ran.append('property'); return self
    @staticmethod
    def helper(): ran.append('static')
    @classmethod
    def maker(cls): ran.append('class')
deeper = Deeper()
trap.deeper = deeper
made = type('Made', (Trap,), {'level': Deeper.level})()
loops[trap] = deeper
größe = 1
many = {'k%d' % n: n for n in range(1000)}
"""

WORDS = (
    *("trap", "deeper", "made", "own", "level", "method", "loops", "key", "many", "größe", "ran", "Trap"),
    *("self", "machine", "Pin", "sys", "modules", "import ", "from ", "def f(", "class ", "lambda", "k", "_"),
    *(
        ".",
        "..",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        '"""',
        "f'",
        "b'",
        "\\",
        "#",
        ",",
        ":",
        "=",
        " ",
        "\n",
    ),
    *("?", "%", "!", "@", "->", "\t", "\x00", "\x04", "é", "😀", "0", "1."),
)
CODE = st.lists(st.sampled_from(WORDS), max_size=12).map("".join) | st.text(max_size=30)


@pytest.fixture(scope="module", params=["unix", "microbit"])
def device(request, tmp_path_factory):
    is_small = request.param == "microbit"
    with kinds.microbit() if is_small else kinds.unix(tmp_path_factory.mktemp("board")) as board:
        device = Device(board.url)
        device.open()
        device.is_small = is_small
        device.exec(TRAPS)
        if not is_small:
            device.exec(MORE_TRAPS)
        yield device
        device.close()


def variables(device):
    """What there is, and what it is; whatever ran shows."""
    return device.exec("print(sorted((n, id(v)) for n, v in globals().items()), ran)")


def test_any_code_at_any_cursor(device):
    before = variables(device)
    examples = settings().max_examples // (10 if device.is_small else 4)
    with asyncio.Runner() as runner:
        helper = BoardHelp(LiveNames())

        @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
        @given(CODE, st.integers(0, 60))
        def ask(code, cursor):
            cursor = min(cursor, len(code))
            device.runs += 1  # memory is old
            begin = time.monotonic()
            found = runner.run(helper.complete(code, cursor, Around(device)))
            runner.run(helper.inspect(code, cursor, Around(device)))
            assert time.monotonic() - begin < LONGEST
            assert 0 <= found.start <= cursor
            assert all(name.startswith(code[found.start : cursor]) for name in found.names)

        ask()
        runner.run(helper.close())
    assert variables(device) == before
    assert device.run_cell("1 + 1", lambda _: None) == "2"
