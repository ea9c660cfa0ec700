"""Names and help while code for a board is typed, through a whole kernel."""

import pytest

from tests.end_to_end.notebook import Notebook

CODE = """
import machine
class Sensor:
    def __init__(self): self.level = 3
    def read(self):
        'Reads the level.'
        return self.level
sensor = Sensor()
table = {'one': 1}
"""


@pytest.fixture(scope="module")
def notebook():
    with Notebook("iot") as notebook:
        notebook.connect("help")
        assert notebook.run(CODE).status == "ok"
        yield notebook


def complete(notebook, text):
    before, _, after = text.partition("|")
    content = notebook.ask(notebook.client.complete, before + after, len(before))
    assert content["status"] == "ok"
    assert content["cursor_end"] == len(before)
    return content["matches"]


def inspect(notebook, text):
    before, _, after = text.partition("|")
    content = notebook.ask(notebook.client.inspect, before + after, len(before))
    return content["data"].get("text/plain", "") if content["found"] else None


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("mach|", ["machine"]),
        ("sensor.|", ["level", "read"]),
        ("x = [sensor.le|]", ["level"]),
        ("table['|']", ["one"]),
        ("import mach|", ["machine"]),
        ("%info\nsensor.re|", ["read"]),
        ("%%ucore\nsensor.re|", ["read"]),
        ("def wait(seconds): pass\nwait(sec|)", ["seconds="]),
        ("'sens|'", []),
        ("%%bash\nsens|", []),
        ("%softr|", ["%softreset"]),
        ("x = 1\n%softr|", ["%softreset"]),
        ("%%connect a\n%softr|", ["%softreset"]),
        ("%cp --rec|", ["--recursive"]),
        ("%pull tab|", ["table"]),
        ("%%bash\n%softr|", []),
    ],
)
def test_names(notebook, text, names):
    assert complete(notebook, text) == names


def test_host_cells_have_their_own(notebook):
    assert notebook.run("%%host\nhost_value = 1").status == "ok"
    assert complete(notebook, "%%host\nhost_va|") == ["host_value"]
    assert complete(notebook, "host_va|") == []


FILES = """
import os, ucore
os.mkdir('lib')
open('lib/über $x.py', 'w').close()
open('my log.csv', 'w').close()
pipe = ucore.open_pipe('adc')
"""


@pytest.fixture(scope="module")
def files(notebook, tmp_path_factory):
    """Files of the board and of this computer, and a pipe."""
    directory = tmp_path_factory.mktemp("work")
    (directory / "my notes.txt").write_text("")
    assert notebook.run(FILES).status == "ok"
    assert notebook.run(f"%cd {directory}").status == "ok"


@pytest.mark.parametrize(
    ("text", "replaced", "names", "kind"),
    [
        ("%cat m|", "m", ["my\\ log.csv"], "file"),
        ("%cat 'm|'", "'m", ["'my log.csv"], "file"),
        ("%cp 'my notes.txt' :l|", "l", ["lib/"], "directory"),
        ('%cp "my notes.txt" :lib/ü|', "ü", ["über\\ \\$x.py"], "file"),
        ("%cp \\\n   m|", "m", ["my\\ notes.txt"], "file"),
        ("%%writefile m|", "m", ["my\\ notes.txt"], "file"),
        ("%pipes a|", "a", ["adc"], "pipe"),
        ("%push host_va|", "host_va", ["host_value"], "variable"),
        ("%connect 'sim://h|", "'sim://h", None, "url"),
        ("%rdiff -|", "-", ["-u", "--upload_only", "--on", "-h", "--help"], "option"),
    ],
)
def test_arguments_of_magics(notebook, files, text, replaced, names, kind):
    notebook.run("%%host\nhost_value = 1")
    before, _, behind = text.partition("|")
    content = notebook.ask(notebook.client.complete, before + behind, len(before))
    assert before[content["cursor_start"] : content["cursor_end"]] == replaced
    assert content["cursor_end"] == len(before)
    kinds = content["metadata"]["_jupyter_types_experimental"]
    assert {one["type"] for one in kinds} == {kind}
    assert [one["text"] for one in kinds] == content["matches"]
    assert names is None or content["matches"] == names


def test_help(notebook):
    assert inspect(notebook, "sensor.le|vel") == "self.level = 3\n\nType:   int\nValue:  3"
    assert inspect(notebook, "Sensor.read(|").startswith("read(self)\n\nReads the level.")
    for text in ("%conn|ect", "%connect sim:|", "%%connect a\n%connect \\\n  a|", "%%conn|ect a\nx"):
        assert "usage: %" in inspect(notebook, text)
    assert inspect(notebook, "'''\n%conn|ect\n'''") is None
    assert inspect(notebook, "nothing_like_it|") is None


def test_while_a_cell_runs(notebook, files):
    for text in ("sensor.|", "%cat |", "%pull |"):
        complete(notebook, text)
    request = notebook.send("import time\nprint('begun')\nwhile not sensor.level == 9: time.sleep(0.01)")
    notebook.wait_for("begun", request)
    assert complete(notebook, "sensor.|") == ["level", "read"]
    assert inspect(notebook, "Sensor.read|").startswith("read(self)")
    assert complete(notebook, "%cat m|") == ["my\\ log.csv"]
    assert complete(notebook, "%pull tab|") == ["table"]
    assert "usage: %cat" in inspect(notebook, "%cat m|")
    notebook.manager.interrupt_kernel()
    cell = notebook.finish(request)
    assert cell.ename == "KeyboardInterrupt"


def test_after_a_reset_nothing_old_is_told(notebook):
    notebook.run("gone_later = 1")
    assert complete(notebook, "gone_la|") == ["gone_later"]
    notebook.run("%softreset")
    assert inspect(notebook, "gone_later|") in (None, "gone_later = 1")  # text still tells of the cell
    assert notebook.run(CODE).status == "ok"


EVIL = """
counter = []
class Evil:
    @property
    def value(self):
        counter.append(1)
        return 2
evil = Evil()
"""


def test_properties_are_not_evaluated(notebook):
    notebook.run(EVIL)
    assert complete(notebook, "evil.va|") == ["value"]
    inspect(notebook, "evil.val|ue")
    complete(notebook, "evil.value.|")
    assert notebook.run("len(counter)").result == "0"


def test_without_a_board():
    with Notebook("iot") as notebook:
        assert complete(notebook, "def wait(seconds): pass\nwait(sec|)") == ["seconds="]


def test_questions_as_cells(notebook):
    cell = notebook.run("sensor.level?")
    (page,) = cell.reply["payload"]
    assert "Value:  3" in page["data"]["text/plain"]
    (page,) = notebook.run("Sensor.read??").reply["payload"]
    assert page["data"]["text/plain"].endswith("return self.level")
    assert notebook.run("no_such_thing?").text() == "Object `no_such_thing` not found.\n"
