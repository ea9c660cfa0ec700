"""The board's side of pipes, on boards: what a program can call, and what arrives."""

import struct

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError
from iot_kernel.ucore import installed
from tests.real_boards import kinds
from tests.ucore.conftest import Reader

pytestmark = pytest.mark.board

PRODUCER = """
import time, struct, _thread
import ucore
pipe = ucore.open_pipe("adc")
def produce():
    number = 0
    while ucore.is_pipe_open("adc"):
        pipe.write(struct.pack("<I", number))
        number += 1
        time.sleep_ms(2)
_thread.start_new_thread(produce, ())
"""


def test_a_message_is_one_write(reader):
    contents = [b"", b"a", bytes(range(256)), b"\x01\x04>\xfd\xfe" * 100, b"\n\r\n"]
    reader.check_messages(contents)


def test_the_longest_message(reader):
    reader.run("pipe = ucore.open_pipe('adc')")
    assert reader.run("pipe.write(bytes(range(256)) * 255 + bytes(255))")[0] == "True"
    assert reader.of("adc", 1) == [bytes(range(256)) * 255 + bytes(255)]
    with pytest.raises(DeviceError) as caught:
        reader.run("pipe.write(bytes(65536))")
    assert (caught.value.ename, caught.value.evalue) == (
        "ValueError",
        "a message has at most 65535 bytes, not 65536",
    )
    assert len(reader.messages["adc"]) == 1


def test_a_long_bytearray_needs_no_second_time_its_memory(tmp_path):
    with kinds.unix(tmp_path / "board", heap="256K") as board:
        device = Device(board.url)
        device.open()
        reader = Reader(device)
        reader.run("import ucore\ndata = bytearray(65535)\nfor i in range(65535): data[i] = i & 255")
        reader.run(
            "import gc\nhold = []\nwhile gc.mem_free() > 60000: hold.append(bytes(1000)); gc.collect()"
        )
        assert int(reader.run("gc.mem_free()")[0]) < 65535
        assert reader.run("pipe = ucore.open_pipe('adc')\npipe.write(data)")[0] == "True"
        assert reader.of("adc", 1) == [(bytes(range(256)) * 256)[:-1]]
        device.close()


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        ("bytearray(b'ab')", b"ab"),
        ("memoryview(b'abc')[1:]", b"bc"),
        ("__import__('array').array('H', [1, 2])", struct.pack("<HH", 1, 2)),
    ],
)
def test_what_has_bytes(reader, data, sent):
    reader.run(f"pipe = ucore.open_pipe('adc'); pipe.write({data})")
    assert reader.of("adc", 1) == [sent]


@pytest.mark.parametrize("data", ["'text'", "5", "None", "[1]", "1.5"])
def test_what_has_none(reader, data):
    with pytest.raises(DeviceError) as caught:
        reader.run(f"ucore.open_pipe('adc').write({data})")
    assert caught.value.ename == "TypeError"
    assert caught.value.evalue.startswith("a pipe takes bytes")
    assert reader.messages == {}


@pytest.mark.parametrize("name", ["''", "'a' * 65", "'ä' * 33", "'a\\nb'", "'\\x7f'"])
def test_what_is_no_name(reader, name):
    with pytest.raises(DeviceError) as caught:
        reader.run(f"ucore.open_pipe({name})")
    assert caught.value.ename == "ValueError"
    assert reader.hub.pipes() == []


def test_names(reader):
    for name in ("a" * 64, "ä" * 32, "with space", "漢字", "Größe"):
        reader.run(f"ucore.open_pipe({name!r}).write(b'x')")
        assert reader.of(name, 1) == [b"x"]


def test_handles_of_one_pipe(reader):
    reader.run("a = ucore.open_pipe('adc'); b = ucore.open_pipe('adc')")
    assert len(reader.hub.pipes()) == 1
    assert reader.run("a.write(b'1'), b.write(b'2'), a.name")[0] == "(True, True, 'adc')"
    assert reader.of("adc", 2) == [b"1", b"2"]
    assert reader.ends == []


def test_closing(reader):
    reader.run("pipe = ucore.open_pipe('adc'); pipe.write(b'last')")
    assert reader.run("ucore.is_pipe_open('adc')")[0] == "True"
    reader.run("ucore.close_pipe('adc')")
    reader.wait(lambda: reader.ends == ["adc"])
    assert reader.messages == {"adc": [b"last"]}
    assert reader.run("ucore.is_pipe_open('adc'), pipe.write(b'too late')")[0] == "(False, False)"
    reader.run("ucore.close_pipe('adc'); pipe.close(); ucore.close_pipe('never open')")
    assert reader.ends == ["adc"]


def test_a_handle_from_before_writes_nothing(reader):
    reader.run("old = ucore.open_pipe('adc'); old.close(); new = ucore.open_pipe('adc')")
    assert reader.run("old.write(b'old'), new.write(b'new')")[0] == "(False, True)"
    assert reader.of("adc", 1) == [b"new"]


def test_a_with_block_closes(reader):
    reader.run(
        "with ucore.open_pipe('adc') as pipe:\n for number in range(100):\n  pipe.write(bytes((number,)))"
    )
    reader.wait(lambda: reader.ends == ["adc"])
    assert reader.messages["adc"] == [bytes((number,)) for number in range(100)]
    with pytest.raises(DeviceError):
        reader.run("with ucore.open_pipe('adc') as pipe:\n 1/0")
    reader.wait(lambda: reader.ends == ["adc", "adc"])


def test_many_pipes(reader):
    code = (
        "pipes = []\n"
        "try:\n"
        " while True: pipes.append(ucore.open_pipe('p%d' % len(pipes)))\n"
        "except OSError as error: print(error.args[0])\n"
        "for pipe in pipes: pipe.write(pipe.name.encode())\n"
        "len(pipes)"
    )
    assert reader.run(code) == ("237", "24\n")
    reader.wait(lambda: len(reader.messages) == 237)
    assert all(found == [name.encode()] for name, found in reader.messages.items())
    reader.run("pipes[7].close(); again = ucore.open_pipe('again'); again.write(b'x')")
    assert reader.of("again", 1) == [b"x"]
    assert len(reader.hub.pipes()) == 237


def test_the_boards_time(reader):
    reader.run("pipe = ucore.open_pipe('adc', timestamps=True); pipe.write(b'abc'); pipe.write(bytes(65535))")
    assert reader.of("adc", 2) == [b"abc", bytes(65535)]


def test_announcing_again(reader):
    reader.run("pipe = ucore.open_pipe('adc')")
    reader.hub.end_all()
    reader.run("ucore.announce(); pipe.write(b'x'); pipe.write(b'y')")
    reader.wait(lambda: b"y" in reader.messages.get("adc", ()))


def test_it_is_there_again_after_a_reset(reader):
    reader.run("import ucore; ucore.open_pipe('adc').write(b'1')")
    reader.device.soft_reset()
    assert reader.ends == ["adc"]
    reader.run("import ucore; ucore.open_pipe('adc').write(b'2')")
    assert reader.of("adc", 2) == [b"1", b"2"]


def test_nothing_else_becomes_a_variable(reader):
    before = reader.run("sorted(dir())")[0]
    reader.run("import ucore")
    assert reader.run("del ucore\nsorted(dir())")[0] == before


def test_variables_of_the_user_stay(reader):
    assert reader.run("ucore = 5; bytes = memoryview = len = None; ucore")[0] == "5"
    assert reader.run("from ucore import open_pipe; open_pipe('adc').write(b'x')")[0] == "True"
    assert reader.of("adc", 1) == [b"x"]


def test_a_module_of_the_board_comes_first(threads, unix):
    (unix.directory / "ucore.py").write_text("MINE = True\n")
    assert threads.run("import ucore; ucore.MINE")[0] == "True"


def test_a_thread_produces_beside_cells(threads):
    assert threads.run(PRODUCER)[0] is not None
    for number in range(100):
        assert threads.run(f"print({number})\n{number} * 2") == (repr(number * 2), f"{number}\n")
    threads.of("adc", 100)
    threads.run("ucore.close_pipe('adc')")
    threads.wait(lambda: threads.ends == ["adc"])
    count = len(threads.messages["adc"])
    assert threads.messages["adc"] == [struct.pack("<I", number) for number in range(count)]
    assert threads.stray == []


def test_callbacks_beside_a_loop_that_writes(threads):
    """Wherever they come: test_turns.py has them come in the middle of a message."""
    code = """
import micropython
pipe = ucore.open_pipe("main")
other = ucore.open_pipe("callback")
count = 0
def tick(_):
    global count
    other.write(b"%d" % count)
    count += 1
for number in range(2000):
    try:
        micropython.schedule(tick, None)
    except RuntimeError:
        pass
    pipe.write(b"%d" % number)
count
"""
    count = int(threads.run(code)[0])
    assert count > 100
    assert threads.of("main", 2000) == [b"%d" % number for number in range(2000)]
    assert threads.of("callback", count) == [b"%d" % number for number in range(count)]


def test_a_task_produces_beside_cells(wasm):
    """Without threads: asyncio goes on between cells on WebAssembly."""
    device = Device(wasm.url)
    reader = Reader(device)
    device.open()
    reader.run(
        "import asyncio, struct\n"
        "async def produce():\n"
        " with ucore.open_pipe('task') as pipe:\n"
        "  for number in range(200):\n"
        "   pipe.write(struct.pack('<I', number))\n"
        "   await asyncio.sleep_ms(2)\n"
        "task = asyncio.create_task(produce())"
    )
    for number in range(1, 50):
        assert reader.run(f"print({number})\n{number} * 2") == (repr(number * 2), f"{number}\n")
    reader.wait(lambda: reader.ends == ["task"])
    assert reader.messages["task"] == [struct.pack("<I", number) for number in range(200)]
    assert reader.stray == []
    device.close()


def test_a_reset_ends_producers(threads):
    for _ in range(3):
        threads.messages.clear()
        threads.run(PRODUCER)
        threads.of("adc", 20)
        threads.device.soft_reset()
        assert threads.hub.pipes() == []
        assert threads.run("import ucore\nucore.is_pipe_open('adc')")[0] == "False"
    assert threads.ends == ["adc"] * 3


def test_a_program_of_the_board_writes_before_anybody_reads(unix):
    """An installed module: main.py opens a pipe and produces; a kernel that comes later finds the pipe."""
    (unix.directory / "lib").mkdir(parents=True, exist_ok=True)
    (unix.directory / "lib" / "ucore.py").write_bytes(installed(""))
    (unix.directory / "main.py").write_text(PRODUCER)
    device = Device(unix.url)
    reader = Reader(device)
    device.open()  # switches the board on
    reader.run("ucore.announce()")
    messages = [struct.unpack("<I", data)[0] for data in reader.of("adc", 20)[:20]]
    assert messages == list(range(messages[0], messages[0] + 20))
    assert reader.run("ucore.__file__")[0] == "'/lib/ucore.py'"
    device.close()
