"""`DevicePrograms`: what a board starts by itself, made of the cells of notebooks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from iot_kernel.api.calls import DeviceCalls
from iot_kernel.boards.session import Session
from iot_kernel.config import Configuration, DeviceConfig
from iot_kernel.deployment.deploy import WATCH_TIME, Deployed, Report, deploy, roll_back
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.device import Device
from iot_kernel.repl.turn_state import drop


@dataclass(frozen=True, slots=True)
class Deployment:
    """What a deployment did, or would do.

    Attributes:
        number: of the program on the board.
        deletes: files that the program before had, and this one has not.
        adds: files that it had not.
        updates: files that are different.
        was_there: the board had this program already; all three are empty then.
        is_done: the board starts it at each boot.
        output: what it printed while the board was watched.
        notes: what else the user should know.
    """

    number: int
    deletes: tuple[str, ...]
    adds: tuple[str, ...]
    updates: tuple[str, ...]
    was_there: bool
    is_done: bool
    output: str
    notes: tuple[str, ...]


class DevicePrograms:
    """The programs that one board starts by itself, as ``%deploy`` brings them: `iot_kernel.Device.programs`.

    Args:
        calls: to the board.
    """

    def __init__(self, calls: DeviceCalls) -> None:
        self._calls = calls

    def __repr__(self) -> str:
        return f"<DevicePrograms {self._calls}>"

    def deploy(
        self,
        notebook: str | os.PathLike[str],
        *,
        dry_run: bool = False,
        rehearse: bool = True,
        watch: bool = True,
        seconds: float = WATCH_TIME,
        mpy: bool = False,
        on_output: TextSink | None = None,
    ) -> Deployment:
        """Makes the board start cells of a notebook by itself, and leaves the program running.

        Whatever happens meanwhile, the board starts the old program or the new one. Where the new one does
        not come up, it starts the old one. The next call interrupts the program that runs.

        Args:
            notebook: its file, whose cells say what they become.
            dry_run: only compare it with the program that the board starts.
            rehearse: try it on a virtual board first.
            watch: start it once and see whether it comes up, before the board starts it at each boot.
            seconds: for each of the two.
            mpy: compile modules.
            on_output: takes what the program prints, in the rehearsal and then on the board, as it comes;
                must not use the board.

        Raises:
            DeployError: it cannot be deployed, or did not come up; ``output`` is what the program printed.
            CompileError: a module cannot be compiled for the board.
            Exception: as `iot_kernel.Device.exec` does.
        """
        path = Path(notebook).absolute()

        def run(device: Device) -> Deployment:
            with self._calls.taking_output(on_output or drop) as take:
                done = deploy(
                    device,
                    path,
                    config=entry_of(self._calls.registry.configuration, device),
                    dry_run=dry_run,
                    rehearses=rehearse,
                    watches=watch,
                    seconds=seconds,
                    mpy=mpy,
                    report=Report(on_step=self._step, on_output=take),
                )
            note_deployed(self._calls.session, done)
            return _told(done)

        return self._calls.run(run)

    def roll_back(self, *, seconds: float = WATCH_TIME, on_output: TextSink | None = None) -> int:
        """Has the board start the program before the present one, and leaves that running.

        Args:
            seconds: for which it is watched.
            on_output: takes what it prints; as for `deploy`.

        Returns:
            Its number; 0 for what was there before the first deployment.

        Raises:
            DeployError: there is none before it.
            Exception: as `iot_kernel.Device.exec` does.
        """

        def run(device: Device) -> int:
            with self._calls.taking_output(on_output or drop) as take:
                report = Report(on_step=self._step, on_output=take)
                number, _, _ = roll_back(device, seconds=seconds, report=report)
            return number

        return self._calls.run(run)

    def _step(self, _: str) -> None:
        self._calls.stop_if_asked()


def note_deployed(session: Session, done: Deployed) -> None:
    """Has errors show lines of the modules of a program that was deployed.

    Args:
        session: which remembers where files of its board came from.
        done: what was done.
    """
    prepared = done.prepared
    if done.is_done and not prepared.is_deployed:
        layout, number = prepared.state.layout, prepared.plan.number
        paths = {layout.path(number, path): file for path, file in prepared.origins.items()}
        session.note_copied(paths, set(paths))


def entry_of(configuration: Configuration, device: Device) -> DeviceConfig | None:
    """Returns the board's entry in a device file, if it has one."""
    uid = device.info.uid if device.info else ""
    return configuration.by_uid(uid) if uid else None


def _told(done: Deployed) -> Deployment:
    prepared = done.prepared
    plan, current = prepared.plan, prepared.state.layout.current
    notes = list(prepared.notes)
    if done.rehearsed is not None:
        notes += [done.rehearsed.left_out] if done.rehearsed.left_out else []
        lacking = done.rehearsed.lacking
        notes += [f"a virtual board has no {', '.join(lacking)}"] if lacking else []
    return Deployment(
        current.number if prepared.is_deployed and current is not None else plan.number,
        plan.deletes,
        plan.adds,
        plan.updates,
        prepared.is_deployed,
        done.is_done,
        done.watched.output if done.watched is not None else "",
        tuple(notes),
    )
