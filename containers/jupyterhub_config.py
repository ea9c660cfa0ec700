"""A class on one computer: an account for each student, one password for all of them, no other service.

CLASS_PASSWORD has 8 characters or more. Whoever knows it can enter as any student: it is for a class in one
room, not for the Internet. TEACHER_PASSWORD, 32 characters or more, is for the user `teacher`, who may start
and stop the servers of the others; without one there is no teacher.
"""

import os
import pwd
import subprocess
from pathlib import Path

HOMES = Path("/home")

c = get_config()  # noqa: F821 - JupyterHub gives it
c.JupyterHub.bind_url = "http://:8000"
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["CLASS_PASSWORD"]
c.SharedPasswordAuthenticator.admin_password = os.environ.get("TEACHER_PASSWORD")
c.Authenticator.admin_users = {"teacher"}
c.Authenticator.allow_all = True
c.Authenticator.blocked_users = {entry.pw_name for entry in pwd.getpwall()}  # root and others of the image
c.Authenticator.username_pattern = "[a-z][a-z0-9-]{0,30}$"  # what Linux takes for an account
c.Spawner.default_url = "/lab"
c.Spawner.environment = {"IOT_LISTEN": "off"}  # a container's network has no boards that announce themselves


def add_account(name: str, *options: str) -> None:
    """Make a Linux account, unless there is one."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        words = ["--shell", "/bin/bash", "--groups", "dialout", "--create-home", *options]
        command = ["useradd", *words, "--", name]
        subprocess.run(command, check=True)


def before_start(spawner: object) -> None:
    """Give a student who comes for the first time an account and a home directory."""
    add_account(spawner.user.name)


# A new container knows the accounts of an older one by the home directories, which outlive it.
for home in sorted(HOMES.iterdir()):
    add_account(home.name, "--uid", str(home.stat().st_uid))
c.Spawner.pre_spawn_hook = before_start
