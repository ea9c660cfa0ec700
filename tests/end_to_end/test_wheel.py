"""The wheel in a fresh environment: installing it is all it takes for Jupyter to know both kernels."""

import json
import os
import subprocess
import sys
import venv
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
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--force-reinstall", str(wheel)], check=True, capture_output=True)
    return python


def run(python, *arguments, **variables):
    environ = {key: value for key, value in os.environ.items() if key not in ("JUPYTER_PATH", "PYTHONPATH")}
    command = [str(python), *arguments]
    return subprocess.run(
        command, check=True, capture_output=True, text=True, env=environ | variables, cwd="/"
    ).stdout


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


def test_uninstalling_removes_the_kernels(environment):
    pip = [sys.executable, "-m", "pip", "--python", str(environment), "uninstall", "-y", "iot-kernel"]
    subprocess.run(pip, check=True, capture_output=True)
    assert not (environment.parents[1] / "share/jupyter/kernels/iot").exists()
