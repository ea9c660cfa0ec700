"""Makes a board's files those of directories on this computer: what belongs there, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from iot_kernel.boards.session import Session
from iot_kernel.config import Configuration, DeviceConfig, Resource
from iot_kernel.config.device_files import DEFAULT_EXCLUDE, board_directory
from iot_kernel.device.clock import Clock
from iot_kernel.device.device import Device
from iot_kernel.errors import ConfigError
from iot_kernel.sync.apply import apply
from iot_kernel.sync.compare import Compared
from iot_kernel.sync.errors import SyncError
from iot_kernel.sync.plan import SyncPlan
from ukernel.directories import Places

#: What is copied of a directory that no device file describes: everything, empty directories as well.
_EVERYTHING = ("./**/*", "./**/")

_NO_UID = (
    "this board has no uid, by which a device file says what belongs on it; '%cp -r DIRECTORY :/' copies a "
    "directory to it"
)


def described(configuration: Configuration, device: Device) -> DeviceConfig:
    """What device files say of a board.

    Raises:
        SyncError: the board has no uid.
        ConfigError: no device file describes it, or one cannot be used.
    """
    uid = device.info.uid if device.info else ""
    if not uid:
        raise SyncError([_NO_UID])
    found = configuration.by_uid(uid)
    if found is None:
        problem = (
            f"no device file describes the board with the uid {uid}, so nothing is known to belong on it"
        )
        text = f"{problem}{_example(uid, configuration.places)}"
        raise ConfigError(str(configuration.places.devices), text)
    return found


def of_directory(source: Path, target: str) -> DeviceConfig:
    """What a device file would say whose only resource is a directory with all in it.

    Args:
        source: the directory.
        target: the directory of the board that gets what is in it.

    Raises:
        NotADirectoryError: it is none.
    """
    source = source.absolute()
    install = board_directory(target)
    if not source.is_dir():
        raise NotADirectoryError(20, "this is no directory, whose files would belong on a board", str(source))
    resource = Resource(".", source, install, True, _EVERYTHING, DEFAULT_EXCLUDE)
    return DeviceConfig(source.name, "", source, 0, install, resources=(resource,))


def carry_out(
    session: Session, device: Device, compared: Compared, on_progress: Callable[[int], None]
) -> list[str]:
    """Does what a plan says, after setting the board's clock where it is off, so that files get their times.

    Args:
        session: which remembers where the files came from.
        device: the board.
        compared: with the plan.
        on_progress: takes how many bytes of all files are dealt with.

    Returns:
        What could not be done; this, and what it raises, is as for `sync.apply.apply`.
    """
    if not compared.clock_is_right and not compared.board.is_flat:
        Clock(device).correct()
    problems = apply(compared.plan, device.files, on_progress)
    _note_copied(session, compared)
    return problems


def check_done(plan: SyncPlan, problems: Sequence[str], *, upload_only: bool) -> None:
    """Makes sure that all is done.

    Args:
        plan: that was carried out.
        problems: what `carry_out` returned.
        upload_only: nothing was to be deleted.

    Raises:
        SyncError: something is not done, and will not be done by another run either.
    """
    found = [*plan.blocked, *problems]
    if plan.missing and not upload_only:
        found += _refusal(plan)
    if found:
        raise SyncError(found)


def _example(uid: str, places: Places) -> str:
    """How to write the device file that is missing."""
    return (
        f". Write one such as {places.devices / 'my-board.yaml'}:\n\n"
        f'my-board:\n  uid: "{uid}"\n  resources:\n    - my-directory    # of {places.projects}'
    )


def _note_copied(session: Session, compared: Compared) -> None:
    """Has errors show lines of what is on the board now, and came from here."""
    there = compared.board.files.keys() | compared.plan.contents.keys()
    files = {path: file for path, file in compared.host.files.items() if path in there}
    sources = {file.hidden_by or path: file.source.absolute() for path, file in files.items()}
    sent = {files[path].hidden_by or path for path in compared.plan.contents if path in files}
    session.note_copied(sources, sent)


def _refusal(plan: SyncPlan) -> list[str]:
    count = f" ({plan.kept} files and directories are only there)" if plan.kept else ""
    return [
        f"nothing is deleted on the board{count}, because something that belongs on it is missing here:",
        *(f"  {source}" for source in plan.missing),
        "'%rsync -u' copies what is here, and deletes nothing",
    ]
