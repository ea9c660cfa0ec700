"""Errors say calls to scripts, where they say magics to notebooks."""

import ast
import re

from iot_kernel.api.wording import deployment_in_words_of_scripts, in_words_of_scripts, reworded
from iot_kernel.boards.errors import AmbiguousDeviceError
from iot_kernel.deployment.errors import DeployError
from iot_kernel.errors import DeviceError, DeviceMemoryError
from tests.test_layers import MODULES, is_in

#: Whose texts scripts never get: they belong to notebooks.
OF_NOTEBOOKS = (
    *(
        "kernel",
        "subkernel",
        "magics",
        "analysis",
        "debugging",
        "displays",
        "syntax",
        "snippets",
        "ucore",
    ),
    *("device.debug_link", "device.board_debugger", "device.debugged_runs", "services.shell", "api.wording"),
)

#: Advice for the notebook that has the board.
STAYS = {
    "disconnect it there (%disconnect) or close that notebook",
    (
        "another kernel has this port of X by ssh: disconnect it there (%disconnect). "
        "If its computer is gone, 'ssh X kill X' frees the port"
    ),
}

#: What notebooks have in their cells, wherever they are deployed from.
IN_CELLS = "or begin them with '%%deploy main.py'"

MAGIC = re.compile(r"%[a-z]{3,}")


DEPLOYMENT = ("iot_kernel.deployment",)


def texts(*, of_deployments):
    """All texts of the modules that scripts use, but docstrings; what is filled in is an X."""
    for module, path in MODULES.items():
        if is_in(module, ("ukernel", *(f"iot_kernel.{name}" for name in OF_NOTEBOOKS))):
            continue
        if is_in(module, DEPLOYMENT) is not of_deployments:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        nodes = list(ast.walk(tree))
        left_out = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        left_out |= {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in nodes:
            if id(node) in left_out:
                continue
            if isinstance(node, ast.JoinedStr):
                parts = node.values
                yield "".join(part.value if isinstance(part, ast.Constant) else "X" for part in parts)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_no_text_tells_scripts_of_magics():
    found = [text for text in texts(of_deployments=False) if MAGIC.search(text)]
    assert len(found) > 20
    assert {text for text in found if MAGIC.search(in_words_of_scripts(text))} == STAYS


def test_nor_does_one_of_deployments():
    found = [text for text in texts(of_deployments=True) if MAGIC.search(text)]
    assert len(found) > 5
    left = [text for text in found if MAGIC.search(deployment_in_words_of_scripts(text))]
    assert [text.endswith(IN_CELLS) for text in left if "__iot_start__" not in text] == [True]


def test_what_a_deployment_quotes_stays():
    error = DeployError(
        ["In [3], line 1: '%upip install x' is a magic", "'%cp main.py :' replaces a program"]
    )
    reworded(error)
    assert error.problems == (
        "In [3], line 1: '%upip install x' is a magic",
        "files.put('main.py', '/') replaces a program",
    )
    assert str(error) == "\n".join(error.problems)


def test_examples():
    for text, wanted in (
        (
            "sim://: is lost; the next board cell or call tries again",
            "sim://: is lost; the next call tries again",
        ),
        ("('%softreset' ends it)", "(soft_reset() ends it)"),
        ("%softreset, %hardreset, or reset it", "soft_reset(), hard_reset(), or reset it"),
        ("try '%connect serial://A?b=1'", "try iot_kernel.connect('serial://A?b=1')"),
        (
            "a program runs; %connect sim:// interrupts it",
            "a program runs; iot_kernel.connect('sim://') interrupts it",
        ),
        ("was reset while the cell ran", "was reset while the code ran"),
        ("or set IOT_WEBREPL_PASSWORD", "set IOT_WEBREPL_PASSWORD, or connect with password='...'"),
        ("100 % of it", "100 % of it"),
    ):
        assert in_words_of_scripts(text) == wanted


def test_what_is_reworded():
    choice = AmbiguousDeviceError("", {"pico": "serial:///dev/ttyACM0"})
    memory = DeviceMemoryError(5000, 3000)
    full = OSError(12, "not enough memory; '%softreset' frees what variables take", ":/x")
    users = DeviceError("ValueError", "%softreset", "Traceback")
    before = str(users)
    for error in (choice, memory, full, users):
        reworded(error)
    assert str(choice).splitlines()[1] == "  iot_kernel.connect('pico')  serial:///dev/ttyACM0"
    assert str(memory).startswith(
        "the code has 5000 bytes, and the board 3000 bytes of free memory; split it, "
    )
    assert str(full) == "[Errno 12] not enough memory; soft_reset() frees what variables take: ':/x'"
    assert str(users) == before
