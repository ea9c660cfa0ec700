"""The magics for files, on the virtual board, a micro:bit and a board without a clock that can be set."""

import errno
import os
import re
from pathlib import Path

import pytest

from iot_kernel.errors import NotConnectedError, UsageError
from iot_kernel.magics.files import shown
from tests.magics.conftest import connected, known

TEXT = "print('hello')\n"


@pytest.fixture
def host(tmp_path, monkeypatch):
    """An empty directory on the host, the current one."""
    place = tmp_path / "host"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def disk(unix):
    """The virtual board's files, seen from outside."""
    return unix.directory


@pytest.fixture
def files(bit, disk):
    """A few files on the virtual board."""
    for path, text in {"main.py": TEXT, "lib/a.py": "a\n", "lib/sub/b.py": "b\n", ".hidden": ""}.items():
        target = disk / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        os.utime(target, (1_625_855_280, 1_625_855_280))  # Jul 09 18:28 2021 UTC
    return bit


def test_all_need_a_board(bit):
    bit.run("%disconnect")
    for cell in ("%cat a", "%cp a :", "%ls", "%mkdirs a", "%rlist", "%rm a"):
        with pytest.raises(NotConnectedError):
            bit.run(cell)


@pytest.mark.parametrize("name", ["cat", "cp", "ls", "mkdirs", "rlist", "rm"])
def test_help_says_how_to_write_a_name_that_looks_like_an_option(notebook, name):
    text = " ".join(notebook.run(f"%{name} -h").split())
    assert "A name that begins with a dash is written ./-name, or behind --" in text
    assert ("[[] stands for a [" in text) == (name not in {"mkdirs", "rlist"})


class TestCat:
    @pytest.mark.parametrize("path", ["main.py", "/main.py", ":main.py", ":/lib/../main.py", "m*.py"])
    def test_text(self, files, path):
        assert files.run(f"%cat {path}") == TEXT

    def test_several_and_a_missing_newline(self, files, disk):
        (disk / "x").write_text("no newline")
        (disk / "empty").write_text("")
        assert files.run("%cat x empty main.py") == f"no newline\n{TEXT}"

    def test_from_the_current_directory(self, files):
        assert files.run("import os\nos.chdir('/lib')\n%cat a.py") == "a\n"

    def test_bytes_that_are_no_text(self):
        assert shown(b"a\xff\x00\x1b\n\t\x7f\xc3\xa9") == "a\\xff\\x00\\x1b\n\t\\x7fé"
        assert shown(b"M\x06\x00") == "M\\x06\\x00"
        assert shown("é\x1b[1m\r\n".encode()) == "é\x1b[1m\r\n"

    def test_what_is_no_file(self, files):
        with pytest.raises(FileNotFoundError, match=r"no such file or directory on the board: ':/nosuch'"):
            files.run("%cat nosuch")
        with pytest.raises(IsADirectoryError, match=r":/lib"):
            files.run("%cat lib")
        with pytest.raises(FileNotFoundError, match=r"nothing on the board matches: ':\*\.txt'"):
            files.run("%cat *.txt")
        with pytest.raises(UsageError):
            files.run("%cat")


class TestList:
    def test_rlist_looks_as_it_always_did(self, files):
        listed = files.run("%rlist")
        assert listed.startswith(
            "                            lib/\n"
            "      2  Jul 09 18:28 2021      a.py\n"
            "                                sub/\n"
            "      2  Jul 09 18:28 2021          b.py\n"
            "     15  Jul 09 18:28 2021  main.py\n"
        )
        assert re.fullmatch(r"[\d.]+ \w+ free of [\d.]+ \w+\n", listed.split("main.py\n")[1])
        assert "\x1b[34mmain.py\x1b[0m" in files.stdout
        assert "\x1b[32mlib/\x1b[0m" in files.stdout

    def test_rlist_of_a_directory(self, files):
        assert files.run("%rlist lib").split("\n")[:3] == [
            "      2  Jul 09 18:28 2021  a.py",
            "                            sub/",
            "      2  Jul 09 18:28 2021      b.py",
        ]
        with pytest.raises(NotADirectoryError, match=r"it is a file, which '%ls' lists: ':/main\.py'"):
            files.run("%rlist main.py")
        with pytest.raises(FileNotFoundError, match=":/nosuch"):
            files.run("%rlist nosuch")

    def test_names_with_a_dot(self, files):
        assert ".hidden" not in files.run("%rlist") + files.run("%ls")
        assert ".hidden" in files.run("%rlist -a")
        assert ".hidden" in files.run("%ls -a")
        assert ".hidden" in files.run("%ls .hidden")

    def test_ls_lists_one_directory(self, files):
        assert files.run("%ls") == ("                            lib/\n     15  Jul 09 18:28 2021  main.py\n")
        assert files.run("%ls lib main.py") == (
            "/lib:\n"
            "      2  Jul 09 18:28 2021  a.py\n"
            "                            sub/\n"
            "     15  Jul 09 18:28 2021  main.py\n"
        )
        before = len(files.displays)
        assert files.run("%ls main.py lib/a.py").count("\n") == 2
        assert len(files.displays) == before + 1
        assert files.run("import os\nos.chdir('/lib/sub')\n%ls") == "      2  Jul 09 18:28 2021  b.py\n"
        with pytest.raises(FileNotFoundError, match=":/lib/sub/nosuch"):
            files.run("%ls nosuch")

    def test_no_name_can_change_the_terminal(self, files, disk):
        (disk / "\x1b[31mred\n").write_text("")
        assert "?[31mred?" in files.run("%ls")


class TestMkdirs:
    def test_several_and_again(self, bit, disk):
        assert bit.run('%mkdirs a/b/c "/with blank" :d\n%mkdirs a/b/c') == ""
        assert (disk / "a/b/c").is_dir()
        assert (disk / "with blank").is_dir()
        assert (disk / "d").is_dir()

    def test_a_file_in_the_way(self, files):
        with pytest.raises(FileExistsError, match=r":/main\.py"):
            files.run("%mkdirs main.py")
        with pytest.raises(NotADirectoryError, match=r":/main\.py/d"):
            files.run("%mkdirs main.py/d")


class TestRm:
    def test_files(self, files, disk):
        assert files.run("%rm main.py lib/*.py") == ""
        assert not (disk / "main.py").exists()
        assert not (disk / "lib/a.py").exists()
        assert (disk / "lib/sub/b.py").exists()

    def test_nothing_is_removed_where_one_is_missing(self, files, disk):
        with pytest.raises(FileNotFoundError, match=":/nosuch"):
            files.run("%rm main.py nosuch")
        with pytest.raises(FileNotFoundError, match=r":\*\.txt"):
            files.run("%rm main.py *.txt")
        assert (disk / "main.py").exists()
        assert files.run("%rm -f main.py nosuch *.txt") == ""
        assert not (disk / "main.py").exists()
        assert files.run("%rm -f") == ""

    def test_directories(self, files, disk):
        with pytest.raises(IsADirectoryError, match="-r removes it with all in it: ':/lib'"):
            files.run("%rm main.py lib")
        assert (disk / "main.py").exists()
        with pytest.raises(OSError, match="not empty; -r removes it with all in it: ':/lib'"):
            files.run("%rm -f lib")
        files.run("%mkdirs empty\n%rm -f empty")
        assert not (disk / "empty").exists()
        files.run("%rm -r lib main.py")
        assert [path.name for path in disk.iterdir() if not path.name.startswith(".")] == []

    @pytest.mark.parametrize("options", ["", "-r", "-rf"])
    def test_a_slash_behind_a_name_means_a_directory(self, files, disk, options):
        for cell in (
            f"%rm {options} lib/a.py main.py/",
            f"%rm {options} m*/",
            "%cat main.py/",
            "%ls main.py/",
        ):
            with pytest.raises(NotADirectoryError, match=r"not a directory on the board: ':/main\.py/'"):
                files.run(cell)
        assert (disk / "main.py").exists()
        assert (disk / "lib/a.py").exists()
        with pytest.raises(FileNotFoundError, match=":/nosuch"):
            files.run("%rm nosuch/")
        assert files.run("%ls lib/").count("\n") == 2
        files.run("%rm -r */")
        assert (disk / "main.py").exists()
        assert not (disk / "lib").exists()

    def test_what_no_one_can_want(self, files, disk):
        for cell in ("%rm -rf /", "%rm -r :", "%rm -r ..", "%rm -r lib/../..", "%rm -rf main.py /"):
            with pytest.raises(PermissionError, match="never removed"):
                files.run(cell)
        with pytest.raises(UsageError):
            files.run("%rm")
        assert (disk / "main.py").exists()


class TestCp:
    def test_brackets_in_names(self, bit, host, disk):
        (host / "a[1].txt").write_text("1")
        assert bit.run("%cp a[1].txt :/b[2].txt\n%cat b[[]2].txt") == "1\n"
        assert (disk / "b[2].txt").read_text() == "1"
        for line in ("%rm c[3].txt", "%cp d[3].txt :", "%cp :c[3].txt ."):
            with pytest.raises(FileNotFoundError, match=r"matches \(\[\[\] stands for a \[\)"):
                bit.run(line)
        with pytest.raises(FileNotFoundError, match="nothing on the board matches"):
            bit.run("%cp a[1].txt :/x*")

    def test_a_byte_order_mark_in_front_of_a_program_is_told(self, bit, host, disk):
        (host / "a.py").write_bytes(b"\xef\xbb\xbfx = 1")
        bit.run("%cp a.py :")
        assert "a.py begins with a byte order mark" in bit.stderr
        assert (disk / "a.py").read_bytes() == b"\xef\xbb\xbfx = 1"

    def test_several_onto_a_file(self, files, host):
        (host / "a").write_text("a")
        (host / "b").write_text("b")
        with pytest.raises(NotADirectoryError, match=r"it is a file, .* a directory: ':main\.py'"):
            files.run("%cp a b :main.py")
        assert files.run("%cat main.py") == TEXT

    @pytest.mark.parametrize("line", ["%cp -name :", "%cat -name", "%rm -name", "%mkdirs -name", "%ls -name"])
    def test_names_that_look_like_options(self, bit, host, disk, line):
        with pytest.raises(UsageError, match=r"begins with a dash is written './-name' or behind '--'"):
            bit.run(line)
        (host / "-name").write_text("x")
        assert bit.run("%cp ./-name :\n%cat ./-name\n%cat -- -name\n%rm -- -name") == "x\nx\n"

    @pytest.mark.parametrize("line", ["%cat {fn}", "%cat $fn", "%cp {fn}.py :", "%rm {fn}"])
    def test_variables_are_not_filled_in(self, bit, host, line):
        with pytest.raises(
            FileNotFoundError, match="variables in the arguments of a magic are not filled in"
        ):
            bit.run(line)

    def test_variables_of_the_environment_are_filled_in_for_this_computer(self, bit, host, monkeypatch):
        monkeypatch.setenv("HERE", str(host))
        with pytest.raises(FileNotFoundError, match=r"directory on this computer: '[^$]*/nosuch'$"):
            bit.run("%cp $HERE/nosuch :")

    def test_a_quoted_name_may_look_like_a_second_magic(self, bit, host):
        (host / "a;%b").write_text("x")
        assert bit.run("%cp 'a;%b' :\n%cat a\\;%b") == "x\n"

    @pytest.mark.parametrize("line", ["%ls; %rlist", "%ls;%rlist", "%cat main.py; %rm main.py"])
    def test_one_magic_a_line(self, files, disk, line):
        with pytest.raises(UsageError, match="one magic a line"):
            files.run(line)
        assert (disk / "main.py").exists()

    @pytest.mark.parametrize("target", [":", ":main.py", ":/", ":/main.py", ":.", ":./main.py"])
    def test_up(self, bit, host, disk, target):
        (host / "main.py").write_text(TEXT)
        assert bit.run(f"%cp main.py {target}") == ""
        assert (disk / "main.py").read_text() == TEXT
        assert len(list(disk.iterdir())) == 1

    @pytest.mark.parametrize("target", [".", "./", "main.py", "./main.py"])
    def test_down(self, files, host, target):
        assert files.run(f"%cp :main.py {target}") == ""
        assert (host / "main.py").read_text() == TEXT
        assert len(list(host.iterdir())) == 1

    def test_parents_are_made_on_the_board(self, bit, host, disk):
        (host / "a b.py").write_text("1")
        bit.run('%cp "a b.py" :/x/y/z.py\n%cp "a b.py" :/x/w/')
        assert (disk / "x/y/z.py").read_text() == "1"
        assert (disk / "x/w/a b.py").read_text() == "1"

    def test_several_and_wildcards_up(self, bit, host, disk):
        for name in ("a.py", "b.py", "c.txt", ".d.py"):
            (host / name).write_text(name)
        bit.run("%cp *.py c.txt :/app/")
        assert sorted(path.name for path in (disk / "app").iterdir()) == ["a.py", "b.py", "c.txt"]
        with pytest.raises(FileNotFoundError, match=r"nothing on this computer matches: '\*\.md'"):
            bit.run("%cp *.md :")

    def test_several_and_wildcards_down(self, files, host):
        files.run("%cp :lib/*.py :main.py got/")
        assert sorted(path.name for path in (host / "got").iterdir()) == ["a.py", "main.py"]
        files.run("%cp :*/*/b.* .")
        assert (host / "b.py").read_text() == "b\n"

    def test_a_name_with_wildcards_in_it_is_that_file(self, bit, host, disk):
        (host / "[1].txt").write_text("one")
        bit.run('%cp "[1].txt" :')
        assert (disk / "[1].txt").read_text() == "one"
        bit.run('%cp :"[1].txt" back.txt')
        assert (host / "back.txt").read_text() == "one"

    def test_a_home_and_a_variable(self, bit, host, disk, monkeypatch):
        monkeypatch.setenv("HOME", str(host))
        monkeypatch.setenv("WHERE", str(host))
        (host / "a").write_text("1")
        bit.run("%cp ~/a :\n%cp $WHERE/a :b\n%cp :a ~/c")
        assert (disk / "b").read_text() == "1"
        assert (host / "c").read_text() == "1"

    @pytest.mark.parametrize(
        ("name", "written"),
        [
            ("~t", ["./~t", "'~t'", '"~t"', "\\~t"]),
            ("$HOME.txt", ["'$HOME.txt'", "\\$HOME.txt", '"\\$HOME.txt"', "./'$HOME.txt'"]),
            ("${HOME}", ["'${HOME}'", "\\${HOME}"]),
            (":lead", ["':lead'", '":lead"', "./:lead", "\\:lead"]),
            ("*.x", ["'*.x'", '"*.x"', "\\*.x"]),
            ("[1]", ["'[1]'", "\\[1]"]),
            ("a  b", ["'a  b'", "a\\ \\ b"]),
            ("#1", ["'#1'", "\\#1", "./#1"]),
            ("100%", ["100%", "'100%'"]),
            ("a\\b", ["'a\\b'", "a\\\\b"]),
            ("it's", ['"it\'s"', "it\\'s"]),
        ],
    )
    def test_quotes_protect_names(self, bit, host, disk, monkeypatch, name, written):
        monkeypatch.setenv("HOME", str(host / "home"))
        (host / name).write_text(name)
        (host / "b.x").write_text("another that would fit")
        for number, word in enumerate(written):
            bit.run(f"%cp {word} :got{number}")
            assert (disk / f"got{number}").read_text() == name
            assert bit.run(f"%cp {word} :\n%cat :{word if '/' not in word else repr(name)}") == f"{name}\n"
            (host / name).unlink()
            bit.run(f"%cp :got{number} {word}")
            assert (host / name).read_text() == name
        bit.run(f"%rm {written[0].removeprefix('./') if name != ':lead' else repr(name)}")
        assert not (disk / name).exists()

    def test_a_colon_in_quotes_is_a_name_of_this_computer(self, files, host):
        with pytest.raises(FileNotFoundError, match="a colon in quotes is part of the name"):
            files.run("%cp ':main.py' :")
        with pytest.raises(UsageError, match=r"the colon of ':main\.py' is in quotes.*: :'main\.py'"):
            files.run("%cp ':main.py' .")
        files.run("%cp :main.py ':got'")
        assert (host / ":got").read_text() == TEXT

    def test_directories_up(self, bit, host, disk):
        for path in ("lib/a.py", "lib/sub/b.py", "lib/.c"):
            (host / path).parent.mkdir(parents=True, exist_ok=True)
            (host / path).write_text(path)
        (host / "lib/empty/deep").mkdir(parents=True)
        with pytest.raises(IsADirectoryError, match="-r copies it with all in it: 'lib'"):
            bit.run("%cp lib :")
        bit.run("%cp -r lib :\n%cp -r lib/ :/other")
        for top in ("lib", "other"):
            found = sorted(path.relative_to(disk / top).as_posix() for path in (disk / top).rglob("*"))
            assert found == [".c", "a.py", "empty", "empty/deep", "sub", "sub/b.py"]
        bit.run("%cp -r . :/all")
        assert (disk / "all/lib/a.py").exists()

    def test_directories_down(self, files, host, disk):
        (disk / "lib/empty").mkdir()
        files.run("%cp -r :lib .\n%cp -r :/ all\n%cp -r :lib other")
        assert (host / "lib/sub/b.py").read_text() == "b\n"
        assert (host / "lib/empty").is_dir()
        assert (host / "all/lib/a.py").read_text() == "a\n"
        assert (host / "all/.hidden").exists()
        assert (host / "other/sub/b.py").exists()

    def test_on_the_board(self, files, disk):
        files.run("%cp :main.py :backup.py\n%cp -r :lib :lib2\n%cp :main.py :lib/a.py :lib2/sub/")
        assert (disk / "backup.py").read_text() == TEXT
        assert (disk / "lib2/sub/b.py").exists()
        assert (disk / "lib2/sub/a.py").read_text() == "a\n"

    def test_an_empty_directory(self, bit, host, disk):
        (host / "nothing").mkdir()
        bit.run("%cp -r nothing :")
        assert (disk / "nothing").is_dir()

    @pytest.mark.parametrize(
        ("cell", "error", "text"),
        [
            ("%cp nosuch :", FileNotFoundError, "no such file or directory on this computer: 'nosuch'"),
            ("%cp nosuch/deep :", FileNotFoundError, "nosuch/deep"),
            ("%cp :nosuch .", FileNotFoundError, "no such file or directory on the board: ':/nosuch'"),
            ("%cp :lib .", IsADirectoryError, "-r copies it with all in it: ':/lib'"),
            ("%cp here :lib :", IsADirectoryError, "-r copies it with all in it: ':/lib'"),
            (
                "%cp here :main.py :main.py",
                NotADirectoryError,
                "it is a file, and several need a directory: ':main.py'",
            ),
            ("%cp :main.py :main.py", OSError, "the same file: ':/main.py'"),
            ("%cp :main.py :", OSError, "the same file: ':/main.py'"),
            ("%cp -r :lib :lib/sub/x", OSError, "into itself: ':/lib'"),
            ("%cp -r :/ :/lib/x", OSError, "into itself: ':/'"),
            ("%cp here here :", FileExistsError, "the same name: ':/here'"),
            ("%cp here :main.py/x", NotADirectoryError, ":/main.py/x"),
            ("%cp here :main.py/", NotADirectoryError, ":/main.py/here"),
            (
                "%cp here there",
                UsageError,
                "a colon before the path that is ('%cp here :there' or '%cp :here there",
            ),
            ("%cp -r here .", UsageError, "('%cp -r here :' or '%cp -r :here .')"),
            ("%cp :main.py", UsageError, "required"),
            ('%cp -r "" :/there', UsageError, "a path cannot be empty"),
            ('%rm -rf ""', UsageError, "a path cannot be empty"),
            ('%mkdirs ""', UsageError, "a path cannot be empty"),
            ('%cat main.py ""', UsageError, "a path cannot be empty"),
            ("%cp :main.py nosuch/", None, ""),
        ],
    )
    def test_what_cannot_be(self, files, host, cell, error, text):
        (host / "here").write_text("1")
        if error is None:
            files.run(cell)
            return
        with pytest.raises(error, match=re.escape(text)):
            files.run(cell)
        assert [path.name for path in host.iterdir()] == ["here"]

    @pytest.mark.parametrize(
        "make", [lambda path: path.symlink_to("nowhere"), os.mkfifo], ids=["link", "pipe"]
    )
    def test_what_is_no_file_in_a_directory(self, bit, host, disk, make):
        (host / "lib/sub").mkdir(parents=True)
        (host / "lib/a.py").write_text("1")
        make(host / "lib/sub/odd")
        with pytest.raises(
            OSError, match=r"it is (a link to something that is not there|neither a file)"
        ) as caught:
            bit.run("%cp -r lib :")
        assert caught.value.filename.endswith("lib/sub/odd")
        assert not (disk / "lib").exists()

    def test_errors_of_this_computer_name_the_file(self, files, host, monkeypatch):
        really_open = Path.open

        def full(path, mode="r", **options):
            if mode != "xb":
                return really_open(path, mode, **options)
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

        with monkeypatch.context() as patched:
            patched.setattr(Path, "open", full)
            with pytest.raises(OSError, match=r"No space left on device: 'main\.py'$"):
                files.run("%cp :main.py .")
        (host / "file").write_text("1")
        with pytest.raises(NotADirectoryError, match=r"it is a file, and no directory: 'file'$"):
            files.run("%cp :main.py file/")

    def test_directories_on_the_way_are_made(self, files, host):
        files.run("%cp :main.py new/dir/\n%cp :main.py other/dir/name.py")
        assert (host / "new/dir/main.py").read_text() == TEXT
        assert (host / "other/dir/name.py").read_text() == TEXT

    def test_a_directory_in_the_way(self, files, host, disk):
        (host / "lib").write_text("1")
        (disk / "lib/lib").mkdir()
        with pytest.raises(IsADirectoryError, match=":/lib/lib"):
            files.run("%cp lib :lib")
        (host / "main.py").mkdir()
        with pytest.raises(IsADirectoryError):
            files.run("%cp :main.py ./main.py/../")
        assert list((host / "main.py").iterdir()) == []

    def test_a_link_on_the_host_stays_one(self, files, host):
        (host / "real").write_text("old")
        (host / "link").symlink_to("real")
        files.run("%cp :main.py link")
        assert (host / "link").is_symlink()
        assert (host / "real").read_text() == TEXT

    def test_in_a_host_notebook_copying_on_the_host_is_ipythons(self, files):
        from iot_kernel.syntax.cell import Target

        files.default_target = Target.HOST
        files.run("%cp -r 'a b' c")
        files.run("%cp *.py '*.txt' \"$HOME\"/x ~ \\~")
        assert files.host_runs == ["%cp -r -- 'a b' c", "%cp -- *.py '*.txt' \"$HOME\"/x ~ '~'"]


class TestMicrobit:
    @pytest.fixture
    def notebook(self, notebook, microbit, host):
        notebook.run(f"%connect {microbit.url}")
        notebook.stdout = ""
        return notebook

    def test_a_flat_file_system(self, notebook, host):
        (host / "main.py").write_text(TEXT)
        Path("data").write_bytes(bytes(range(256)))
        assert notebook.run("%cp main.py data :\n%rlist") == (
            "    256                     data\n     15                     main.py\n"
        )
        assert notebook.run("%cat main.py\n%ls *.py") == f"{TEXT}     15                     main.py\n"
        notebook.run("%cp :data got\n%cp :data :more\n%rm data")
        assert Path("got").read_bytes() == bytes(range(256))
        assert notebook.run("%ls").split() == ["15", "main.py", "256", "more"]
        for cell in ("%mkdirs a", "%cp main.py :lib/", "%cp main.py :lib/main.py", "%ls lib/x"):
            with pytest.raises((NotADirectoryError, FileNotFoundError)):
                notebook.run(cell)
        with pytest.raises(FileNotFoundError, match=":/nosuch"):
            notebook.run("%rm nosuch")


@pytest.mark.parametrize("magic", ["%rlist", "%ls"])
def test_names_with_a_slash_on_a_board_without_directories_are_told(notebook, microbit, devices, magic):
    connected(notebook, known(microbit.url), devices)
    notebook.run("f = open('lib/a.py', 'w')\nf.close()")
    notebook.run(magic)
    assert notebook.stderr == (
        "not listed: lib/a.py (on a board without directories a slash is a part of the name, and no path; "
        "a cell can read and remove such a file)\n"
    )
