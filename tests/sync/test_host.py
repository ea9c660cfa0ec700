"""What the host has for a board: resources, unpacking, patterns, and what is missing."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from iot_kernel.config import DeviceConfig, Resource
from iot_kernel.config.device_files import DEFAULT_EXCLUDE, DEFAULT_INCLUDE, read_device_file
from iot_kernel.errors import ConfigError
from iot_kernel.sync import host
from iot_kernel.sync.host import find_module, read_host
from tests.each import each

UID = "30:ae:a4:30:84:34"


@pytest.fixture
def projects(tmp_path):
    return tmp_path / "projects"


def make(directory, text):
    """Makes files, each with its name as content, and directories, whose names end in a slash."""
    for word in text.split():
        path = Path(directory, word)
        if word.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(word)


def configured(projects, yaml):
    """What a device file with these settings says."""
    file = projects / "boards.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"lamp:\n  uid: {UID}\n{yaml}", encoding="utf-8")
    (config,) = read_device_file(file, lambda text: projects / text)
    return config


def read(projects, yaml):
    """Reads what a device file with these settings names."""
    return read_host(configured(projects, yaml))


def places(projects, yaml):
    """Which file of the host goes where."""
    tree, _ = read(projects, yaml)
    return {path: file.data.decode() for path, file in tree.files.items()}


class TestPlaces:
    def test_a_file(self, projects):
        make(projects, "main.py code/tool.py")
        yaml = "  resources: [main.py, code/tool.py, {code/tool.py: /lib}]"
        assert places(projects, yaml) == {
            "/main.py": "main.py",
            "/code/tool.py": "code/tool.py",
            "/lib/code/tool.py": "code/tool.py",
        }

    def test_a_single_file_is_copied_whatever_the_patterns_say(self, projects):
        make(projects, "boot_out.txt")
        assert places(projects, "  resources: [boot_out.txt]") == {"/boot_out.txt": "boot_out.txt"}

    def test_the_contents_of_a_directory(self, projects):
        make(projects, "libs/a.py libs/sub/b.mpy libs/readme.txt")
        yaml = "  install-dir: /lib\n  resources: [libs]"
        assert places(projects, yaml) == {"/lib/a.py": "libs/a.py", "/lib/sub/b.mpy": "libs/sub/b.mpy"}

    def test_the_contents_of_a_directory_further_down(self, projects):
        make(projects, "a/b/z.py a/b/c/y.py")
        assert places(projects, "  resources: [a/b]") == {"/c/y.py": "a/b/c/y.py", "/z.py": "a/b/z.py"}

    def test_a_package(self, projects):
        make(projects, "pkg/__init__.py pkg/a.py drivers/pkg/__init__.py")
        assert places(projects, "  resources: [pkg, drivers/pkg]") == {
            "/drivers/pkg/__init__.py": "drivers/pkg/__init__.py",
            "/pkg/__init__.py": "pkg/__init__.py",
            "/pkg/a.py": "pkg/a.py",
        }

    def test_unpack_says_otherwise(self, projects):
        make(projects, "pkg/__init__.py libs/a.py deep/down/b.py")
        yaml = "  resources: [pkg: {unpack: true}, libs: {unpack: false}, deep/down/b.py: {unpack: true}]"
        assert places(projects, yaml) == {
            "/__init__.py": "pkg/__init__.py",
            "/b.py": "deep/down/b.py",
            "/libs/a.py": "libs/a.py",
        }

    def test_a_resource_with_everything_of_its_own(self, projects):
        make(projects, "shared/web/index.html shared/web/style.css shared/web/notes.txt")
        yaml = (
            "  resources:\n    - web:\n        path: shared\n        install-dir: www\n"
            "        include-patterns: ['**/*.html', '**/*.css']\n        exclude-patterns: ['*.css']\n"
        )
        assert places(projects, yaml) == {"/www/index.html": "shared/web/index.html"}

    def test_the_later_resource_wins(self, projects):
        make(projects, "common/config.py common/a.py mine/config.py")
        assert places(projects, "  resources: [common, mine]") == {
            "/a.py": "common/a.py",
            "/config.py": "mine/config.py",
        }

    def test_a_file_and_a_directory_in_one_place(self, projects):
        make(projects, "one/x two/x/a.py")
        yaml = "  include-patterns: ['**']\n  resources:\n    - one\n    - two"
        with pytest.raises(ConfigError, match=r"line 5: /x would be a file \(.*\) and a directory"):
            read(projects, yaml)

    def test_odd_names(self, projects):
        odd = ["it's.py", 'two "words".py', "-rf.py", "üñí 🐍.py", "new\nline.py", "a\\b.py", "[x].py"]
        make(projects, "libs/")
        for name in odd:
            (projects / "libs" / name).write_text("x")
        tree, _ = read(projects, "  resources: [libs]")
        assert set(tree.files) == {f"/{name}" for name in odd}


class TestLeftOut:
    def test_names_with_dots_and_caches(self, projects):
        make(projects, "libs/a.py libs/.b.py libs/.git/c.py libs/__pycache__/d.py libs/e.py.~iot")
        assert set(places(projects, "  resources: [libs]")) == {"/a.py"}

    def test_excluded_here_and_there(self, projects):
        make(projects, "libs/a.py libs/data/b.py libs/tests/c.py libs/sub/tests/d.py")
        yaml = "  exclude-patterns: [/data, tests]\n  resources: [libs]"
        assert set(places(projects, yaml)) == {"/a.py"}
        _, rules = read(projects, yaml)
        assert rules.protect("/data/log.csv") and rules.protect("/old/tests/c.py")

    def test_a_pattern_begins_at_the_root_of_the_board(self, projects):
        make(projects, "libs/a.py libs/data/b.py")
        yaml = "  install-dir: /lib\n  exclude-patterns: [/data]\n  resources: [libs]"
        assert set(places(projects, yaml)) == {"/lib/a.py", "/lib/data/b.py"}

    @pytest.mark.parametrize("pattern", ["/etc/*", "../*.py"])
    def test_a_pattern_that_leads_elsewhere(self, projects, pattern):
        make(projects, "libs/a.py")
        with pytest.raises(ConfigError, match=r"boards\.yaml, line 4: .* a pattern is relative"):
            read(projects, f"  include-patterns: ['{pattern}']\n  resources: [libs]")

    @pytest.mark.parametrize(
        ("name", "install_dir"), [(".env", "/"), ("a/.b/c.py", "/"), ("c.py", "/.hidden"), ("c.~iot", "/")]
    )
    def test_what_is_never_copied_is_no_resource(self, projects, name, install_dir):
        make(projects, name)
        with pytest.raises(ConfigError, match=r"line 3: .*names "):
            read(projects, f"  resources: [{{{name}: {install_dir}}}]")

    def test_a_name_that_is_no_text(self, projects):
        make(projects, "libs/")
        Path(os.fsdecode(bytes(projects / "libs") + b"/\xff.py")).write_text("x")
        with pytest.raises(ConfigError, match=r"/\\udcff\.py: a name has to be Unicode text"):
            read(projects, "  resources: [libs]")


class TestDirectories:
    def test_empty_ones(self, projects):
        make(projects, "libs/a.py libs/data/ libs/docs/x.md libs/deep/down/ libs/cache/__pycache__/")
        tree, _ = read(projects, "  resources: [libs]")
        assert tree.directories == {"/data", "/deep/down", "/cache"}

    def test_only_where_a_pattern_means_directories(self, projects):
        make(projects, "libs/a.py libs/data/")
        tree, _ = read(projects, "  include-patterns: ['**']\n  resources: [libs]")
        assert tree.directories == set()

    def test_links(self, projects):
        make(projects, "libs/sub/a.py other/b.py")
        (projects / "libs" / "sub" / "up").symlink_to(projects / "libs")
        (projects / "libs" / "away").symlink_to(projects / "other")
        (projects / "libs" / "c.py").symlink_to(projects / "other" / "b.py")
        assert set(places(projects, "  resources: [libs]")) == {"/away/b.py", "/c.py", "/sub/a.py"}


class TestMissing:
    @pytest.mark.parametrize(
        ("there", "why"),
        [
            ("other/", r"'libs' \(boards\.yaml, line 3\): there is no .*/libs$"),
            ("libs/", "/libs is empty$"),
            ("libs/.git/config libs/__pycache__/a.py", "/libs is empty$"),
            ("libs/readme.txt libs/boot_out.txt", "/libs has no file that its patterns allow$"),
        ],
    )
    def test_a_directory(self, projects, there, why):
        make(projects, f"main.py {there}")
        tree, _ = read(projects, "  resources: [libs, main.py]")
        (said,) = tree.missing
        assert re.search(why, said), said
        assert set(tree.files) == {"/main.py"}

    def test_a_file(self, projects):
        tree, _ = read(projects, "  resources: [nosuch.py, main.py/a.py]")
        assert len(tree.missing) == 2

    def test_links_to_nothing(self, projects):
        make(projects, "libs/a.py")
        for name in ("gone.py", "gone.txt"):
            (projects / "libs" / name).symlink_to(projects / name)
        (projects / "libs" / "round.py").symlink_to(projects / "libs" / "round.py")
        tree, _ = read(projects, "  resources: [libs]")
        assert [said.rpartition("/")[2] for said in tree.missing] == [
            "gone.py is a link that leads nowhere",
            "round.py is a link that leads nowhere",
        ]
        assert set(tree.files) == {"/a.py"}

    def test_what_is_no_file(self, projects):
        make(projects, "libs/a.py")
        os.mkfifo(projects / "libs" / "pipe.py")
        os.mkfifo(projects / "pipe")
        tree, _ = read(projects, "  resources: [libs, pipe]")
        assert set(tree.files) == {"/a.py"}
        (said,) = tree.missing
        assert said.endswith("pipe is no file")

    def test_an_empty_file_is_a_file(self, projects):
        make(projects, "libs/")
        (projects / "libs" / "__init__.py").touch()
        tree, _ = read(projects, "  resources: [libs]")
        assert tree.missing == ()

    def test_no_resources(self, projects):
        with pytest.raises(ConfigError, match=r"boards\.yaml, line 1: 'lamp' has no resources"):
            read(projects, "")

    def test_what_cannot_be_read(self, projects, monkeypatch):
        """Root may read everything, so the operating system's refusal is played."""
        make(projects, "libs/a.py")

        def refuse(path):
            raise PermissionError(13, "Permission denied", str(path))

        for target, name in ((Path, "read_bytes"), (os, "listdir")):
            with monkeypatch.context() as patch:
                patch.setattr(target, name, refuse)
                with pytest.raises(
                    ConfigError, match=r"'libs': .*/libs.* cannot be read \(Permission denied\)"
                ):
                    read(projects, "  resources: [libs]")
        with monkeypatch.context() as patch:
            patch.setattr(Path, "stat", lambda path, **_: refuse(path))
            with pytest.raises(ConfigError, match="cannot be read"):
                config = DeviceConfig("lamp", UID, projects / "b.yaml", 1)
                resource = Resource("libs", projects, "/", None, DEFAULT_INCLUDE, DEFAULT_EXCLUDE)
                read_host(replace(config, resources=(resource,)))

    def test_more_than_any_board_holds(self, projects, monkeypatch):
        monkeypatch.setattr(host, "LIMIT", 10)
        make(projects, "libs/abc.py")
        with pytest.raises(ConfigError, match="more than 10 bytes"):
            read(projects, "  resources: [libs]")


class TestMirrored:
    def mirrored(self, projects, yaml):
        make(projects, "main.py libs/a.py pkg/__init__.py web/index.py")
        return read(projects, yaml)[1].mirrored

    def test_the_devices_directory(self, projects):
        assert self.mirrored(projects, "  resources: [main.py]") == {"/"}
        assert self.mirrored(projects, "  resources: [libs]") == {"/"}
        assert self.mirrored(projects, "  install-dir: /flash\n  resources: [libs]") == {"/flash"}

    def test_a_file_elsewhere_has_nothing_but_its_place(self, projects):
        yaml = "  install-dir: /lib\n  resources: [libs, main.py: /]"
        assert self.mirrored(projects, yaml) == {"/lib"}

    def test_a_directory_elsewhere_has_what_it_makes(self, projects):
        yaml = "  install-dir: /lib\n  resources: [libs, web: /www, pkg: /]"
        assert self.mirrored(projects, yaml) == {"/lib", "/www", "/pkg"}

    def test_nothing_goes_to_the_devices_directory(self, projects):
        assert self.mirrored(projects, "  resources: [libs: /lib, web: {install-dir: /www}]") == {
            "/lib",
            "/www",
        }

    def test_the_patterns_of_a_resource_hold_in_its_directory(self, projects):
        make(projects, "web/index.html main.py")
        yaml = (
            "  exclude-patterns: [/data]\n  resources:\n    - main.py\n    - web:\n"
            "        install-dir: /www\n        exclude-patterns: '*.tmp'\n"
            "        include-patterns: '*.html'\n"
        )
        _, rules = read(projects, yaml)
        assert rules.protect("/data/x") and rules.protect("/www/a.tmp")
        assert not rules.protect("/a.tmp")


class TestModules:
    def test_which_are_compiled(self, projects):
        make(projects, "main.py libs/a.py libs/boot.py libs/sub/main.py libs/b.mpy libs/c.txt tool.py")
        yaml = "  mpy: true\n  include-patterns: '**'\n  resources: [main.py, libs, tool.py: {mpy: false}]"
        tree, _ = read(projects, yaml)
        assert {path: file.compile_to for path, file in tree.files.items() if file.compile_to} == {
            "/a.py": "/a.mpy"
        }
        assert tree.has_modules

    def test_a_compiled_module_that_a_pattern_covers_stays_a_source(self, projects):
        make(projects, "libs/a.py")
        yaml = "  mpy: true\n  exclude-patterns: ['*.mpy']\n  resources: [libs]"
        assert not read(projects, yaml)[0].has_modules

    def test_compiled(self, projects):
        make(projects, "libs/a.py libs/b.mpy")
        tree, _ = read(projects, "  mpy: true\n  resources: [libs]")
        compiled = tree.compiled(lambda file, path: f"M{path}{file.data.decode()}".encode())
        assert {path: (file.data, file.hidden_by) for path, file in compiled.files.items()} == {
            "/a.mpy": (b"M/a.pylibs/a.py", "/a.py"),
            "/b.mpy": (b"libs/b.mpy", ""),
        }

    def test_two_compiled_modules_for_one_place(self, projects):
        make(projects, "libs/a.py libs/a.mpy")
        tree, _ = read(projects, "  mpy: true\n  resources: [libs]")
        with pytest.raises(ConfigError, match=r"line 4: .*a\.py is compiled to /a\.mpy, and .*a\.mpy goes"):
            tree.compiled(lambda file, path: b"M")


class TestFindModule:
    YAML = "  install-dir: /lib\n  resources: [libs, pack, one.py, gone]"

    @each(
        ("name", "found"),
        [
            ("a", "libs/a.py"),
            ("b", "libs/sub/b.mpy"),
            ("sub.b", "libs/sub/b.mpy"),
            ("pack", "pack/__init__.py"),
            ("pack.c", "pack/c.py"),
            ("one", "one.py"),
            ("readme", None),
            ("nosuch", None),
            ("..", None),
        ],
    )
    def test_names(self, projects, name, found):
        make(projects, "libs/a.py libs/sub/b.mpy libs/readme.txt pack/__init__.py pack/c.py one.py")
        where = find_module(configured(projects, self.YAML), name)
        assert where == (found and projects / found)

    def test_only_so_many_files_are_looked_at(self, projects, monkeypatch):
        make(projects, "libs/a.py libs/b.py")
        monkeypatch.setattr(host, "MOST_NAMES", 1)
        config = configured(projects, "  resources: [libs]")
        assert [find_module(config, name) is None for name in "ab"] == [False, True]

    def test_what_is_excluded_is_not_found(self, projects):
        make(projects, "libs/a.py")
        config = configured(projects, "  exclude-patterns: ['/a.py']\n  resources: [libs]")
        assert find_module(config, "a") is None
