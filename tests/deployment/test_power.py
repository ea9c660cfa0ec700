"""Old or new, never a mixture: a board that loses its power, or its wire, at every step of a deployment."""

import itertools

import pytest

from iot_kernel.deployment import watch
from iot_kernel.deployment.deploy import deploy, roll_back
from iot_kernel.deployment.layout import stub
from iot_kernel.errors import IoTKernelError
from tests.deployment.cutting import Cutter
from tests.deployment.notebooks import program
from tests.files.faulty import Unplug, harm_links
from tests.opened import opened

pytestmark = pytest.mark.board

ORIGINAL = "which = 'original'"
BESIDE = "which = 'old'"
OLD = {"main.py": "import part\nwhich = 'old', part.which", "part.py": BESIDE}
SHORT = 0.1  # s; these programs have ended by then


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(watch, "LEAVE_TIME", 0.05)


@pytest.fixture
def cutter(unix):
    return Cutter(unix.directory)


@pytest.fixture
def new(tmp_path):
    path = tmp_path / "new.ipynb"
    path.write_text(program("import part", "which = 'new', part.which", part="which = 'new'"))
    return path


def first(number):
    """A board with a program that nobody has deployed."""
    return {"main.py": ORIGINAL}


def second(number):
    """A board with a deployed program, and one from before that."""
    deployed = {f".deploy/{each}/{path}": text for each in (3, 4) for path, text in OLD.items()}
    marks = {f".deploy/{each}/.on": "" for each in (0, 3, 4)}
    return {"main.py": stub("/").decode(), ".deploy/0/main.py": ORIGINAL, **deployed, **marks}


def starts(unix):
    """What the board starts when it is switched on."""
    with opened(unix, interrupt=False) as device:
        found = device.eval("which")
    return found if isinstance(found, str) else "/".join(dict.fromkeys(found))


def two_boots(unix):
    """What the board starts, and what it starts the next time."""
    first_boot = starts(unix)
    return first_boot, starts(unix) if first_boot == "new" else first_boot


def attempt(unix, action):
    """Whether something can be done on a board without losing it."""
    try:
        with opened(unix, interrupt=False) as device:
            action(device)
    except IoTKernelError:
        return False
    return True


def deploying(notebook):
    return lambda device: deploy(device, notebook, rehearses=False, seconds=SHORT)


@pytest.mark.parametrize(("before", "old"), [(first, "original"), (second, "old")])
def test_power_goes_at_every_file_operation_of_a_deployment(unix, cutter, new, before, old):
    outcomes = []
    for operations in range(100):
        cutter.start(operations, **before(operations))
        is_whole = attempt(unix, deploying(new))
        cutter.mend()
        outcomes.append(two_boots(unix))
        if is_whole:
            break
        if operations % 10 == 0:
            assert attempt(unix, deploying(new))
            assert starts(unix) == "new"
    steps = [boots for boots, _ in itertools.groupby(outcomes)]
    assert steps == [(old, old), ("new", old), (old, old), ("new", "new")]  # it is tried once, then confirmed
    assert len(outcomes) > 10


@pytest.mark.parametrize(("files", "old", "new_"), [("two", "old", "original"), ("three", "new", "old")])
def test_power_goes_at_every_file_operation_of_a_rollback(unix, cutter, files, old, new_):
    disk = second(0)
    if files == "two":
        disk = {path: text for path, text in disk.items() if not path.startswith(".deploy/3")}
    else:
        disk[".deploy/4/main.py"], disk[".deploy/4/part.py"] = (
            "import part\nwhich = 'new', part.which",
            "which = 'new'",
        )
    outcomes = []
    for operations in range(100):
        cutter.start(operations, **disk)
        is_whole = attempt(unix, lambda device: roll_back(device, seconds=SHORT))
        cutter.mend()
        outcomes.append(starts(unix))
        if is_whole:
            break
    turn = outcomes.index(new_)
    assert outcomes == [old] * turn + [new_] * (len(outcomes) - turn)
    left = sorted(path.name for path in (unix.directory / ".deploy").glob("*"))
    assert left == ([] if files == "two" else ["0", "3"])


@pytest.mark.parametrize("way", ["to_board", "to_host"])
def test_the_wire_is_cut_at_every_step(unix, cutter, new, monkeypatch, way):
    harm = harm_links(monkeypatch)
    after, outcomes = 0, []
    while True:
        cutter.start(0, **second(0))
        cutter.mend()
        unplug = Unplug(unix, after)
        setattr(harm, way, unplug)
        attempt(unix, deploying(new))
        setattr(harm, way, lambda data: data)
        outcomes.append(two_boots(unix))
        if unplug.count <= after:
            break
        after += 1 + after // 3
    assert set(outcomes) <= {("old", "old"), ("new", "old"), ("new", "new")}
    assert (outcomes[0], outcomes[-1]) == (("old", "old"), ("new", "new"))
    assert len(outcomes) > 5
