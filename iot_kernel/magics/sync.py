"""Magics that make a board's files those of directories on this computer, and show what that would do."""

from __future__ import annotations

import argparse

from iot_kernel.api.syncing import carry_out, check_done, described
from iot_kernel.device.device import Device
from iot_kernel.magics.colours import green
from iot_kernel.magics.magic import MagicContext, argument, line_magic
from iot_kernel.magics.on_option import on_option
from iot_kernel.magics.plan_table import plan_table
from iot_kernel.magics.progress import Progress, TransferProgress
from iot_kernel.magics.tables import show
from iot_kernel.sync.apply import check_free_space
from iot_kernel.sync.compare import Compared, compare
from iot_kernel.sync.plan import SyncPlan
from iot_kernel.text import byte_order_notes


@line_magic("rdiff")
@on_option
@argument("--upload-only", dest="upload_only", action="store_true", help=argparse.SUPPRESS)
@argument("-n", "--dry-run", action="store_true", help=argparse.SUPPRESS)
@argument("-u", "--upload_only", action="store_true", help="leave out what would be deleted")
def rdiff(ctx: MagicContext, args: argparse.Namespace) -> str:
    """Show differences between microcontroller and host directories

    Prints what '%rsync' would do, and does nothing.
    """
    compared = _compared(ctx, ctx.session.device(), upload_only=args.upload_only)
    _finish(ctx, compared.plan, [], upload_only=args.upload_only)
    return _counts(compared.plan)


@line_magic("rsync")
@on_option
@argument("--upload-only", dest="upload_only", action="store_true", help=argparse.SUPPRESS)
@argument("-u", "--upload_only", action="store_true", help="delete nothing")
@argument("-n", "--dry-run", action="store_true", help="only show what would be done, as %%rdiff does")
def rsync(ctx: MagicContext, args: argparse.Namespace) -> str:
    """Synchronize microcontroller to host directories

    Makes the files of the board those that its device file lists as resources:
    deletes what is not there, adds what is new and replaces what has another content.

    Only directories that resources are copied to lose files, never those that a pattern
    of exclude-patterns covers, nor names that begin with a dot, nor other file systems
    (/sd). Nothing is deleted while a resource is missing or empty.

    Sets the board's clock if it is off by more than three seconds, so that
    files get the right times.
    """
    device = ctx.session.device()
    compared = _compared(ctx, device, upload_only=args.upload_only)
    problems = [] if args.dry_run else _carry_out(ctx, device, compared)
    _finish(ctx, compared.plan, problems, upload_only=args.upload_only)
    return _counts(compared.plan)


def _compared(ctx: MagicContext, device: Device, *, upload_only: bool) -> Compared:
    """Compares board and host, and shows the plan.

    Raises:
        SyncError: the board has not the space for it.
    """
    config = described(ctx.registry.configuration, device)
    with Progress(ctx, "comparing files", keep=False):
        compared = compare(config, device, upload_only=upload_only)
    show(ctx, plan_table(compared.plan.deletes, compared.plan.adds, compared.plan.updates))
    check_free_space(compared.plan, compared.board, device.files)
    return compared


def _carry_out(ctx: MagicContext, device: Device, compared: Compared) -> list[str]:
    plan = compared.plan
    if plan.is_empty:
        return carry_out(ctx.session, device, compared, lambda done: None)
    try:
        with TransferProgress(ctx, "copying", plan.size) as progress:
            problems = carry_out(ctx.session, device, compared, progress.update)
    except BaseException:
        ctx.err("stopped: each file is the old one or the new one, and '%rsync' again does the rest\n")
        raise
    for note in byte_order_notes(plan.contents):
        ctx.err(f"{note}\n")
    return problems


def _counts(plan: SyncPlan) -> str:
    """A plan in a few words."""
    counts = {"delete": len(plan.deletes), "add": len(plan.adds), "update": len(plan.updates)}
    return ", ".join(f"{what} {count}" for what, count in counts.items() if count) or "directories match"


def _finish(ctx: MagicContext, plan: SyncPlan, problems: list[str], *, upload_only: bool) -> None:
    """Says what else there is to say.

    Raises:
        SyncError: something is not done, and will not be done by another run either.
    """
    ctx.out("".join(f"{note}\n" for note in plan.notes))
    if plan.missing and upload_only:
        ctx.err("".join(f"{source}\n" for source in plan.missing))
    check_done(plan, problems, upload_only=upload_only)
    if plan.is_empty:
        ctx.out(green("Directories match") + "\n")
