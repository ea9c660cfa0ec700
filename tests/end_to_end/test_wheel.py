"""The wheel in a fresh environment: installing it is all it takes for Jupyter to know both kernels."""

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.fresh_clone

ROOT = Path(__file__).parents[2]
RUN = """
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="iot")
reply = client.execute_interactive(sys.argv[1], allow_stdin=False, timeout=60)
print(reply["content"]["status"])
client.stop_channels()
manager.shutdown_kernel()
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """A fresh environment with the wheel; its dependencies are borrowed from the one that runs the tests."""
    base = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(base)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    (wheel,) = base.glob("*.whl")
    directory = base / "env"
    venv.create(directory, with_pip=False, symlinks=True)
    python = directory / "bin" / "python"
    packages = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    borrowed = {path for path in sys.path if path.endswith("site-packages")}
    (Path(packages) / "borrowed.pth").write_text("\n".join(sorted(borrowed)))
    pip(python, "install", "--no-deps", "--no-index", "--force-reinstall", str(wheel))
    return python


def pip(python, command, *arguments):
    words = [sys.executable, "-m", "pip", "--python", str(python), command, *arguments]
    subprocess.run(words, check=True, capture_output=True)


def run(python, *arguments, **variables):
    return attempt(python, *arguments, check=True, **variables).stdout


def attempt(program, *arguments, check=False, **variables):
    """Runs a program of the environment, which finds nothing of this source tree."""
    environ = {key: value for key, value in os.environ.items() if key not in ("JUPYTER_PATH", "PYTHONPATH")}
    return subprocess.run(
        [str(program), *arguments],
        check=check,
        capture_output=True,
        text=True,
        cwd="/",
        env=environ | variables,
    )


def test_jupyter_knows_both_kernels(environment):
    listed = json.loads(run(environment, "-m", "jupyter_client.kernelspecapp", "list", "--json"))
    specs = listed["kernelspecs"]
    prefix = environment.parents[1]
    for name, title in {"iot": "IoT Kernel", "ucore": "µcore"}.items():
        assert Path(specs[name]["resource_dir"]) == prefix / "share" / "jupyter" / "kernels" / name
        assert specs[name]["spec"]["display_name"] == title
        assert (prefix / "share/jupyter/kernels" / name / "logo-svg.svg").is_file()


def test_the_package_of_the_wheel_runs(environment):
    where = run(environment, "-c", "import iot_kernel; print(iot_kernel.__file__)")
    assert where.startswith(str(environment.parents[1]))
    assert "ok" in run(environment, "-c", RUN, "%lsmagic").splitlines()
    assert "ok" in run(environment, "-c", RUN, "%%host\nimport iot_kernel").splitlines()


def test_install_takes_the_kernelspecs_of_the_wheel(environment, tmp_path):
    run(environment, "-m", "iot_kernel", "install", "--prefix", str(tmp_path), "--name", "far")
    spec = json.loads((tmp_path / "share/jupyter/kernels/far/kernel.json").read_text())
    assert spec["argv"][0] == str(environment)


def test_the_command_is_there(environment):
    assert "install" in run(environment.parent / "iot-kernel", "install", "-h")


def test_type_checkers_read_both_packages(environment):
    program = "from importlib.resources import files; print(files('{}').joinpath('py.typed').is_file())"
    for name in ("iot_kernel", "ukernel"):
        assert run(environment, "-c", program.format(name)) == "True\n"


def wheel_of_another_program(directory):
    """A wheel with names of the first IoT Kernel's files."""
    path, info = directory / "iot_kernel-0.5.28-py3-none-any.whl", "iot_kernel-0.5.28.dist-info"
    files = {
        "iot_kernel/__init__.py": "from .version import __version__\n",
        "iot_kernel/__main__.py": "",
        "iot_kernel/version.py": "__version__ = '0.5.28'\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: iot-kernel\nVersion: 0.5.28\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"]))
    return path


def test_another_program_overwrites_files_and_takes_them_along(environment, tmp_path):
    program = environment.parent / "iot-kernel"
    pip(environment, "install", "--no-index", "--no-compile", wheel_of_another_program(tmp_path))
    done = attempt(program, "install", "-h")
    assert done.returncode == 1
    assert "overwritten files of this IoT Kernel: iot-kernel 0.5.28" in done.stderr
    assert ": iot_kernel/__init__.py and 1 more." in done.stderr
    pip(environment, "uninstall", "-y", "iot-kernel")
    assert "missing in" in attempt(program, "install", "-h").stderr


def test_the_page_of_troubleshooting_comes_along(environment):
    program = "from iot_kernel.magics.troubleshooting import sections; print(len(sections()) > 50)"
    assert run(environment, "-c", program) == "True\n"


def files(directory):
    return {path.relative_to(directory) for path in directory.rglob("*") if not path.is_dir()}


def test_uninstalling_leaves_nothing(environment, tmp_path):
    """Also where kernels have run: Python has compiled the modules then."""
    directory = environment.parents[1]
    pip(environment, "uninstall", "-y", "jupyter-iot-kernel")
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    assert {path.name for path in files(directory) - files(tmp_path / "bare")} == {"borrowed.pth"}
    left = {path.name for path in directory.rglob("*") if path.is_dir()}
    assert not left & {"iot_kernel", "ukernel", "iot", "ucore"}
