"""What is public, and what importing it loads."""

import inspect
import pickle
import subprocess
import sys

import iot_kernel
import iot_kernel.aio
from iot_kernel.api import public
from tests.test_layers import MODULES, imports_of, is_in

#: Of Jupyter, and what comes with it.
JUPYTER = {"ipykernel", "IPython", "jupyter_client", "jupyter_core", "traitlets", "tornado", "zmq"}

#: What a script that only connects a board must not wait for.
HEAVY = {"numpy", "matplotlib", "ipympl", "jedi", "pandas", "serial", "zeroconf", "websocket"}

#: The public names. One more is a promise; one less breaks programs.
NAMES = {
    "functions": "connect discover",
    "device": "Device DeviceFiles DeviceClock DevicePipes DevicePrograms DeviceEvents Pipe",
    "answers": "ClockReading Deployment DeviceInfo FilesSnapshot FoundBoard PipeInfo SyncPlan ConnectReason",
    "errors": (
        "AmbiguousDeviceError ClockError CompileError ConfigError ConnectError ConnectionLostError "
        "DeployError DeviceClosedError DeviceError DeviceMemoryError DeviceNotFoundError DeviceResetError "
        "DeviceTimeoutError InputNotPossibleError IoTKernelError OtherProcessError PackageError "
        "PackageNotFoundError RemoteProtocolError SyncError TransferError UnmovableValueError "
        "UnsendableFunctionError UsageError VariableNotFoundError"
    ),
    "version": "__version__",
}

#: What `Device` and what hangs on it can do.
METHODS = {
    iot_kernel.Device: (
        "clock close eval events exec files get hard_reset info install interrupt is_open name pipes "
        "programs run set soft_reset url"
    ),
    iot_kernel.DeviceFiles: (
        "get listdir makedirs put read_bytes remove restore snapshot sync walk write_bytes"
    ),
    iot_kernel.DeviceClock: "read set",
    iot_kernel.DevicePipes: "address close open publish subscribe unpublish",
    iot_kernel.DevicePrograms: "deploy roll_back",
    iot_kernel.DeviceEvents: "on_lost on_output on_reset on_stray",
}


#: What magics and scripts do by the same functions: no magic does it by what these are made of.
SHARED = {
    "iot_kernel.api.finder": ("iot_kernel.boards.session.Session.connect",),
    "iot_kernel.api.syncing": ("iot_kernel.sync.apply.apply",),
    "iot_kernel.api.installing": ("iot_kernel.packages.resolve.resolve", "iot_kernel.packages.install.check"),
    "iot_kernel.api.copying": ("iot_kernel.files.copy_plan.carry_out",),
}


def loaded_by(program):
    command = [sys.executable, "-c", f"{program}\nimport sys\nprint(*sys.modules)"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(answer.stdout.split())


def test_the_list_of_names():
    wanted = sorted(name for names in NAMES.values() for name in names.split())
    assert sorted(public.__all__) == wanted == sorted(iot_kernel.__all__)
    assert set(wanted) <= set(dir(iot_kernel))
    for name in wanted:
        assert getattr(iot_kernel, name) is getattr(public, name)
    assert sorted(iot_kernel.aio.__all__) == ["Device", "connect", "discover"]


def test_no_other_names():
    for name in ("Session", "api_device", "ApiDevice", "_PLACES"):
        assert not hasattr(iot_kernel, name)
    space = {}
    exec("from iot_kernel import *", space)
    assert set(space) - {"__builtins__"} == set(public.__all__)


def test_what_a_device_can_do():
    for kind, names in METHODS.items():
        given = {name for name in vars(kind) if not name.startswith("_")}
        given |= {name for name in ("files", "clock", "programs", "events") if kind is iot_kernel.Device}
        assert given == set(names.split())


def test_everything_is_documented_and_typed():
    for name in public.__all__:
        thing = getattr(iot_kernel, name)
        if not inspect.isclass(thing) and not inspect.isfunction(thing):
            continue
        assert inspect.getdoc(thing)
        for part in [thing] if inspect.isfunction(thing) else vars(thing).values():
            if inspect.isfunction(part) and not part.__name__.startswith("_"):
                assert inspect.getdoc(part), part
                assert "return" in inspect.signature(part).parameters or part.__annotations__, part


def test_classes_show_the_names_that_programs_write():
    assert repr(iot_kernel.Device) == "<class 'iot_kernel.Device'>"
    assert repr(iot_kernel.aio.Device) == "<class 'iot_kernel.aio.Device'>"
    for name in NAMES["errors"].split():
        error = getattr(iot_kernel, name)
        assert (error.__module__, error.__qualname__) == ("iot_kernel", name)
    found = pickle.loads(pickle.dumps(iot_kernel.DeviceClosedError))
    assert found is iot_kernel.DeviceClosedError


def test_magics_are_clients_of_it():
    magics = {name: set(imports_of(name)) for name in MODULES if is_in(name, ("iot_kernel.magics",))}
    for module, parts in SHARED.items():
        assert [name for name, found in magics.items() if any(each.startswith(module) for each in found)]
        assert not [name for name, found in magics.items() for part in parts if part in found]


def test_importing_it_loads_nothing_else():
    before = loaded_by("pass")
    assert {
        name for name in loaded_by("import iot_kernel") - before if name.startswith("iot_kernel.")
    } == set()


def test_all_of_it_loads_nothing_of_jupyter():
    loaded = loaded_by("from iot_kernel import *\nimport iot_kernel.aio")
    assert "iot_kernel.api.device" in loaded
    assert not {name.partition(".")[0] for name in loaded} & (JUPYTER | HEAVY)


def test_nor_does_a_board_that_is_used(virtual, board):
    program = f"""
import iot_kernel
try:
    iot_kernel.connect({virtual.url!r})
except iot_kernel.ConnectError:
    pass
"""
    loaded = {name.partition(".")[0] for name in loaded_by(program)}
    assert not loaded & (JUPYTER - {"jupyter_core"}), "jupyter_core only says where Jupyter's directories are"
