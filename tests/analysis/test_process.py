"""The real process: it answers, and comes again after it died or hung."""

import asyncio
import os
import signal

import pytest

from iot_kernel.analysis import process
from iot_kernel.analysis.process import Analysis


@pytest.fixture
def stubs(tmp_path):
    (tmp_path / "machine.pyi").write_text("class Pin:\n    'A pin.'\n    def on(self) -> None: ...\n")
    return tmp_path


def run(scene):
    async def whole():
        analysis = Analysis()
        try:
            await scene(analysis)
        finally:
            await analysis.close()

    asyncio.run(whole())


def test_it_answers(stubs):
    async def scene(analysis):
        code = "import machine\nmachine.P"
        assert (await analysis.complete(stubs, "", code, len(code)))["Pin"].kind == "class"
        assert await analysis.signatures(stubs, "def f(alpha): pass\n", "f(", 2) == ["f(alpha)"]
        assert "A pin." in await analysis.help(stubs, "import machine\n", "machine.Pin", 9)
        assert await analysis.modules(stubs) == ["machine"]
        assert await analysis.help(None, "", "nothing", 3) is None

    run(scene)


def test_modules_of_this_computer_are_unknown(stubs):
    async def scene(analysis):
        for name in ("pytest", "iot_kernel", "numpy"):
            code = f"import {name}\n{name}."
            assert await analysis.complete(stubs, "", code, len(code)) == {}, name

    run(scene)


def test_one_that_died_is_started_again(stubs):
    async def scene(analysis):
        assert await analysis.modules(stubs) == ["machine"]
        os.kill(analysis._process.pid, signal.SIGKILL)
        await analysis.modules(stubs)
        assert await analysis.modules(stubs) == ["machine"]

    run(scene)


def test_one_that_hangs_is_given_up(stubs, monkeypatch):
    async def scene(analysis):
        assert await analysis.modules(stubs) == ["machine"]
        monkeypatch.setattr(process, "TIMEOUT", 0.2)
        hung = analysis._process
        os.kill(hung.pid, signal.SIGSTOP)
        assert await analysis.modules(stubs) == []
        assert hung.returncode is not None
        monkeypatch.setattr(process, "TIMEOUT", 30.0)
        assert await analysis.modules(stubs) == ["machine"]

    run(scene)


def test_questions_take_turns(stubs):
    async def scene(analysis):
        code = "import machine\nmachine."
        answers = await asyncio.gather(*[analysis.complete(stubs, "", code, len(code)) for _ in range(5)])
        assert all(answer["Pin"].kind == "class" for answer in answers)

    run(scene)


def test_a_cancelled_question_leaves_no_answer_behind(stubs):
    async def scene(analysis):
        await analysis.modules(stubs)
        asking = asyncio.ensure_future(analysis.complete(stubs, "", "import machine\nmachine.", 23))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await analysis.modules(stubs) == ["machine"]

    run(scene)
