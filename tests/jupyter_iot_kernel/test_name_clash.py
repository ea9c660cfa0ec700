"""Installations as pip leaves them when another program with the same names came, was there, or went."""

import sys

import pytest

from jupyter_iot_kernel.name_clash import DISTRIBUTION, MARK, ROOT, fault, neighbours

OURS = (
    "jupyter_iot_kernel/__init__.py",
    "iot_kernel/__init__.py",
    "iot_kernel/urls.py",
    "ukernel/__init__.py",
)
OLD = ("iot_kernel/__init__.py", "iot_kernel/version.py", "iot_kernel/__pycache__/x.pyc")
MICRO = ("ukernel/__init__.py", "ukernel/kernel.py", "../../share/kernel.json")


class Environment:
    """A directory of packages on Python's path."""

    def __init__(self, root):
        self.root = root

    def install(self, name, version, files, content=b"raise AssertionError('imported')\n"):
        """Writes files and the RECORD of a distribution, as pip does."""
        for file in files:
            path = self.root / file
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_bytes(content)
        info = self.root / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        lines = [f"{file},sha256=abc,12" for file in files]
        (info / "RECORD").write_text("\n".join([*lines, f"{info.name}/RECORD,,"]))

    def install_ours(self):
        self.install(DISTRIBUTION, "0.1.0", (*OURS, "../../share/kernel.json"), MARK + b"\n")

    def install_old(self):
        self.install("iot-kernel", "0.5.28", OLD)

    def remove(self, name):
        """Removes what the RECORD of a distribution names."""
        (info,) = self.root.glob(f"{name.replace('-', '_')}-*.dist-info")
        for line in (info / "RECORD").read_text().splitlines():
            (self.root / line.partition(",")[0]).unlink(missing_ok=True)
        info.rmdir()

    def fault(self):
        return fault(self.root)


@pytest.fixture
def environment(tmp_path, monkeypatch):
    made = Environment(tmp_path / "lib" / "packages")
    monkeypatch.syspath_prepend(str(made.root))
    for package in ("iot_kernel", "ukernel"):  # not imported by the process that looks
        monkeypatch.delitem(sys.modules, package, raising=False)
    made.install_ours()
    return made


def steps(text):
    return [line.partition(". ")[2] for line in text.partition("What to do:\n")[2].splitlines()]


def uninstall(*names):
    return f"in a terminal: {sys.executable} -m pip uninstall -y {' '.join(names)}"


def test_this_installation_is_whole():
    assert fault() is None
    assert (ROOT / "jupyter_iot_kernel" / "name_clash.py").is_file()


def test_alone(environment):
    assert environment.fault() is None
    assert neighbours(environment.root) == []


def test_the_other_one_came_first(environment):
    environment.install_old()
    environment.install_ours()
    assert environment.fault() is None
    (text,) = neighbours(environment.root)
    assert "iot-kernel 0.5.28 (the first IoT Kernel, 2021)" in text
    assert f"Both have iot_kernel/__init__.py in {environment.root}." in text
    assert steps(text) == [
        uninstall("iot-kernel", DISTRIBUTION),
        "install this IoT Kernel again, in the way you did before",
        "if you need iot-kernel: give it an environment of its own",
        "restart the kernel of this notebook",
    ]


def test_the_other_one_came_last(environment):
    environment.install_old()
    text = environment.fault()
    assert "overwritten" in text
    assert "iot-kernel 0.5.28 (the first IoT Kernel, 2021)" in text
    assert steps(text)[0] == uninstall("iot-kernel", DISTRIBUTION)


def test_the_other_one_went(environment):
    environment.install_old()
    environment.remove("iot-kernel")
    text = environment.fault()
    assert f"missing in {environment.root}: iot_kernel/__init__.py." in text
    assert steps(text)[:2] == [
        uninstall(DISTRIBUTION),
        "install this IoT Kernel again, in the way you did before",
    ]
    environment.remove(DISTRIBUTION)
    environment.install_ours()
    assert environment.fault() is None


def test_micro_core_s_kernel(environment):
    environment.install("ukernel", "0.1.0", MICRO)
    text = environment.fault()
    assert "ukernel 0.1.0 (the kernel of µcore)" in text
    assert "ukernel/__init__.py and 1 more" in text  # the tile "µcore", which both have
    assert steps(text)[0] == uninstall("ukernel", DISTRIBUTION)
    environment.remove("ukernel")
    assert "missing" in environment.fault()


def test_both_others(environment):
    environment.install_old()
    environment.install("ukernel", "0.1.0", MICRO)
    assert steps(environment.fault())[0] == uninstall("iot-kernel", "ukernel", DISTRIBUTION)
    environment.install_ours()
    assert len(neighbours(environment.root)) == 2


def test_a_program_that_no_installer_knows(environment):
    (environment.root / "iot_kernel" / "__init__.py").write_text("x = 1\n")
    text = environment.fault()
    assert f"They are in {environment.root}: iot_kernel/__init__.py." in text
    assert steps(text)[0] == uninstall(DISTRIBUTION)


def test_a_directory_that_comes_first_on_the_path(environment, tmp_path, monkeypatch):
    first = Environment(tmp_path / "first" / "packages")
    first.install_old()
    monkeypatch.syspath_prepend(str(first.root))
    text = environment.fault()
    assert str(first.root / "iot_kernel" / "__init__.py") in text
    assert "That is iot-kernel 0.5.28" in text
    assert steps(text)[0] == uninstall("iot-kernel")
    first.remove("iot-kernel")
    (first.root / "iot_kernel" / "__init__.py").write_text("")
    assert steps(environment.fault())[0] == f"rename or remove {first.root / 'iot_kernel'}"


def test_a_record_that_cannot_be_read(environment):
    environment.install_old()
    for record in environment.root.glob("*/RECORD"):
        record.write_bytes(b"\xff")
    assert "iot_kernel/__init__.py" in environment.fault()
    environment.install_ours()
    (text,) = neighbours(environment.root)
    assert "files of the same names" in text
