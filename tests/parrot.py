"""A board that answers every question with what hypothesis draws: the truth, nearly that, or nonsense."""

import re
import struct

from hypothesis import strategies as st

from iot_kernel.device.info import DeviceInfo
from iot_kernel.errors import DeviceError, DeviceTimeoutError
from iot_kernel.protocol.frames import Frame

_QUESTION = re.compile(r"__iot_answer__\((\d+),__iot_(\w+)__")
_NONCE = re.compile(r"'NONCE':(\d+)")

CAPABILITIES = (True, True, True, True, "sha256", 2000, 160_000)
FLAT = (False, False, False, False, "adler32", 1970, 6000)
SPACE = (4096, 4096, 500, 100, 90, 0, 0, 0, 0, 255)
ENTRIES = [
    (b"",),
    (b"main.py", 5, 750_000_000, b"12345678", False),
    (b"/lib", False),
    (b"/lib",),
    (b"a", 1, 0, 7, True),
]

#: What real boards answer, by what they are asked.
TRUTHS = {
    "capabilities": [[CAPABILITIES], [FLAT]],
    "list": [
        [(750_000_000, True, SPACE), (b"digest", ENTRIES)],
        [(None, True, None), *ENTRIES],
        [(-7, None)],
    ],
    "stat": [[(5, 750_000_000)], [(-1, 0)], [(-2, 0)], [(5, 0), (-2, 0)]],
    "print": [[(b"dGV4dA==",), (b"digest", True)], [(b"", True)], [(0, True), (5, True)]],
    "space": [[(SPACE,)], [(None,)]],
    "current": [[(b"/lib",)]],
    "get": [[(True,), (b"bjs=\n",), (2, 0)], [(False,), (b"n;",), (2, 3469)], []],
    "ulab": [[("6.5.0-2D-c", 4)], []],
    "time": [[((2021, 7, 30, 1, 2, 3), 5, 2000)], []],
    "set_time": [[(1,)], []],
    "change": [[], [(0, "ENOENT")], [(1, 2)]],
    "prepare": [[], [(0, "ENOSPC")]],
    "copy": [[(1,)], []],
}


def any_of(*values):
    """As ``sampled_from``, with a short repr, which hypothesis writes now and then."""
    return st.integers(0, len(values) - 1).map(lambda index: values[index])


numbers = st.one_of(
    st.integers(),
    st.integers(-3, 300),
    st.floats(),
    any_of(1 << 63, 1 << 64, -(1 << 63), 1 << 400),
)
names = any_of(
    *(b"..", b"../evil.txt", b"/", b"", b"a/b", b"C:x", b"x\\y", b"\xff", b"/lib/..", b"/lib/x", b"x" * 2000)
)
leaves = st.one_of(numbers, names, st.binary(max_size=20), st.text(max_size=20), st.none(), st.booleans())
literals = st.recursive(
    leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.lists(inner, max_size=6).map(tuple))
)
tuples = st.lists(literals, max_size=8).map(tuple)
#: Text where a literal is expected.
garbage = st.one_of(
    st.text(max_size=40),
    any_of(
        "9" * 6000,
        "(" + "9" * 6000 + ",)",
        "(0x" + "f" * 6000 + ",)",
        "(1e999,)",
        "(" * 150 + ")" * 150,
        "(...,)",
        "-" * 9000 + "1",
        "(" + "1+" * 4000 + "1,)",
        "({},)",
        "({1:2},{3},1j)",
        "('\\ud800',)",
        "(__import__('os'),)",
    ),
)


@st.composite
def changed(draw, answer):
    """A true answer with something else in one of its places, or more of them, or fewer."""
    parts = list(answer)
    if parts and draw(st.booleans()):
        at = draw(st.integers(0, len(parts) - 1))
        inner = parts[at]
        if isinstance(inner, list) and inner and draw(st.booleans()):
            place = draw(st.integers(0, len(inner) - 1))
            is_group = isinstance(inner[place], tuple)
            new = draw(changed(inner[place]) if is_group else literals)
            parts[at] = [*inner[:place], new, *inner[place + 1 :]]
        elif isinstance(inner, tuple) and draw(st.booleans()):
            parts[at] = draw(changed(inner))
        else:
            parts[at] = draw(literals)
    elif draw(st.booleans()):
        parts.append(draw(literals))
    elif parts:
        del parts[draw(st.integers(0, len(parts) - 1))]
    return tuple(parts)


@st.composite
def sayings(draw, question):
    """The texts of some answers to a question, and of the last one."""
    answers = list(draw(st.sampled_from(TRUTHS.get(question, [[]]))))
    kind = draw(st.integers(0, 5))
    if kind == 1 and answers:
        at = draw(st.integers(0, len(answers) - 1))
        answers[at] = draw(changed(answers[at]))
    elif kind == 2:
        answers = draw(st.lists(tuples, max_size=4))
    elif kind == 3:
        answers += draw(st.lists(st.sampled_from(answers or [()]), max_size=5))
    texts = [repr(answer) for answer in answers if "nan" not in repr(answer) and "inf" not in repr(answer)]
    if kind == 4:
        texts.insert(draw(st.integers(0, len(texts))), draw(garbage))
    ending = draw(st.one_of(st.just(None), st.just(None), st.sampled_from(["ENOENT", 2, 12, 5]), literals))
    return [*texts, repr(("end", ending, len(texts)))]


frame_data = st.one_of(
    st.binary(max_size=40),
    st.builds(
        lambda kind, index, number, data: struct.pack("<BHI", kind, index, number) + data,
        *(
            st.integers(0, 3),
            st.integers(0, 3),
            st.sampled_from([0, 1, 4, 5, 1 << 20, (1 << 32) - 1]),
            st.binary(max_size=40),
        ),
    ),
    st.builds(
        lambda *fields: struct.pack("<BHHHBB", *fields),
        *(
            st.sampled_from([0, 0, 5, 255]),
            st.integers(0, 9),
            st.integers(0, 70_000 - 5000),
            st.sampled_from([64, 4096, 7]),
        ),
        *(st.sampled_from([0, 12, 200]), st.integers(0, 4)),
    ),
)


class Parrot:
    """An `iot_kernel.files.board.FileBoard`, for values and the clock too.

    Args:
        data: what draws.
        truths: questions that are answered with the truth, so that others come after them.
    """

    platform, burst, is_paced = "esp32", None, True

    def __init__(self, data, truths=()):
        self._data = data
        self._truths = truths
        self._is_interrupted = False
        self.info = DeviceInfo(
            "", "micropython", "1.29.0", "esp32", "", data.draw(st.sampled_from([None, 5000, 160_000]))
        )

    def on_stray(self, text):
        pass

    def interrupt(self):
        self._is_interrupted = True

    def exec(self, code, *, on_output=None, timeout=None, transfer=None):
        self._is_interrupted = False
        asked = _QUESTION.search(code)
        if transfer is not None:
            self._talk(code, transfer)
        elif asked and on_output:
            self._answer(asked[1], asked[2], on_output)
        elif on_output is None:
            return self._data.draw(printed(code))
        if self._is_interrupted:
            raise DeviceError("KeyboardInterrupt", "", "KeyboardInterrupt: ")
        self._may_fail(timeout)
        return ""

    def run_cell(self, code, on_output):
        return self._data.draw(st.one_of(st.none(), st.text(max_size=30), reprs))

    def _answer(self, mark, question, on_output):
        if question in self._truths:
            answers = TRUTHS[question][0]
            texts = [repr(answer) for answer in (*answers, ("end", None, len(answers)))]
        else:
            texts = self._data.draw(sayings(question))
        for text in texts:
            on_output(f"\x1e{mark} {len(text)} {text}\x1f\n")

    def _talk(self, code, transfer):
        nonce = _NONCE.search(code)
        for data in self._data.draw(st.lists(frame_data, max_size=6)):
            transfer.receive(Frame(0, 0, bytes([int(nonce[1])]) + data))
            transfer.data_to_send()

    def _may_fail(self, timeout):
        error = self._data.draw(st.sampled_from([None] * 9 + ["MemoryError", "NameError", "OSError", "late"]))
        if error == "late":
            raise DeviceTimeoutError("running code", timeout or 1.0)
        if error is not None:
            raise DeviceError(error, "", f"{error}: ")


reprs = st.one_of(
    st.builds(lambda value: f"({value!r},)", literals),
    any_of(
        "(" + "[" * 200 + "]" * 200 + ",)",
        "(" + "9" * 6000 + ",)",
        "({1:2, 3},)",
        "(array('d', [1, 2]),)",
        "(array('B', [300]),)",
        "('\\ud800',)",
        "(b'\\xff',)",
        "(bytearray(b'x'),)",
        "(b'é',)",
        "([b'\\x4'],)",
        "[b'12345678']",
        "[b'\\x4']",
        "(1.5, 2.5)",
    ),
)


def printed(code):
    """What is printed by code that says nothing with a mark: who the board is, how it imports."""
    uid = ("30:ae", "micropython", "1.29.0", "esp32", "a board", 1000)
    texts = [repr(uid), repr((1030, ["", "/lib"], "/")), "esp32 0011aabb", "esp32", ""]
    near = st.one_of(changed(uid), changed((1030, ["", "/lib"], "/"))).map(repr)
    return st.one_of(st.sampled_from(texts), near, literals.map(repr), garbage)
