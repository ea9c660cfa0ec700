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


def process_of(analysis):
    return analysis._start.result()


@pytest.mark.parametrize("delay", [0.0, 0.001, 0.01, 0.1])
def test_it_can_be_closed_while_it_starts(stubs, delay):
    """Nobody waits for it: a kernel that shuts down has no time."""

    async def scene(analysis):
        asking = asyncio.ensure_future(analysis.modules(stubs))
        await asyncio.sleep(delay)
        await asyncio.wait_for(analysis.close(), 20.0)
        assert await asyncio.wait_for(asking, 20.0) in ([], ["machine"])
        assert await analysis.modules(stubs) == []
        assert analysis._start is None

    asyncio.run(asyncio.wait_for(scene(Analysis()), 50.0))


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
        os.kill(process_of(analysis).pid, signal.SIGKILL)
        await analysis.modules(stubs)
        assert await analysis.modules(stubs) == ["machine"]

    run(scene)


def test_one_that_hangs_is_given_up(stubs, monkeypatch):
    async def scene(analysis):
        assert await analysis.modules(stubs) == ["machine"]
        monkeypatch.setattr(process, "TIMEOUT", 0.2)
        hung = process_of(analysis)
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


def test_one_that_hangs_holds_nobody_up_for_long(stubs, monkeypatch):
    monkeypatch.setattr(process, "TURN_TIMEOUT", 0.1)

    async def scene(analysis):
        assert await analysis.modules(stubs) == ["machine"]
        os.kill(process_of(analysis).pid, signal.SIGSTOP)
        hung = asyncio.ensure_future(analysis.modules(stubs))
        assert await asyncio.gather(*[analysis.modules(stubs) for _ in range(5)]) == [[]] * 5
        os.kill(process_of(analysis).pid, signal.SIGCONT)
        assert await hung == ["machine"]

    run(scene)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Where jedi keeps what it has read; there is something."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def complete_anew(stubs):
    code = "import machine\nmachine.P"
    found = []

    async def scene(analysis):
        found.extend(await analysis.complete(stubs, "", code, len(code)))

    run(scene)
    return found


def test_a_damaged_cache_is_renewed(stubs, cache):
    """A kernel that was killed leaves half a file there."""
    (stubs / "machine.pyi").write_text("class Pin: ...\n" * 200)  # short ones are not kept
    assert complete_anew(stubs) == ["Pin"]
    files = list(cache.rglob("*.pkl"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[:100])
    assert complete_anew(stubs) == ["Pin"]


def test_no_place_for_a_cache(stubs, cache):
    (stubs / "machine.pyi").write_text("class Pin: ...\n" * 200)
    cache.write_text("a file")
    assert complete_anew(stubs) == ["Pin"]


@pytest.mark.parametrize("content", [b"\xff\xfe\0class", b"class Pin", b"def f(:\n" * 50, b"(" * 5000, b""])
def test_stubs_that_are_damaged(stubs, content):
    """The others still answer."""
    (stubs / "broken.pyi").write_bytes(content)
    (stubs / "directory.pyi").mkdir()
    (stubs / "loop.pyi").symlink_to(stubs / "loop.pyi")

    async def scene(analysis):
        for name in ("broken", "directory", "loop"):
            await analysis.complete(stubs, "", f"import {name}\n{name}.", len(f"import {name}\n{name}."))
        code = "import machine\nmachine.P"
        assert "Pin" in await analysis.complete(stubs, "import broken, directory, loop\n", code, len(code))
        assert "machine" in await analysis.modules(stubs)

    run(scene)
