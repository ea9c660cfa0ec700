"""%%capture: where what a cell shows goes."""

import pytest

from iot_kernel.errors import DeviceError, UsageError
from tests.each import each
from tests.fake_shell import FakeShell

pytestmark = pytest.mark.board


@pytest.fixture
def host(bit, tmp_path):
    """A connected notebook with host variables."""
    bit.shell = FakeShell(tmp_path / "db")
    return bit


def test_a_cell(host):
    assert host.run("%%capture out\nprint('hello')\n1 + 1") == ""
    out = host.shell.user_ns["out"]
    assert out.stdout == "hello\nOut: 2\n"
    assert str(out) == out.stdout
    assert out.stderr == ""
    assert out.outputs == []


def test_nothing_is_kept_without_a_name(host):
    assert host.run("%%capture\nprint('hello')") == ""
    assert host.shell.user_ns == {}


def test_what_a_cell_showed_before_it_failed(host):
    with pytest.raises(DeviceError, match="ZeroDivisionError"):
        host.run("%%capture out\nprint('hello')\n1 / 0")
    assert host.shell.user_ns["out"].stdout == "hello\n"
    assert host.run("print('shown')") == "shown\n"


@each(
    ("options", "kinds"),
    [
        ("", ["stdout", "stderr", "display"]),
        ("--no-stdout", ["stderr", "display"]),
        ("--no-stderr --no-display x", ["stdout"]),
    ],
)
def test_options(host, options, kinds):
    host.run(f"%%capture {options}\n1")
    assert host.captured == kinds


def test_names_that_are_none(host):
    with pytest.raises(UsageError):
        host.run("%%capture a.b\nprint(1)")
    assert host.stdout == ""
