"""Arguments of magics in limited time, and the sub-kernel asked only where it is idle."""

import asyncio
import threading
from types import SimpleNamespace

from iot_kernel.boards.live_names import LiveNames
from iot_kernel.kernel import argument_help
from iot_kernel.kernel.argument_help import ArgumentHelp
from iot_kernel.kernel.completion import Completions, typed_magic
from iot_kernel.magics import build_registry
from iot_kernel.pipes.hub import Hub

MAGICS = build_registry()


class Subkernel:
    """Knows one variable, unless it is busy."""

    def __init__(self):
        self.is_busy = False
        self.hangs = False
        self.asked = 0

    async def ask_when_idle(self, kind, question, data):
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        return None if self.is_busy else ({"status": "ok", "names": ["samples"]}, b"")


def play(scene):
    async def main():
        subkernel = Subkernel()
        session = SimpleNamespace(current=None, hub=Hub())
        wiring = SimpleNamespace(session=session, registry=None, magics=MAGICS, package_names={})
        await scene(ArgumentHelp(wiring, LiveNames(), subkernel), subkernel)

    asyncio.run(main())


async def complete(helper, code):
    typed = typed_magic(code, len(code))
    return await helper.complete(MAGICS.find(typed.title), typed, len(code))


def test_where_they_begin():
    async def scene(helper, _):
        found = await complete(helper, "x\n%cp --re")
        assert found == Completions(6, ["--recursive"], {"--recursive": "option"})

    play(scene)


def test_variables_of_host_cells():
    async def scene(helper, subkernel):
        assert (await complete(helper, "%push s")).names == ["samples"]
        subkernel.is_busy = True
        assert (await complete(helper, "%push s")).names == ["samples"]
        assert (await complete(helper, "%store -r ")).names == []
        assert subkernel.asked == 3

    play(scene)


def test_a_sub_kernel_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(argument_help, "HOST_PATIENCE", 0.01)

    async def scene(helper, subkernel):
        subkernel.hangs = True
        assert (await complete(helper, "%push s")).names == []

    play(scene)


def test_what_takes_too_long_is_nothing(monkeypatch):
    monkeypatch.setattr(argument_help, "PATIENCE", 0.01)
    go_on = threading.Event()
    monkeypatch.setattr(argument_help, "complete_arguments", lambda *_: go_on.wait())

    async def scene(helper, _):
        assert await complete(helper, "%push s") == Completions(7)
        go_on.set()

    play(scene)


def test_what_fails_is_nothing(monkeypatch):
    def fail(*_):
        raise ValueError

    monkeypatch.setattr(argument_help, "complete_arguments", fail)

    async def scene(helper, _):
        assert await complete(helper, "%push s") == Completions(7)

    play(scene)
