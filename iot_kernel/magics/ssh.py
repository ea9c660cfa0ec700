"""%%ssh: a script on another computer."""

from __future__ import annotations

import argparse

from iot_kernel.magics.magic import MagicContext, argument, cell_magic
from iot_kernel.magics.scripts import Write, conclude, run_script, script_arguments
from iot_kernel.openssh.target import SshTarget
from iot_kernel.services.far_shell import far_script
from iot_kernel.services.job import Job
from iot_kernel.services.ssh import FAILED, calling, explain, lost, resolve
from iot_kernel.syntax.cell import CellMagic

PORTS = range(1, 65536)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) not in PORTS:
        raise argparse.ArgumentTypeError(f"'{text}' is no port number")
    return int(text)


@cell_magic("ssh")
@argument("-p", "--port", type=_port, help="port; default: what ssh's configuration says, or 22")
@argument("--password", help="password, if the server asks for one; better kept in the secrets file")
@argument("-s", "--shell", help="what runs the cell there; default: the login shell")
@script_arguments
@argument("host", help="name, address, or name in ~/.ssh/config; user@ before it, or the user is root")
def ssh(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Pass cell body to ssh.

    Runs the cell as a shell script on another computer, by OpenSSH's program with its
    configuration, keys, agent and known hosts. A computer whose key is not known is not
    trusted: log in there once in a terminal. Output appears as it comes. The cell fails
    if its last command does. An interrupt ends what the script started there.
    """
    target = resolve(args.host, args.port, ctx.interruptible)
    password, source = _password(ctx, args.password, target)
    script = far_script(cell.body, shell=args.shell, login=True)
    with calling(target, script.line, password) as call:

        def job(out: Write, err: Write) -> Job:
            return Job(call.command, out, err, data=script.data, environment=call.environment)

        ended = run_script(ctx, args, job)
        said = call.said
    if ended.returncode == FAILED and (problem := said.strip() or lost(ended.last_errors)):
        raise explain(target, problem, source)
    ctx.err(said)
    conclude(args, ended, f"the script on {target.hostname}")


def _password(ctx: MagicContext, given: str | None, target: SshTarget) -> tuple[str | None, str | None]:
    """The password for a server, and where it came from, for people."""
    if given is not None:
        return given, "given with --password"
    configuration = ctx.registry.configuration
    known = configuration.secrets().ssh
    for host in (target.host, target.hostname):
        for name in (f"{target.user}@{host}", host):
            if name in known:
                return known[name], f"ssh_pwds['{name}'] in {configuration.places.secrets}"
    return None, None
