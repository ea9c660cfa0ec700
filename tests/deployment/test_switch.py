"""The steps of a switch on file systems that real boards have, and on boards that have no place for them."""

import itertools
import random

import pytest

from iot_kernel.deployment.errors import DeployError
from iot_kernel.deployment.layout import FIRST
from iot_kernel.deployment.switch import Switch, look
from tests.circuitpython_board import CircuitPythonBoard
from tests.deployment.block_disk import BlockDisk
from tests.opened import opened
from tests.real_boards import kinds

pytestmark = pytest.mark.board

NEW = {"main.py": b"import part\nwhich = 'new', part.which", "part.py": b"which = 'new'"}
OLD = {"main.py": b"import part\nwhich = 'old', part.which", "part.py": b"which = 'old'"}


@pytest.fixture(scope="module")
def device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("switch") / "board") as board, opened(board) as device:
        device.exec("import sys\npath = list(sys.path)")
        yield device


def put(device, contents, *, confirms=True):
    """Deploys files, without a restart; returns the number of the program."""
    state = look(device)
    switch, number = Switch(device, state), state.layout.next_number
    switch.stage(number, contents)
    switch.install()
    switch.begin_trial(number)
    if confirms:
        switch.withdraw(number)
        switch.confirm(number, "robot.ipynb")
        for old in state.layout.surplus(number):
            switch.discard(old)
    return number


def boot(device):
    """What the board would start now; None where nothing sets the variable."""
    device.exec(
        "which = None\nsys.path[:] = path\nsys.modules.pop('part', None)\n"
        "try:\n execfile('/flash/main.py')\nexcept OSError: pass\n"
    )
    found = device.eval("which")
    return "/".join(dict.fromkeys(found)) if isinstance(found, tuple) else found


@pytest.fixture(params=["VfsFat", "VfsLfs2", "VfsLfs1"])
def disk(device, request):
    disk = BlockDisk(device, request.param)
    disk.kind = request.param
    return disk


def test_first_next_and_back(device, disk):
    device.files.write("/flash/main.py", b"which = 'original'")
    assert put(device, OLD) == 1
    assert boot(device) == "old"
    assert put(device, NEW) == 2
    state = look(device)
    assert (state.layout.home, list(state.layout.generations)) == ("/flash", [0, 1, 2])
    assert Switch(device, state).title(2) == "robot.ipynb"
    assert put(device, OLD) == 3
    assert list(look(device).layout.generations) == [0, 2, 3]
    switch = Switch(device, look(device))
    switch.withdraw(3)
    assert boot(device) == "new"
    switch.discard(3)
    switch.withdraw(2)
    assert boot(device) == "original"
    switch.restore_first()
    assert device.files.read("/flash/main.py") == b"which = 'original'"
    assert list(device.files.tree("/flash").files) == ["/flash/main.py"]


def test_a_trial_is_started_once(device, disk):
    put(device, OLD)
    put(device, NEW, confirms=False)
    assert [boot(device), boot(device)] == ["new", "old"]


def test_a_trial_that_nobody_has_ended_is_started_no_more(device, disk):
    """Its power went before it was started, and another deployment follows."""
    put(device, OLD)
    put(device, {"main.py": b"which = 'stale'"}, confirms=False)
    put(device, NEW, confirms=False)
    assert [boot(device), boot(device), boot(device)] == ["new", "old", "old"]


def test_a_name_of_a_notebook_that_is_none(device, disk):
    put(device, OLD)
    for content, title in ((b"x" * 5000, ""), (b"\x1b[31mred\xff", "?[31mred\N{REPLACEMENT CHARACTER}")):
        device.files.write("/flash/.deploy/1/.on", content)
        assert Switch(device, look(device)).title(1) == title
    assert Switch(device, look(device)).title(7) == ""


def test_a_disk_that_becomes_full_keeps_the_old_program(device, disk):
    put(device, OLD)
    before = set(device.files.tree("/flash").files)
    free = device.files.space("/flash").free
    with pytest.raises(OSError, match="no space left on the board"):
        put(device, NEW | {"large.py": random.Random(1).randbytes(free - 1000)})
    assert boot(device) == "old"
    assert set(device.files.tree("/flash").files) == before
    assert device.files.space("/flash").free == free


def test_a_disk_that_is_read_only_stays_as_it_is(device, disk):
    put(device, OLD)
    device.exec("vfs.umount('/flash')\nvfs.mount(disk, '/flash', readonly=True)")
    with pytest.raises(PermissionError, match="read-only"):
        put(device, NEW)
    assert boot(device) == "old"


def test_circuitpython_is_refused_with_the_reason():
    board = CircuitPythonBoard("circuitpython-9.2.9")
    try:
        with (
            opened(board) as device,
            pytest.raises(DeployError, match="files that the board itself can change"),
        ):
            look(device)
    finally:
        board.close()


def test_where_nothing_was_before(device, disk):
    put(device, NEW)
    switch = Switch(device, look(device))
    switch.withdraw(1)
    assert boot(device) is None
    switch.restore_first()
    assert device.files.tree("/flash").files == {}


def test_a_main_that_somebody_has_written_since_is_what_was_there_at_first(device, disk):
    put(device, OLD)
    device.files.write("/flash/main.py", b"which = 'by hand'")
    assert look(device).layout.current is None
    put(device, NEW, confirms=False)
    assert [boot(device), boot(device)] == ["new", "by hand"]
    assert list(look(device).layout.generations) == [FIRST, 2]


def test_the_power_goes_at_every_block_that_is_written(device, disk):
    """Beside a program that is deployed already no step replaces a file, on no file system."""
    put(device, OLD)
    disk.begin()
    put(device, NEW)
    outcomes = []
    for count in range(disk.end() + 1):
        disk.cut(count)
        outcomes.append((boot(device), boot(device)))
    steps = [boots for boots, _ in itertools.groupby(outcomes)]
    assert steps == [("old", "old"), ("new", "old"), ("old", "old"), ("new", "new")]
    assert len(outcomes) > 15


def test_the_power_goes_at_every_block_of_the_first_deployment(device, disk):
    """FAT replaces main.py by removing it first: for a moment there is none, and the board waits for code."""
    device.files.write("/flash/main.py", b"which = 'original'")
    disk.begin()
    put(device, NEW)
    outcomes = []
    for count in range(disk.end() + 1):
        disk.cut(count)
        outcomes.append(boot(device))
    nothing = {None} if disk.kind == "VfsFat" else set()
    assert set(outcomes) == {"original", "new"} | nothing
    assert outcomes[-1] == "new"
