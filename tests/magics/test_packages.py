"""%upip: from local indexes onto real boards and into directories."""

import hashlib
import threading

import pytest

from iot_kernel.api import installing
from iot_kernel.errors import NotConnectedError, UsageError
from iot_kernel.packages import index
from iot_kernel.packages.errors import PackageError, PackageNotFoundError
from iot_kernel.text import byte_count
from iot_kernel.ucore import installed, place
from tests.circuitpython_board import RECORDINGS, CircuitPythonBoard
from tests.packages.index import compile_module, package_server
from tests.packages.web_server import redirect, status


@pytest.fixture
def server(monkeypatch):
    with package_server() as found:
        monkeypatch.setenv("IOT_PACKAGE_INDEX", found.index)
        yield found


@pytest.fixture
def projects(devices):
    return devices.parent / "iot_projects"


@pytest.fixture
def on_wasm(notebook, wasm_process):
    wasm_process.restart()
    notebook.session.connect(wasm_process.url)
    return notebook


@pytest.fixture
def on_webrepl(notebook, webrepl, monkeypatch):
    monkeypatch.setenv("IOT_WEBREPL_PASSWORD", webrepl.password)
    notebook.session.connect(webrepl.url)
    return notebook


@pytest.fixture
def on_microbit(notebook, microbit):
    notebook.session.connect(microbit.url)
    return notebook


@pytest.fixture
def on_circuitpython(notebook):
    board = CircuitPythonBoard(RECORDINGS[-1])
    notebook.session.connect(board.url)
    yield notebook
    notebook.session.close()
    board.close()


@pytest.fixture(params=["bit", pytest.param("on_wasm", marks=pytest.mark.wasm), "on_webrepl"])
def on_board(request):
    return request.getfixturevalue(request.param)


def files(notebook, root="/lib"):
    return sorted(notebook.session.device().files.tree(root).files)


class TestOntoTheBoard:
    def test_a_package_is_installed_and_imported(self, on_board, server):
        user, answers = "from answers import get", "def get(): return 42"
        server.publish("user", {"user.py": user}, deps=[["answers", "latest"]])
        server.publish("answers", {"answers/__init__.py": answers}, version="0.10.2")
        assert on_board.run("%upip install user\nimport user\nprint(user.get())") == (
            f"Installing user 1.0 from {server.index} to :/lib\n"
            f"Installing answers 0.10.2 from {server.index} to :/lib\n"
            f"2 files written ({len(compile_module(user) + compile_module(answers))} bytes)\n"
            "42\n"
        )
        assert files(on_board) == ["/lib/answers/__init__.mpy", "/lib/user.mpy"]

    def test_what_is_there_is_not_written_again(self, on_board, server):
        server.publish("a", {"a.py": "x = 1", "p/b.py": "x = 2"})
        on_board.run("%upip install a")
        assert on_board.run("%upip install a").endswith("\n2 files there already\n")
        server.publish("a", {"a.py": "x = 1", "p/b.py": "x = 3"}, version="2.0")
        text = on_board.run("%upip install a\nimport p.b\nprint(p.b.x)")
        assert f"\n1 file written ({len(compile_module('x = 3'))} bytes), 1 file there already\n3\n" in text

    def test_the_module_of_pipes_comes_with_the_kernel(self, on_board, server):
        server.publish("ucore", {"ucore.py": "MINE = False"})
        module = place()
        text = on_board.run("%upip install ucore\n%softreset")
        assert text.startswith(
            f"Installing ucore.py from {module} to :/lib\n1 file written ({byte_count(len(installed('')))})\n"
        )
        assert files(on_board) == ["/lib/ucore.py"]
        assert on_board.run("import ucore\nprint(ucore.__file__, ucore.open_pipe('x').write(b'y'))") == (
            "/lib/ucore.py True\n"
        )
        assert on_board.run("%upip install ucore").endswith("\n1 file there already\n")

    def test_sources(self, on_board, server):
        server.publish("a", {"a.py": "x = 1"})
        assert on_board.run("%upip install --no-mpy a\nimport a\nprint(a.__file__, a.x)").endswith(
            "/lib/a.py 1\n"
        )

    def test_sources_give_way_to_compiled_modules(self, bit, server):
        server.publish("a", {"a.py": "x = 1"})
        bit.run("%upip install --no-mpy a")
        assert "\nRemoved a.py, which would hide the compiled module\n" in bit.run("%upip install a")
        assert files(bit) == ["/lib/a.mpy"]

    def test_another_directory(self, bit, server):
        server.publish("a", {"a.py": "x = 1"})
        assert bit.run("%upip install -t :/third/party a").startswith(
            f"Installing a 1.0 from {server.index} to :/third/party\n"
        )
        assert files(bit, "/third") == ["/third/party/a.mpy"]
        bit.run("import os; os.chdir('/third')\n%upip install -t :here a")
        assert files(bit, "/here") == ["/here/a.mpy"]

    def test_a_repository_a_module_and_a_file_of_this_computer(self, bit, server, tmp_path):
        server.repository(
            "o",
            "r",
            {"package.json": '{"urls": [["a.py", "src/a.py"]], "version": "3"}', "src/a.py": "x = 1"},
        )
        server.repository("o", "s", {"b.py": "x = 2"}, ref="v2")
        (tmp_path / "c.py").write_text("x = 3")
        wanted = f"github:o/r gitlab:o/s/b.py@v2 {tmp_path}/c.py"
        text = bit.run(f"%upip install {wanted}\nimport a, b, c\nprint(a.x + b.x + c.x)")
        assert text == (
            "Installing r 3 from github:o/r to :/lib\n"
            "Installing b.py v2 from gitlab:o/s/b.py@v2 to :/lib\n"
            f"Installing c.py from {tmp_path}/c.py to :/lib\n"
            "3 files written (15 bytes)\n"
            "6\n"
        )

    @pytest.mark.parametrize("path", ["./", "./package.json", "../pack/", "../pack/package.json"])
    def test_the_current_directory_is_called_by_its_name(self, bit, monkeypatch, tmp_path, path):
        place = tmp_path / "pack"
        place.mkdir()
        (place / "package.json").write_text('{"urls": [["a.py", "a.py"]], "version": "3"}')
        (place / "a.py").write_text("x = 1")
        monkeypatch.chdir(place)
        assert bit.run(f"%upip install {path}").startswith("Installing pack 3 from ")

    def test_another_index(self, bit, server, monkeypatch):
        monkeypatch.delenv("IOT_PACKAGE_INDEX")
        server.publish("a", {"a.py": "x = 1"})
        assert "to :/lib" in bit.run(f"%upip install --index {server.index}/ a")

    def test_the_index_is_micropythons(self):
        assert index.INDEX == "https://micropython.org/pi/v2"

    @pytest.mark.parametrize("option", ["-U", "--upgrade"])
    def test_the_latest_is_installed_whether_asked_for_or_not(self, bit, server, option):
        server.publish("a", {"a.py": ""}, version="2.0")
        assert bit.run(f"%upip install {option} a").startswith("Installing a 2.0 from ")

    def test_an_old_name(self, bit, server):
        server.publish("urequests", {"urequests.py": ""})
        assert bit.run("%upip install micropython-urequests").startswith("Installing urequests 1.0 from ")

    def test_sources_where_the_index_has_nothing_compiled(self, bit, server):
        server.publish("a", {"a.py": "x = 1"}, kinds=("py",))
        bit.run("%upip install a")
        assert bit.stderr == "a: the index has no files for .mpy version 6, only sources\n"
        assert files(bit) == ["/lib/a.py"]

    def test_a_board_without_directories(self, on_microbit, server):
        server.publish("a", {"a.py": "x = 6 * 7"})
        assert on_microbit.run("%upip install a\nimport a\nprint(a.x)") == (
            f"Installing a 1.0 from {server.index} to :/\n1 file written (9 bytes)\n42\n"
        )
        server.publish("deep", {"deep/a.py": ""})
        with pytest.raises(PackageError, match="no directories"):
            on_microbit.run("%upip install deep")

    def test_a_board_that_looks_in_no_library(self, bit, server):
        bit.run("import sys\nsys.path[:] = ['', '/elsewhere']")
        server.publish("a", {"a.py": ""})
        with pytest.raises(PackageError, match=r"no directory called lib \(, /elsewhere\); use -t :DIR"):
            bit.run("%upip install a")

    @pytest.mark.parametrize("options", ["", "-t :/lib", "-t libs --mpy"])
    def test_a_circuitpython_board(self, on_circuitpython, server, options):
        with pytest.raises(PackageError, match=r"this board runs CircuitPython.*circup install NAME"):
            on_circuitpython.run(f"%upip install {options} a")
        assert server.asked == []

    def test_no_board(self, notebook, server):
        with pytest.raises(NotConnectedError):
            notebook.run("%upip install a")


class TestIntoADirectory:
    def test_sources_without_a_board(self, notebook, server, projects):
        server.publish("a", {"a.py": "x = 1", "p/b.py": ""})
        assert notebook.run("%upip install -t robot/libs a") == (
            f"Installing a 1.0 from {server.index} to {projects}/robot/libs\n2 files written (5 bytes)\n"
        )
        assert (projects / "robot/libs/a.py").read_text() == "x = 1"
        assert notebook.run("%upip install -t robot/libs a").endswith("\n2 files there already\n")

    def test_compiled_for_the_board(self, bit, server, projects):
        server.publish("a", {"a.py": "x = 1"})
        bit.run("%upip install --mpy -t libs a")
        assert (projects / "libs/a.mpy").read_bytes() == compile_module("x = 1")
        with pytest.raises(NotConnectedError):
            bit.run("%disconnect\n%upip install --mpy -t libs a")

    @pytest.mark.parametrize("text", ["~/x", "$HOME/x"])
    def test_no_directory_is_called_like_a_home(self, notebook, server, monkeypatch, tmp_path, text):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        monkeypatch.delenv("IOT_PROJECTS")
        server.publish("a", {"a.py": "x = 1"})
        notebook.run(f"%upip install -t {text} a\n%upip install -t libs a")
        assert (tmp_path / "home/x/a.py").exists()
        assert (tmp_path / "home/projects/libs/a.py").exists()
        assert not list(tmp_path.glob("[~$]*"))

    @pytest.mark.parametrize("name", ["$HOME", "~"])
    def test_quotes_protect_directories_and_files(self, bit, server, monkeypatch, projects, tmp_path, name):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path / "home"))
        server.publish("a", {"a.py": "x = 1"})
        bit.run(f"%upip install -t'{name}' a")
        assert (projects / name / "a.py").read_text() == "x = 1"
        (tmp_path / name).mkdir()
        (tmp_path / name / "b.py").write_text("y = 2")
        bit.run(f"%upip install --no-mpy './{name}/b.py'")
        assert bit.run("import b\nprint(b.y)") == "2\n"

    def test_the_users_secrets_are_no_package(self, notebook, server, monkeypatch, projects):
        monkeypatch.delenv("IOT_LIBS", raising=False)
        (projects / "libs").mkdir()
        (projects / "libs" / "secrets.py").write_text("mine")
        server.publish("a", {"a.py": "", "secrets.py": "other"})
        with pytest.raises(
            PackageError, match=r"would replace .*libs/secrets\.py, which is no part of a package"
        ):
            notebook.run("%upip install -t libs a")
        assert [path.name for path in (projects / "libs").iterdir()] == ["secrets.py"]
        assert (projects / "libs" / "secrets.py").read_text() == "mine"

    @pytest.mark.parametrize("text", ["/lib", "/flash/lib/", "/"])
    def test_a_directory_of_the_board_that_lacks_its_colon(self, notebook, text):
        with pytest.raises(UsageError, match=r"-t :/.* is one of the board"):
            notebook.run(f"%upip install -t {text} a")


class TestFaults:
    """Whatever goes wrong, the cell says one thing about it and nothing has been written."""

    def fails(self, bit, cell, problem, error=PackageError):
        with pytest.raises(error, match=problem) as caught:
            bit.run(cell)
        assert "\n" not in str(caught.value)
        assert bit.session.device().eval("1 + 1") == 2
        assert "lib" not in bit.session.device().eval("__import__('os').listdir('/')")

    @pytest.fixture(autouse=True)
    def good(self, server):
        server.publish("good", {"good.py": "x = 1"})
        self.digest = hashlib.sha256(compile_module("x = 1")).hexdigest()[:8]

    def test_no_such_package(self, bit, server):
        self.fails(bit, "%upip install good god", "god: .* it has good", PackageNotFoundError)

    @pytest.mark.parametrize(
        ("path", "missing"),
        [("./no.py", "./no.py"), ("./no", "no/package.json"), ("~/no.json", "~/no.json")],
    )
    def test_a_file_of_this_computer_is_missing(self, bit, server, monkeypatch, tmp_path, path, missing):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path))
        missing = missing.replace("~", str(tmp_path))
        self.fails(
            bit, f"%upip install good {path}", f"^{missing}: there is no such file", PackageNotFoundError
        )
        assert bit.stdout == ""
        assert server.asked == []

    def test_a_file_of_this_computer_that_is_no_module(self, bit, server, tmp_path):
        (tmp_path / "a.txt").write_text("x")
        problem = r"a\.txt: only modules \(\.py, \.mpy\) and packages \(package\.json\) can be installed"
        self.fails(bit, f"%upip install good {tmp_path}/a.txt", problem)
        assert (bit.stdout, server.asked) == ("", [])

    def test_a_file_is_missing(self, bit, server):
        del server.files[server.stored(self.digest)]
        self.fails(bit, "%upip install good", "there is nothing at this address", PackageNotFoundError)

    def test_a_file_is_damaged(self, bit, server):
        server.files[server.stored(self.digest)] += b"!"
        self.fails(bit, "%upip install good", f"not with {self.digest}")

    def test_a_description_is_damaged(self, bit, server):
        server.files["/pi/v2/package/6/good/latest.json"] = b'{"hashes":'
        self.fails(bit, "%upip install good", "should be JSON")

    @pytest.mark.parametrize("path", ["../boot.py", "/boot.py", "a/../../boot.py", "a\\\\..\\\\b"])
    def test_a_path_leads_out(self, bit, server, path):
        server.repository("o", "evil", {"package.json": f'{{"urls": [["{path}", "a.py"]]}}', "a.py": ""})
        self.fails(bit, "%upip install github:o/evil", "outside of the target directory")

    def test_a_package_wants_files_of_this_computer(self, bit, server):
        server.repository("o", "evil", {"package.json": '{"urls": [["a.py", "file:///etc/passwd"]]}'})
        self.fails(bit, "%upip install github:o/evil", "'file:' is no known way")
        server.repository("o", "evil", {"package.json": '{"deps": [["/etc/x.py", ""]]}'})
        self.fails(bit, "%upip install github:o/evil", "cannot be the name of a package")

    def test_a_cycle_is_no_fault(self, bit, server):
        server.publish("a", {"a.py": "x = 1"}, deps=[["b", "latest"]])
        server.publish("b", {"b.py": "x = 2"}, deps=[["a", "latest"]])
        assert bit.run("%upip install a").count("Installing") == 2

    def test_a_server_that_fails(self, bit, server):
        server.answers["/pi/v2/package/6/good/latest.json"] = status(503)
        self.fails(bit, "%upip install good", "503 Service Unavailable")

    def test_a_server_that_leads_in_circles(self, bit, server):
        path = "/pi/v2/package/6/good/latest.json"
        server.answers[path] = redirect(path)
        self.fails(bit, "%upip install good", "redirects in circles")

    def test_a_giant(self, bit, server):
        server.answers[server.stored(self.digest)] = server.flood
        self.fails(bit, "%upip install good", "too large")

    def test_more_than_the_board_has_room_for(self, bit, server, monkeypatch):
        free = bit.session.device().files.space().free
        monkeypatch.setattr(installing, "_fetch", lambda plan, *_: {"good.py": FakeSize(2 * free)})
        monkeypatch.setattr(installing, "check", lambda *_: None)
        self.fails(bit, "%upip install --no-mpy good", "no room for these packages")

    def test_a_file_in_the_place_of_a_directory(self, bit, server):
        server.publish("several", {"a.py": "", "dir/b.py": ""})
        bit.session.device().files.write("/lib/dir", b"a file")
        with pytest.raises(PackageError, match="dir is a file already, in /lib"):
            bit.run("%upip install several")
        assert files(bit) == ["/lib/dir"]

    def test_a_module_for_other_boards(self, bit, server):
        server.repository("o", "r", {"a.mpy": ""})
        server.files["/raw/o/r/HEAD/a.mpy"] = b"M\x05\x00\x1fabc"
        self.fails(
            bit, "%upip install github:o/r/a.mpy", "compiled for .mpy version 5; this board imports version 6"
        )

    def test_no_network(self, bit):
        self.fails(
            bit, "%upip install --index https://nowhere.invalid/pi/v2 x", "is this computer on the network"
        )

    @pytest.mark.parametrize("index", ["file:///tmp", "github:o/r", "here"])
    def test_an_index_that_is_none(self, bit, index):
        with pytest.raises((UsageError, PackageError)):
            bit.run(f"%upip install --index {index} x")

    def test_an_interrupt_while_a_server_says_nothing(self, bit, server):
        server.answers["/pi/v2/package/6/good/latest.json"] = server.hang
        interrupt = threading.Thread(
            target=lambda: server.wait_for("/pi/v2/package/6/good/latest.json") and bit.interrupt()
        )
        interrupt.start()
        with pytest.raises(KeyboardInterrupt):
            bit.run("%upip install good")
        interrupt.join()
        assert bit.session.device().eval("1 + 1") == 2


class FakeSize(bytes):
    """Bytes that claim a size."""

    def __new__(cls, size):
        made = super().__new__(cls)
        made.size = size
        return made

    def __len__(self):
        return self.size


class TestUsage:
    @pytest.mark.parametrize(
        ("cell", "problem"),
        [
            ("%upip list", "its packages are files on the board: '%rlist /lib' lists them"),
            ("%upip show x", "'%rlist /lib' lists them"),
            ("%upip uninstall x", "'%rm -r /lib/NAME' removes one"),
            (
                "%upip install -r x.txt",
                "%upip reads no files with lists of packages; write the names, with blanks between them",
            ),
            ("%upip upgrade x", "'%upip install NAME' installs the latest version"),
            ("%upip download x", "'%upip install -t DIR NAME' keeps a package on this computer"),
            ("%upip urequests", r"did you mean '%upip install urequests'\?"),
            ("%upip install", "the following arguments are required: packages"),
            ("%upip", "the following arguments are required: operation, packages"),
        ],
    )
    def test_what_is_asked_wrongly(self, notebook, cell, problem):
        with pytest.raises(UsageError, match=problem):
            notebook.run(cell)

    @pytest.mark.parametrize("directory", [":../..", ":..", ":/lib/../x"])
    def test_a_directory_of_the_board_is_named_without_going_up(self, bit, server, directory):
        with pytest.raises(
            UsageError, match=f"-t {directory}: a directory of the board is named without '..'"
        ):
            bit.run(f"%upip install -t {directory} a")
        assert server.asked == []

    @pytest.mark.parametrize("name", ["@1", "a b/c", "'päckchen'", "-"])
    def test_names_that_are_none(self, bit, server, name):
        with pytest.raises((PackageError, UsageError)):
            bit.run(f"%upip install {name}")
        assert server.asked == []
