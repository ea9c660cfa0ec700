"""Old or new, never a mixture: a board unplugged, reset, interrupted, damaged or lying at every step."""

import random
import threading

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError, IoTKernelError, TransportError
from iot_kernel.files.errors import TransferError
from iot_kernel.files.remote import RemoteFiles
from tests.files.faulty import Unplug, harm_links, lose_and_double
from tests.files.faulty_board import FaultyBoard, Once
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

OLD = b"old = 1\n" * 40
NEW = b"".join(b"new = %d\n" % number for number in range(3000))
OTHER = b"other"
NOISE = random.Random(1).randbytes(50_000)


def opened_by(board, *, fast):
    device = Device(board.url)
    device.open()
    device.files._is_fast = fast
    return device


def on_disk(directory):
    """What is on the virtual board's disk, by name."""
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def start_anew(directory):
    for path in directory.iterdir():
        path.unlink()
    (directory / "f").write_bytes(OLD)
    (directory / "other").write_bytes(OTHER)


def check_old_or_new(directory):
    found = on_disk(directory)
    found.pop("f.~iot", None)
    assert found in ({"f": OLD, "other": OTHER}, {"f": NEW, "other": OTHER})


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
@pytest.mark.parametrize("way", ["to_board", "to_host"])
def test_unplugged_at_every_step(unix, monkeypatch, fast, way):
    unix.directory.mkdir()
    harm = harm_links(monkeypatch)
    after, outcomes = 0, set()
    while True:
        start_anew(unix.directory)
        device = opened_by(unix, fast=fast)
        device.files.stat("/f")
        unplug = Unplug(unix, after)
        setattr(harm, way, unplug)
        try:
            device.files.write("/f", NEW)
        except TransportError:
            pass
        finally:
            setattr(harm, way, lambda data: data)
            device.close()
        check_old_or_new(unix.directory)
        outcomes.add(on_disk(unix.directory)["f"])
        if unplug.count <= after:
            break
        device = opened_by(unix, fast=fast)
        tree = device.files.tree()
        assert "/f.~iot" not in tree.files
        assert tree.leftovers == ({"/f.~iot"} if "f.~iot" in on_disk(unix.directory) else frozenset())
        device.files.write("/f", NEW)
        assert on_disk(unix.directory) == {"f": NEW, "other": OTHER}
        device.close()
        after += 1 + after // 8
    assert after > 1  # on a busy machine several pieces come as one
    assert outcomes == {OLD, NEW}


@pytest.fixture
def faulty(unix):
    """Files, the plain way, behind a board that can do harm."""
    unix.directory.mkdir()
    start_anew(unix.directory)
    device = opened_by(unix, fast=False)
    board = FaultyBoard(device)
    board.device = device
    files = RemoteFiles(board)
    files._is_fast = False
    yield board, files
    device.close()


def steps_of(board, action):
    before = board.steps
    action()
    return board.steps - before


def each_step(board, files, directory, action):
    """Gives the numbers of the steps that an action takes, with everything as it was before."""
    files.stat("/f")
    for step in range(1, steps_of(board, action) + 1):
        start_anew(directory)
        yield board.steps + step


def test_reset_at_every_step_of_writing(unix, faulty):
    board, files = faulty
    for step in each_step(board, files, unix.directory, lambda: files.write("/f", NEW)):
        board.to_board = Once(step, lambda code: board.device.soft_reset())
        files.write("/f", NEW)
        assert on_disk(unix.directory) == {"f": NEW, "other": OTHER}


def test_reset_at_every_step_of_reading(unix, faulty):
    board, files = faulty
    for step in each_step(board, files, unix.directory, lambda: files.read("/f")):
        board.to_board = Once(step, lambda code: board.device.soft_reset())
        assert files.read("/f") == OLD


def test_code_damaged_at_every_step(unix, faulty):
    board, files = faulty
    for step in each_step(board, files, unix.directory, lambda: files.write("/f", NEW)):
        board.to_board = Once(step, lambda code: lose_and_double(code) if len(code) > 256 else "x" + code)
        files.write("/f", NEW)
        assert on_disk(unix.directory) == {"f": NEW, "other": OTHER}


def test_a_failure_of_the_file_system_at_every_step(unix, faulty):
    board, files = faulty
    for step in each_step(board, files, unix.directory, lambda: files.write("/f", NEW)):
        board.to_board = Once(step, lambda code: "raise KeyboardInterrupt")
        try:
            files.write("/f", NEW)
        except DeviceError as error:
            assert error.ename == "KeyboardInterrupt"
        found = on_disk(unix.directory)
        assert found in ({"f": OLD, "other": OTHER}, {"f": NEW, "other": OTHER})
        assert files.read("/f") == found["f"]


def test_a_board_that_always_lies(unix, faulty):
    board, files = faulty
    files.stat("/f")
    tries = []

    def change(step, code):
        if '("begin"' in code:
            tries.append(step)
            return code.replace('("data",b\'', '("data",b\'QUFB', 1)
        return code

    board.to_board = change
    with pytest.raises(TransferError, match=r":/f did not arrive as it was sent, 3 times"):
        files.write("/f", NEW)
    assert len(tries) == 3
    assert on_disk(unix.directory) == {"f": OLD, "other": OTHER}
    board.to_board = lambda step, code: code
    board.to_host = lambda text: text.replace("b'b2xk", "b'b2xl")
    with pytest.raises(TransferError, match=r":/f arrived damaged 3 times"):
        files.read("/f")
    board.to_host = lambda text: text
    assert files.read("/f") == OLD


def test_a_board_that_says_nothing_to_the_point(faulty):
    board, files = faulty
    board.to_host = lambda text: "something else\n"
    for action in (lambda: files.read("/f"), lambda: files.write("/f", NEW), lambda: files.tree()):
        with pytest.raises(IoTKernelError):
            action()


def test_a_board_whose_threads_print_meanwhile(unix, faulty):
    board, files = faulty
    board.device.exec(
        "import _thread, time\n"
        "going = True\n"
        "def chatter():\n"
        "    while going:\n"
        "        print('\\x1e12345 7 (b\\'x\\',)', 'tick' * 20)\n"
        "        time.sleep_ms(10)\n"
        "_thread.start_new_thread(chatter, ())\n"
    )
    said = []
    board.device.callbacks.on_stray = said.append
    files.write("/g", NEW)
    assert files.read("/g") == NEW
    assert files.tree(digest_sizes=None).files.keys() == {"/f", "/g", "/other"}
    board.device.exec("going = False")
    assert "".join(said).split("\n").count("\x1e12345 7 (b'x',) " + "tick" * 20) >= 1
    assert (unix.directory / "g").read_bytes() == NEW


@pytest.fixture
def link(unix, request):
    """An open board with a large file, the fast way or the plain one."""
    unix.directory.mkdir()
    start_anew(unix.directory)
    (unix.directory / "big").write_bytes(BIG)
    device = opened_by(unix, fast=request.param)
    device.files.stat("/f")
    yield device
    device.close()


BIG = NEW * 300


@pytest.mark.parametrize("link", [True, False], ids=["fast", "plain"], indirect=True)
@pytest.mark.parametrize("way", ["up", "down"])
def test_an_interrupt_leaves_the_link_usable_at_once(unix, link, way):
    """Between two executions nothing runs that could be interrupted: then who is told of progress ends it."""
    interrupted = threading.Event()
    me = threading.get_ident()

    def interrupt(done):
        if done > 20_000 and not interrupted.is_set():
            interrupted.set()
            if threading.get_ident() == me:
                raise KeyboardInterrupt
            threading.Thread(target=link.interrupt).start()

    with pytest.raises((DeviceError, KeyboardInterrupt)) as caught:
        if way == "up":
            link.files.write("/f", BIG, interrupt)
        else:
            link.files.read("/big", interrupt)
    assert "KeyboardInterrupt" in repr(caught.value)
    assert link.exec("print(6 * 7)") == "42\n"
    assert on_disk(unix.directory) == {"f": OLD, "other": OTHER, "big": BIG}
    assert not [name for name in link.eval("dir()") if "iot" in name and name != "__iot__"]


def test_an_interrupt_in_the_middle_of_a_frame(tmp_path):
    """A block takes a third of a second on this wire: most interrupts tear one."""
    with kinds.unix(tmp_path / "board", link="115200") as board:
        device = opened_by(board, fast=True)
        (board.directory / "noise").write_bytes(NOISE)
        for _ in range(5):
            timer = threading.Timer(0.4, device.interrupt)
            timer.start()
            with pytest.raises(DeviceError, match="KeyboardInterrupt"):
                device.files.read("/noise")
            timer.join()
            assert device.exec("print(6 * 7)", timeout=10) == "42\n"
        device.close()


class TestMicrobit:
    @pytest.fixture
    def device(self, microbit):
        with opened(microbit) as device:
            device.files.write("/f", OLD)
            yield device

    def check(self, device):
        assert device.exec("print(6 * 7)") == "42\n"
        tree = device.files.tree()
        assert (list(tree.files), tree.leftovers) == (["/f"], frozenset())
        assert device.files.read("/f") == OLD

    def test_an_interrupt(self, device):
        def interrupt(done):
            if done > 1000:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            device.files.write("/f", NEW[:4000], interrupt)
        self.check(device)

    def test_an_interrupt_of_what_runs(self, device):
        timer = threading.Thread(target=keep_interrupting, args=(device,))
        timer.start()
        with pytest.raises(DeviceError, match="KeyboardInterrupt"):
            device.files.write("/f", NEW[:4000])
        timer.join()
        self.check(device)

    def test_no_space(self, device):
        device.exec("with open('full', 'wb') as file:\n for _ in range(100): file.write(bytes(128))")
        with pytest.raises(OSError, match="no space left on the board: ':/more'"):
            device.files.write("/more", bytes(3000))
        device.files.remove("/full")
        self.check(device)

    def test_replaced_by_longer_and_shorter_ones(self, device):
        for content in (NEW[:800], OLD, NEW[:900], b""):
            device.files.write("/f", content)
            assert device.files.read("/f") == content


def keep_interrupting(device):
    """Interrupts what runs, until something was running."""
    connection = device._board.link.connection
    while connection.is_ready:
        pass
    device.interrupt()
