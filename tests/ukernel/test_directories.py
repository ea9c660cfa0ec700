from pathlib import Path

from tests.each import each
from ukernel.directories import Places, expand

HOME = {"HOME": "/home/ann"}


def test_defaults():
    places = Places.from_environment(HOME)
    assert places == Places(
        Path("/home/ann/projects"),
        Path("/home/ann/projects/devices"),
        Path("/home/ann/projects/libs"),
        Path("/home/ann/projects/libs/secrets.py"),
    )


def test_one_variable_moves_what_hangs_below_it():
    places = Places.from_environment(HOME | {"IOT_PROJECTS": "/srv/iot", "IOT_LIBS": "$IOT_PROJECTS/lib"})
    assert places.devices == Path("/srv/iot/devices")
    assert places.secrets == Path("/srv/iot/lib/secrets.py")


@each(
    ("value", "path"),
    [
        ("~/p", "/home/ann/p"),
        ("~", "/home/ann"),
        ("$HOME/p", "/home/ann/p"),
        ("${HOME}/p", "/home/ann/p"),
        ("$NOWHERE/p", "$NOWHERE/p"),
        ("/a/~/p", "/a/~/p"),
        ("$HOME$X", "/home/ann$X"),
    ],
)
def test_expansion(value: str, path: str):
    assert expand(value, HOME) == Path(path)


def test_an_empty_variable_is_unset():
    assert Places.from_environment(HOME | {"IOT_DEVICES": ""}).devices == Path("/home/ann/projects/devices")


def test_relative_places_are_made_absolute():
    assert Places.from_environment(HOME | {"IOT_PROJECTS": "work"}).projects == Path.cwd() / "work"


def test_variables_carry_the_places():
    places = Places.from_environment(HOME)
    assert expand("$IOT_LIBS/x", places.variables({})) == Path("/home/ann/projects/libs/x")
    assert expand("~root", {}).is_absolute()
