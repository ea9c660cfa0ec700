"""Containers by their names, on engines that are there, that are not, and that do not work."""

import json
from contextlib import contextmanager

import pytest

from iot_kernel.services.containers import VARIABLE, Container, explain, find
from iot_kernel.services.errors import HostServiceError
from tests.each import each
from tests.services.box import script

# As docker 20.10 prints it.
DOCKER = """\
{"Command":"\\"/bin/sleep 1\\"","ID":"8a615c870eb2","Labels":"x=a,b,com.docker.compose.service=web,y=",\
"Names":"proj-web-1","State":"running"}
{"Command":"\\"/bin/sleep 1\\"","ID":"97dbd1cf0093","Labels":"","Names":"gcc_1_2","State":"running"}
""".splitlines()


@contextmanager
def uninterrupted(stop):
    yield


@pytest.fixture(autouse=True)
def programs(tmp_path, monkeypatch):
    """Where programs are looked for, and nowhere else: at first there are none."""
    directory = tmp_path / "programs"
    directory.mkdir()
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.delenv(VARIABLE, raising=False)
    return directory


def engine(path, *rows, status=0):
    """Makes an engine that lists what it is given, one object a line."""
    lines = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    if status:
        script(path, f"#!/bin/sh\nprintf '%s\\n' '{lines}' >&2\nexit {status}\n")
    else:
        script(path, f"#!/bin/sh\n[ $1 = ps ] && printf '%s\\n' '{lines}'\n")


def row(name, number="", labels=""):
    return {"Names": name, "ID": number or f"{abs(hash(name)):012x}"[:12], "Labels": labels}


def name_of(wanted, engine=None):
    return find(wanted, engine, uninterrupted).name


def problem(wanted, engine=None):
    with pytest.raises(HostServiceError) as caught:
        find(wanted, engine, uninterrupted)
    return str(caught.value)


@pytest.fixture(scope="module")
def real(podman):
    """Podman with some containers."""
    podman.start("proj-web-1", "--label=com.docker.compose.service=web")
    podman.start("gcc_1_2")
    yield podman
    podman.run("rm", "--all", "--force", "--time=0")


@pytest.mark.parametrize("wanted", ["gcc", "gcc_1_2"])
def test_a_container_of_podman(real, programs, wanted):
    (programs / "podman").symlink_to(real.program)
    found = find(wanted, None, uninterrupted)
    assert (found.engine, found.name, found.service) == (("podman",), "gcc_1_2", "")
    assert len(found.number) == 64


def test_podman_knows_services_and_numbers(real, programs):
    (programs / "podman").symlink_to(real.program)
    found = find("web", None, uninterrupted)
    assert (found.name, found.service) == ("proj-web-1", "web")
    assert name_of(found.number) == name_of(found.number[:12]) == "proj-web-1"


def test_docker(programs):
    engine(programs / "docker", *DOCKER)
    assert find("web", None, uninterrupted) == Container(("docker",), "proj-web-1", "8a615c870eb2", "web")
    assert name_of("97dbd1cf0093") == "gcc_1_2"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("web", "web"),  # the name itself, though others are called so as well
        ("supervisor", "balena_supervisor"),  # the service
        ("balena", "balena_supervisor"),  # what stands before the first _
        ("gcc", "gcc_17_42"),
        ("proj-db", "proj-db-1"),  # without the numbers at its end
        ("proj_db", "proj_db_1"),
    ],
)
def test_ways_to_call_one(programs, wanted, found):
    engine(
        programs / "docker",
        row("web"),
        row("proj-web-1", labels="com.docker.compose.service=web"),
        row("balena_supervisor", labels="io.balena.service-name=supervisor"),
        row("gcc_17_42"),
        row("proj-db-1"),
        row("proj_db_1"),
        row("1234567890ab"),
    )
    assert name_of(wanted) == found


def test_several_that_are_called_so(programs):
    engine(programs / "docker", row("db-2"), row("db-1"), row("web"))
    assert problem("db") == "db: several containers have this name; give the whole name: db-1, db-2"


def test_none_that_is_called_so(programs):
    engine(programs / "docker", row("proj-web-1", labels="com.docker.compose.service=web"), row("db"))
    assert problem("nope") == (
        "nope: no running container has this name; running: db, web (proj-web-1); 'host' is this computer "
        "itself"
    )
    engine(programs / "docker")
    assert "none is running" in problem("nope")


@pytest.mark.parametrize("wanted", ["", "*", "-x", "a b", "97dbd1cf009"])
def test_odd_names_mean_nothing(programs, wanted):
    engine(programs / "docker", *DOCKER)
    assert "no running container" in problem(wanted)


def test_all_engines_are_asked(programs):
    engine(programs / "docker", row("one"))
    engine(programs / "podman", row("two"))
    assert find("one", None, uninterrupted).engine == ("docker",)
    assert find("two", None, uninterrupted).engine == ("podman",)
    assert "running: one, two" in problem("three")


def test_one_engine_under_two_names(programs):
    engine(programs / "docker", *DOCKER)
    (programs / "podman").symlink_to("docker")
    assert find("gcc", None, uninterrupted).engine == ("docker",)


def test_an_engine_that_does_not_work_hides_none_that_does(programs):
    engine(programs / "docker", "Cannot connect to the Docker daemon", status=1)
    engine(programs / "podman", row("one"))
    assert name_of("one") == "one"


def test_no_engine_that_works(programs):
    engine(programs / "docker", "Cannot connect to the Docker daemon at unix:///x", status=1)
    assert problem("x") == "containers: docker: Cannot connect to the Docker daemon at unix:///x"
    engine(programs / "docker", "Got permission denied while trying to connect", status=1)
    assert problem("x").endswith(
        "connect; only its group may use it: 'sudo usermod -aG docker $USER', then log in again"
    )


def test_no_engine():
    assert problem("x") == "containers: no engine is installed here (docker, podman or balena-engine)"


def test_the_engine_can_be_chosen(programs, monkeypatch):
    engine(programs / "docker", row("one"))
    engine(programs / "podman", row("one"))
    engine(programs / "env", row("three"))
    assert find("one", "podman", uninterrupted).engine == ("podman",)
    monkeypatch.setenv(VARIABLE, "podman")
    assert find("one", None, uninterrupted).engine == ("podman",)
    assert find("one", "docker", uninterrupted).engine == ("docker",)
    assert problem("one", "nosuch") == "nosuch: is not installed, or not on PATH"


def test_an_engine_may_be_several_words(programs):
    script(programs / "docker", f"#!/bin/sh\n[ \"$1 $2\" = '-H ssh://pi' ] && printf '%s\\n' '{DOCKER[1]}'\n")
    found = find("gcc", "docker -H 'ssh://pi'", uninterrupted)
    assert found.enter(["sh"], "me") == [
        "docker",
        "-H",
        "ssh://pi",
        "exec",
        "-i",
        "-u",
        "me",
        "gcc_1_2",
        "sh",
    ]


@pytest.mark.parametrize(
    "text", ["nonsense", "[1]", '{"ID":"1"}', '{"Names":7}', "[{}]", '{"Names":[]}', "[" * 9999]
)
def test_an_engine_that_lists_otherwise(programs, text):
    engine(programs / "docker", text)
    assert problem("x") == "docker: lists its containers in a form that this kernel does not know"


@pytest.mark.parametrize("engine", ["'", "   "])
def test_an_engine_that_is_no_command(engine):
    assert "no command of an engine" in problem("x", engine)


ENTERED = Container(("docker",), "web-1", "8a615c870eb2")


@each(
    ("said", "words"),
    [
        ("unable to find user me: no matching entries in passwd file\r\n", "no user 'me'"),
        ("Error: unable to find user me: no matching entries in passwd file\n", "no user 'me'"),
        ("sh: line 0: /bin/bash: not found\n", "no shell '/bin/bash'"),
        ("sh: 1: /bin/bash: not found\n", "no shell '/bin/bash'"),
        (
            'OCI runtime exec failed: exec failed: exec: "sh": executable file not found in $PATH: unknown',
            "no shell",
        ),
        (
            "Error response from daemon: Container web-1 is paused, unpause the container before exec",
            "paused",
        ),
        (
            "Error: can only create exec sessions on running containers: container state improper",
            "not run any more",
        ),
    ],
)
def test_why_a_container_cannot_be_entered(said, words):
    error = explain(ENTERED, "me", "/bin/bash", said)
    assert str(error).startswith("web-1: ")
    assert words in str(error)


@pytest.mark.parametrize("said", ["", "bash: line 1: nosuch: command not found\n"])
def test_a_script_that_failed(said):
    assert explain(ENTERED, "me", "/bin/bash", said) is None
    assert explain(ENTERED, None, None, "sh: 1: /bin/bash: not found") is None
