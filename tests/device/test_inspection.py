"""Variables of boards that wait for code: names, types, short values, what is inside; no code runs for it."""

import threading

import pytest

from iot_kernel.device.inspection import inside, variables
from iot_kernel.errors import DeviceError, IoTKernelError
from tests.opened import opened

pytestmark = pytest.mark.board

NUMBER = 12000

SOURCE = """\
x = 'text'
many = [0] * COUNT
len = repr = 5
"""

CLASSES = """\
class Own:
    def __init__(self): self.a = 1; self.b = {'k': (5, 'x')}
    def __repr__(self): print('ran')
own = Own()
hasattr = 6
"""


@pytest.fixture(params=["unix", "microbit", "wasm", "webrepl"])
def device(request):
    with opened(request.getfixturevalue(request.param)) as device:
        yield device


def test_variables_and_what_is_inside(device):
    is_small = device.platform == "microbit"
    count = 20 if is_small else NUMBER
    device.exec(SOURCE.replace("COUNT", str(count)) + ("own = {'k': (5, 'x')}\n" if is_small else CLASSES))
    given = {"platform": device.platform}
    found = [variables(device.answer_when_idle, **given)]
    while (start := sum(len(page.variables) for page in found)) < found[0].total:
        found.append(variables(device.answer_when_idle, start, **given))
    told = {each.name: (each.kind, each.size, each.text) for page in found for each in page.variables}
    assert told["x"] == ("str", 4, "'text'")
    assert told["many"] == ("list", count, None)
    assert told["own"][0] == ("dict" if is_small else "Own")
    assert told["len"] == ("int", None, "5")
    assert not [name for name in told if name.startswith("__")]
    assert found[0].total == len(told)
    assert (told["own"][2], told["many"][2]) == (None, None)
    rest = inside(device.answer_when_idle, "many", start=count - 1, **given)
    assert [(each.name, each.text) for each in rest.variables] == [(f"[{count - 1}]", "0")]
    names = [each.name for each in inside(device.answer_when_idle, "own", **given).variables]
    path = [0] if is_small else [names.index("b"), 0]
    deep = inside(device.answer_when_idle, "own", path, **given)
    assert [each.text for each in deep.variables] == ["5", "'x'"]
    assert inside(device.answer_when_idle, "missing", **given) is None
    assert device.exec("print([n for n in globals() if n[:6] == '__iot_'])") == "['__iot__']\n"


def test_a_busy_board_is_left_alone(unix):
    with opened(unix) as device:
        began = threading.Event()
        thread = threading.Thread(
            target=device.exec,
            args=("import time\nprint(1)\ntime.sleep(0.5)",),
            kwargs={"on_output": lambda _: began.set()},
        )
        thread.start()
        assert began.wait(20)
        assert variables(device.answer_when_idle) is None
        assert not device.exec_soon("x = 5", patience=0.01, timeout=5)
        thread.join()
        assert device.exec_soon("x = 6", patience=0.01, timeout=5)
        assert device.exec("print(x)") == "6\n"


def test_too_little_memory_is_said():
    def fails(_):
        raise DeviceError("MemoryError", "", "MemoryError: ")

    with pytest.raises(IoTKernelError, match="too little free memory"):
        variables(fails)


def test_no_answer_is_an_error():
    with pytest.raises(IoTKernelError, match="no answer"):
        variables(lambda _: "")
    with pytest.raises(IoTKernelError):
        variables(lambda code: "\x1e" + code.split("\\x1e")[1][:6] + "(1,)\x1f")
