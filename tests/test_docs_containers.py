"""The recipe of the images, and the settings of the class's JupyterHub. Building them takes a registry."""

import os
import re
import runpy
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.services.box import script

ROOT = Path(__file__).parents[1]
RECIPE = (ROOT / "containers" / "Containerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PAGES = [(ROOT / "docs/how-to" / name).read_text() for name in ("containers.md", "classroom.md")]


def copied():
    return [word for line in re.findall(r"^COPY (.+) \S+$", RECIPE, re.MULTILINE) for word in line.split()]


def test_what_is_copied_is_there():
    assert [name for name in copied() if not (ROOT / name).exists()] == []


def test_the_wheel_is_made_from_what_is_copied():
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *(Path(name).parts[0] for name in wheel["shared-data"])}
    needed |= {"pyproject.toml", PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert needed <= set(copied())


def test_pages_build_targets_that_are_there():
    targets = set(re.findall(r"^FROM \S+ AS (\w+)$", RECIPE, re.MULTILINE))
    assert {name for page in PAGES for name in re.findall(r"--target (\w+)", page)} == targets


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Runs the settings, with a `useradd` that only notes its words; returns them and those words."""
    said = tmp_path / "said"
    script(tmp_path / "bin" / "useradd", f'#!/bin/sh\necho "$@" >> {said}\n')
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    monkeypatch.setenv("CLASS_PASSWORD", "swordfish")

    class Settings(SimpleNamespace):
        def __getattr__(self, name):
            setattr(self, name, Settings())
            return getattr(self, name)

    def run(homes):
        settings = Settings()
        monkeypatch.setattr(Path, "iterdir", lambda _: iter(homes))
        runpy.run_path(str(ROOT / "containers" / "jupyterhub_config.py"), {"get_config": lambda: settings})
        return settings, lambda: said.read_text().splitlines() if said.exists() else []

    return run


def test_accounts_of_earlier_containers_come_back_with_their_numbers(hub, tmp_path):
    home = tmp_path / "anna"
    home.mkdir()
    _, added = hub([home])
    assert added() == [f"--shell /bin/bash --groups dialout --create-home --uid {home.stat().st_uid} -- anna"]


def test_an_account_for_who_comes_for_the_first_time(hub):
    settings, added = hub([])
    settings.Spawner.pre_spawn_hook(SimpleNamespace(user=SimpleNamespace(name="ben")))
    settings.Spawner.pre_spawn_hook(SimpleNamespace(user=SimpleNamespace(name="root")))  # has an account
    assert added() == ["--shell /bin/bash --groups dialout --create-home -- ben"]
    assert "root" in settings.Authenticator.blocked_users
    assert settings.SharedPasswordAuthenticator.user_password == "swordfish"
    assert settings.SharedPasswordAuthenticator.admin_password is None


@pytest.mark.parametrize("name", ["anna", "student07", "mary-ann"])
def test_names_that_linux_takes(hub, name):
    settings, _ = hub([])  # JupyterHub calls re.match
    assert re.match(settings.Authenticator.username_pattern, name)
    for wrong in ("-r", "Anna", "a b", "../x", "", "a" * 40):
        assert not re.match(settings.Authenticator.username_pattern, wrong)
