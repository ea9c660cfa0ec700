"""%%service: a script in a container, or on this computer like in one."""

from __future__ import annotations

import argparse

from iot_kernel.errors import UsageError
from iot_kernel.magics.magic import MagicContext, argument, cell_magic
from iot_kernel.magics.scripts import conclude, run_script, script_arguments
from iot_kernel.services.containers import ENGINES, explain, find
from iot_kernel.services.errors import HostServiceError
from iot_kernel.services.far_shell import far_script, sourcing
from iot_kernel.services.job import Job
from iot_kernel.services.shell import ShellJob
from iot_kernel.syntax.cell import CellMagic

HOST = "host"


@cell_magic("service")
@argument("-u", "--user", help="user in the container; default: the container's own")
@argument("-s", "--shell", help="what runs the cell; default: bash, or sh where there is none")
@argument(
    "--engine",
    takes=ENGINES,
    help="docker, podman, ...; default: $IOT_CONTAINER_ENGINE, or any that is there",
)
@script_arguments
@argument("container", takes=HOST, help="name of a container or of its service; 'host' for this computer")
def service(ctx: MagicContext, args: argparse.Namespace, cell: CellMagic) -> None:
    """Send code to bash in named container for execution

    The container has to run. Its name may be shortened: to the name of its service, to
    what stands before the first "_", or by the numbers at its end. A file
    .init_CONTAINER.sh in the home directory there is sourced first, CONTAINER as given
    here. Output appears as it comes. The cell fails if its last command does. An
    interrupt ends everything that the script started.
    """
    init = f".init_{args.container}.sh"
    if args.container == HOST:
        _on_host(ctx, args, sourcing(init) + cell.body)
        return
    container = find(args.container, args.engine, ctx.interruptible)
    script = far_script(cell.body, shell=args.shell, init=init)
    command = container.enter(script.words, args.user)
    ended = run_script(ctx, args, lambda out, err: Job(command, out, err, data=script.data))
    said = f"{ended.last_output}\n{ended.last_errors}"  # docker complains of a user in the output
    if ended.returncode and (error := explain(container, args.user, args.shell, said)):
        raise error
    conclude(args, ended, f"the script in {container.name}")


def _on_host(ctx: MagicContext, args: argparse.Namespace, script: str) -> None:
    if args.user or args.engine:
        raise UsageError("%%service: error: 'host' is no container: it takes no --user and no --engine")
    try:
        ended = run_script(ctx, args, lambda out, err: ShellJob(script, out, err, shell=args.shell))
    except FileNotFoundError:
        raise HostServiceError(HOST, f"there is no shell '{args.shell}' on this computer") from None
    conclude(args, ended, "the script")
