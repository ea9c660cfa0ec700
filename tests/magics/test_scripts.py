"""What scripts share: variables for their output, and what their exit status means."""

import pytest

from iot_kernel.errors import UsageError
from iot_kernel.services.errors import HostCommandError
from iot_kernel.values.decoding import decode
from tests.magics.context import RecordingContext


class Context(RecordingContext):
    """Keeps the variables of host cells as well."""

    def __init__(self):
        super().__init__()
        self.variables = {}

    def ask_host(self, question, data):
        assert question["question"] == "set"
        self.variables[question["name"]] = decode(data, question["name"])
        return {"status": "ok"}, b""


@pytest.fixture
def ctx():
    return Context()


def test_output_and_errors_go_into_variables(ctx):
    assert ctx.run("%%bash --out a --err b\necho 1\necho 2 >&2\necho é\n") == ""
    assert ctx.stderr == ""
    assert ctx.variables == {"a": "1\né\n", "b": "2\n"}


def test_what_does_not_go_into_a_variable_is_shown(ctx):
    assert ctx.run("%%bash --out a\necho 1\necho 2 >&2\n") == ""
    assert (ctx.variables, ctx.stderr) == ({"a": "1\n"}, "2\n")
    assert ctx.run("%%bash --err b\necho 1\necho 2 >&2\n") == "1\n"
    assert ctx.variables["b"] == "2\n"


def test_one_variable_may_take_both(ctx):
    ctx.run("%%bash --out a --err a\necho 1\n")
    assert ctx.variables == {"a": ""}


def test_variables_are_set_also_when_the_script_fails(ctx):
    with pytest.raises(HostCommandError):
        ctx.run("%%bash --out a\necho 1\nexit 3")
    assert ctx.variables == {"a": "1\n"}
    ctx.run("%%bash --out a --no-raise-error\necho 2\nexit 3")
    assert ctx.variables == {"a": "2\n"}


def test_ten_megabytes_arrive_in_a_variable(ctx):
    ctx.run("%%bash --out a\nhead -c 10000000 /dev/zero | tr '\\0' x")
    assert ctx.variables["a"] == "x" * 10_000_000


def test_bytes_that_are_no_text(ctx):
    ctx.run("%%bash --out a\nprintf '\\xff\\0'")
    assert ctx.variables["a"] == "\ufffd\0"


@pytest.mark.parametrize("magic", ["%%bash", "%%ssh host", "%%service host"])
@pytest.mark.parametrize("name", ["1", "a.b", "a b", "class", "''", "a=1"])
def test_a_name_that_is_none(ctx, magic, name):
    with pytest.raises(UsageError, match="is no name for a variable"):
        ctx.run(
            f"{magic} --out '{name}'\ntouch /never" if name != "''" else f"{magic} --err ''\ntouch /never"
        )
