"""What boards show: objects, data of all types, pictures, replaced and cleared; on boards of each kind."""

import base64
import contextlib
import io
import random

import pytest
from PIL import Image

from iot_kernel.displays.bundle import bundle_of
from iot_kernel.displays.channel import DisplayChannel
from iot_kernel.displays.message import DisplayKind
from iot_kernel.errors import DeviceError
from iot_kernel.protocol.frames import Damaged, Frame
from tests.each import each
from tests.opened import opened
from tests.real_boards import kinds
from tests.real_boards.wireless import WirelessBoard
from tests.ucore.test_ucore_text import FIRMWARE

pytestmark = pytest.mark.board

CLASSES = """
class Rich:
    def __repr__(self): return "<rich>"
    def _repr_html_(self): return "<b>rich</b>"
    def _repr_markdown_(self): return None
    def _repr_svg_(self): return "<svg/>", {"width": 5}
    def _repr_png_(self): return b"\\x89PNG" + bytes(3)
    def _repr_jpeg_(self): return "/9j/4A=="
    def _repr_json_(self): return {"a": [1, None, "e"]}
    def _repr_latex_(self): return "$x$"
class Bundle:
    def __repr__(self): return "<bundle>"
    def _repr_html_(self): return "not this one"
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": "better", "text/html": "<i>", "application/x+json": [1]}, {"mine": {"a": 1}}
class Bad:
    def __repr__(self): return "<bad>"
    def _repr_html_(self): raise ValueError("no")
    def _repr_latex_(self): return 5
    def _repr_json_(self): return "no json"
    def _repr_png_(self): return b"no png"
    def _repr_mimebundle_(self): return {}
    _repr_svg_ = None
    @property
    def _repr_markdown_(self): return 1 / 0
class Proxy:
    def __getattr__(self, name):
        print("asked for", name)
        return lambda *_, **__: "no"
    def __repr__(self): return "<proxy>"
"""

BAD_NOTES = {
    "Bad._repr_mimebundle_ failed: TypeError",
    "Bad._repr_html_ failed: ValueError: no",
    "Bad._repr_markdown_ failed: ZeroDivisionError: divide by zero",
    "Bad._repr_latex_ failed: TypeError: text/latex takes str or bytes, not 5",
    "the board's image/png is left out: its bytes are no such picture",
    "the board's application/json is left out: it is not JSON",
}


class Screen:
    """A board and all that it shows."""

    def __init__(self, device):
        self.device = device
        self.displays = DisplayChannel()
        self.shown, self.notes, self.events, self.damaged = [], [], [], 0
        self.displays.on_display = self.shown.append
        self.displays.on_note = self.notes.append
        device.callbacks.on_note = self.notes.append
        device.callbacks.on_frame = self.take
        device.callbacks.on_break = self.displays.reset

    def take(self, frame):
        match frame:
            case Damaged():
                self.damaged += 1
            case Frame(channel=2):
                self.displays.take(frame)

    def run(self, code):
        """Runs a cell: its value, and what it printed."""
        printed = []
        self.displays.begin()
        self.shown.clear()
        value = self.device.run_cell(code, printed.append)
        return value, "".join(printed)

    def show(self, code):
        """Runs a cell that shows one thing: its bundle."""
        assert self.run(code) == (None, "")
        [display] = self.shown
        assert display.kind is DisplayKind.SHOW
        return bundle_of(display.items)

    def rest(self):
        """What the value of the last cell has beside its repr."""
        display = self.displays.take_value()
        return None if display is None else bundle_of(display.items)


def pixels(bundle):
    picture = Image.open(io.BytesIO(base64.b64decode(bundle.data["image/png"])))
    picture.load()
    return picture


@pytest.fixture(scope="module", params=["unix", "wasm", "webrepl", "circuitpython", "neither"])
def screen(request, tmp_path_factory):
    """One board of each kind for all tests; the last two are the virtual board with less."""
    directory = tmp_path_factory.mktemp("board")
    with contextlib.ExitStack() as stack:
        match request.param:
            case "wasm":
                board = request.getfixturevalue("wasm_process")
                board.renew()
            case "webrepl":
                board = stack.enter_context(WirelessBoard(directory))
            case _:
                board = stack.enter_context(kinds.unix(directory))
        device = stack.enter_context(opened(board))
        device.exec(FIRMWARE.get(request.param, "pass"))
        screen = Screen(device)
        screen.run(CLASSES)
        yield screen


@pytest.fixture(autouse=True)
def fresh(screen):
    yield
    assert screen.damaged == 0
    screen.notes.clear()


def test_a_value_is_asked_for_all_that_it_can_show(screen):
    assert screen.run("Rich()") == ("<rich>", "")
    bundle = screen.rest()
    assert bundle.data == {
        "text/html": "<b>rich</b>",
        "image/svg+xml": "<svg/>",
        "image/png": base64.b64encode(b"\x89PNG" + bytes(3)).decode(),
        "image/jpeg": "/9j/4A==",
        "application/json": {"a": [1, None, "e"]},
        "text/latex": "$x$",
    }
    assert (bundle.metadata, bundle.notes, screen.notes) == ({"image/svg+xml": {"width": 5}}, [], [])


def test_a_bundle_answers_for_its_types(screen):
    assert screen.run("Bundle()")[0] == "<bundle>"
    bundle = screen.rest()
    assert bundle.data == {"text/plain": "better", "text/html": "<i>", "application/x+json": [1]}
    assert (bundle.metadata, bundle.notes) == ({"mine": {"a": 1}}, [])


def test_what_goes_wrong_costs_nothing_else(screen):
    assert screen.run("Bad()") == ("<bad>", "")
    bundle = screen.rest()
    assert bundle.data == {}
    assert all(any(note.startswith(begin) for note in bundle.notes) for begin in BAD_NOTES), bundle.notes
    assert len(bundle.notes) == len(BAD_NOTES)
    assert screen.notes == []


@each("code", ["1 + 1", "[Rich()]", "Rich", "Proxy()", "None", "x = Rich()", "Rich();", "print(Rich())"])
def test_what_has_no_more_to_show(screen, code):
    """Only the class is looked at: no attribute that __getattr__ makes up, and nothing of a class itself."""
    _, printed = screen.run(code)
    assert (screen.rest(), screen.notes) == (None, [])
    assert "asked" not in printed


def test_nothing_stays_behind(screen):
    assert screen.run("Rich()")[0] == "<rich>"
    assert screen.run("[n for n in globals() if 'iot_value' in n or 'iot_x' in n]")[0] == "[]"


def test_a_value_that_prints_and_imports(screen):
    screen.run("class Loud:\n def _repr_html_(self):\n  print('loud')\n  return 'x'")
    value, printed = screen.run("Loud()")
    assert (value.startswith("<Loud object"), printed) == (True, "loud\n")
    assert screen.rest().data == {"text/html": "x"}


def test_interrupted_while_it_is_asked(screen):
    screen.run("class Stopped:\n def _repr_html_(self): raise KeyboardInterrupt")
    with pytest.raises(DeviceError, match="KeyboardInterrupt"):
        screen.run("Stopped()")
    assert screen.run("1")[0] == "1"


def test_objects_from_anywhere(screen):
    bundle = screen.show("def f(): ucore.display(Rich())\nf()")
    assert bundle.data["text/plain"] == "<rich>"
    assert bundle.data["text/html"] == "<b>rich</b>"
    screen.run("ucore.display(1, 'a', [2])")
    assert [bundle_of(each.items).data["text/plain"] for each in screen.shown] == ["1", "'a'", "[2]"]


@each(
    ("code", "data"),
    [
        ("'<b>é</b>', mime='text/html'", {"text/html": "<b>é</b>"}),
        ("b'<b>', mime='text/html'", {"text/html": "<b>"}),
        ("bytearray(b'\\x89PNG'), mime='image/png'", {"image/png": "iVBORw=="}),
        ("memoryview(b'\\x89PNG'), mime='image/png'", {"image/png": "iVBORw=="}),
        ("'iVBORw==', mime='image/png'", {"image/png": "iVBORw=="}),
        ("{'a': [1.5]}, mime='application/json'", {"application/json": {"a": [1.5]}}),
        ("'[1]', mime='application/geo+json'", {"application/geo+json": [1]}),
        ("bytes(range(256)) * 40, mime='application/zip'", None),
    ],
)
def test_data_of_a_type(screen, code, data):
    expected = data or {"application/zip": base64.b64encode(bytes(range(256)) * 40).decode()}
    bundle = screen.show(f"ucore.display({code})")
    assert (bundle.data, bundle.metadata, bundle.notes) == (expected, {}, [])


def test_metadata(screen):
    bundle = screen.show("ucore.display('x', mime='text/html', metadata={'text/html': {'isolated': True}})")
    assert bundle.metadata == {"text/html": {"isolated": True}}


@each(
    ("code", "ename", "evalue"),
    [
        ("5, mime='text/html'", "TypeError", "text/html takes str or bytes, not 5"),
        ("'x', mime='html'", "ValueError", "'html' is no MIME type such as 'text/html'"),
        ("'x', mime=5", "ValueError", "5 is no MIME type such as 'text/html'"),
        (
            "bytes(9), width=3, height=3",
            "ValueError",
            "a picture of 3 x 3 pixels has 18 bytes in this format",
        ),
        ("bytes(9), format=6", "ValueError", "a picture needs width=, height= and one of framebuf's formats"),
        ("bytes(9), width=3", "ValueError", "a picture needs width=, height= and one of framebuf's formats"),
        ("bytes(9), width=3, height=3, format=9", "ValueError", "a picture needs width=, height= and one"),
        ("'text', width=3, height=3", "TypeError", ""),
        ("1, display_id='x' * 256", "ValueError", "a display id has at most 255 bytes"),
    ],
)
def test_what_cannot_be_shown(screen, code, ename, evalue):
    with pytest.raises(DeviceError) as caught:
        screen.run(f"ucore.display({code})")
    assert (caught.value.ename, caught.value.evalue[: len(evalue)]) == (ename, evalue)
    assert screen.shown == []


def test_replaced_by_its_name(screen):
    value, _ = screen.run("h = ucore.display('a', display_id='mine')\nh.update('b')\nh.display('c')\nh")
    assert value == "<DisplayHandle display_id=mine>"
    screen_shown = list(screen.shown)
    screen.run(
        "ucore.update_display('d', 'mine')\nucore.update_display('<i>', display_id='ü', mime='text/html')"
    )
    kinds_and_ids = [(each.kind, each.display_id) for each in (*screen_shown, *screen.shown)]
    show, update = DisplayKind.SHOW, DisplayKind.UPDATE
    assert kinds_and_ids == [
        (show, "mine"),
        (update, "mine"),
        (show, "mine"),
        (update, "mine"),
        (update, "ü"),
    ]
    assert bundle_of(screen.shown[1].items).data == {"text/html": "<i>"}


def test_names_that_are_made_up_differ(screen):
    screen.run("for i in range(20): ucore.display(i, display_id=True)")
    assert len({each.display_id for each in screen.shown}) == 20


def test_clearing(screen):
    screen.run("ucore.clear_output()\nucore.clear_output(wait=True)")
    assert [each.kind for each in screen.shown] == [DisplayKind.CLEAR, DisplayKind.CLEAR_LATER]


def test_beside_what_is_printed(screen):
    order = []
    screen.displays.on_display = lambda display: order.append(display.kind)
    screen.device.run_cell(
        "print('a')\nucore.display(1)\nprint('b')\nucore.clear_output()\nprint('c')", order.append
    )
    screen.displays.on_display = screen.shown.append
    joined = [each if isinstance(each, DisplayKind) else each.strip() for each in order]
    assert [each for each in joined if each] == ["a", DisplayKind.SHOW, "b", DisplayKind.CLEAR, "c"]


def test_large_ones_go_in_pieces(screen):
    data = random.Random(1).randbytes(10_000)
    screen.run(f"part = {data!r}")
    bundle = screen.show("ucore.display(part * 3, mime='application/zip')")
    assert base64.b64decode(bundle.data["application/zip"]) == data * 3
    assert screen.notes == []


def test_one_that_is_too_large(screen):
    code = "ucore.LONGEST_DISPLAY\nclass Huge:\n def _repr_html_(self): return 'x' * 3000"
    screen.run(code)
    screen.run("names = ucore._names\nlongest = names['LONGEST_DISPLAY']\nnames['LONGEST_DISPLAY'] = 2000")
    with pytest.raises(DeviceError) as caught:
        screen.run("ucore.display('x' * 2001, mime='text/html')")
    assert caught.value.evalue == "a display has at most 2000 bytes, not 2001"
    assert screen.run("Huge()")[0].startswith("<Huge")
    assert screen.notes == [
        "of the value only its repr is shown (ValueError: a display has at most 2000 bytes, not 3000)"
    ]
    screen.run("names['LONGEST_DISPLAY'] = longest")


RGB = ["ff0000", "00ff00", "0000ff", "ffffff", "000000"]


@each(("swap", "order"), [(False, "little"), (True, "big")])
def test_a_buffer_of_colours(screen, swap, order):
    values = (0xF800, 0x07E0, 0x001F, 0xFFFF, 0)
    data = b"".join(value.to_bytes(2, order) for value in values)
    picture = pixels(screen.show(f"ucore.display({data!r}, width=5, height=1, swap={swap})"))
    assert ["{:02x}{:02x}{:02x}".format(*picture.getpixel((x, 0))) for x in range(5)] == RGB


def test_a_framebuffer_of_a_display_that_takes_the_upper_byte_first(screen):
    code = (
        "import framebuf\nfb = framebuf.FrameBuffer(bytearray(b'\\xf8\\0\\0\\x1f'), 2, 1, framebuf.RGB565)\n"
    )
    picture = pixels(screen.show(f"{code}ucore.display(fb, swap=True)"))
    assert [picture.getpixel((x, 0)) for x in range(2)] == [(255, 0, 0), (0, 0, 255)]


DRAW = """
import framebuf
bits = (1, 16, 4, 1, 1, 2, 8)[{format}]
fb = framebuf.FrameBuffer(bytearray({width} * {height} * 2 + 400), {width}, {height}, {format})
for y in range({height}):
    for x in range({width}):
        fb.pixel(x, y, (x * 7 + y * 13) % 31 & (1 << bits) - 1)
before = bytes(memoryview(fb))
"""
SIZES = [(1, 1), (13, 9), (40, 70)]


@each(("layout", "size"), [(layout, size) for layout in range(7) for size in SIZES])
def test_a_framebuffer(screen, layout, size):
    width, height = size
    screen.run(DRAW.format(width=width, height=height, format=layout))
    assert screen.run("fb") == ("<FrameBuffer>", "")
    picture = pixels(screen.rest())
    drawn = screen.show("ucore.display(fb)")
    buffer = screen.show(f"ucore.display(before, width={width}, height={height}, format={layout})")
    assert pixels(drawn).tobytes() == picture.tobytes()
    assert picture.size == size
    assert picture.tobytes() == pixels(buffer).tobytes()
    bits = (1, 16, 4, 1, 1, 2, 8)[layout]
    for x, y in ((0, 0), (width - 1, height - 1), (width // 2, height // 3)):
        value = (x * 7 + y * 13) % 31 & (1 << bits) - 1
        expected = (
            (0, value >> 5 << 2, value << 3 | value >> 2) if layout == 1 else value * 255 // ((1 << bits) - 1)
        )
        found = picture.getpixel((x, y)) if layout == 1 else picture.convert("L").getpixel((x, y))
        assert found == expected
    assert screen.run("bytes(memoryview(fb)) == before")[0] == "True"


THREADS = """
import _thread, time
left = 4
def show(number):
    global left
    for i in range(40):
        ucore.display("%d %d " % (number, i) * 60, mime="text/html", display_id=str(number))
        print("line of", number)
    left -= 1
for number in range(left): _thread.start_new_thread(show, (number,))
while left: time.sleep(0.01)
"""


def test_from_threads_that_print(unix):
    with opened(unix) as device:
        screen = Screen(device)
        _, printed = screen.run(THREADS)
        for number in range(4):
            shown = [
                display.items[0].content for display in screen.shown if display.display_id == str(number)
            ]
            assert shown == [b"%d %d " % (number, i) * 60 for i in range(40)]
        assert printed.count("line of") == 160
        assert (screen.damaged, screen.notes) == (0, [])
