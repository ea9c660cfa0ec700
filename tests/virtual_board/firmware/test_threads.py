"""Output of threads: it arrives at any time, and none of it is lost."""

import pytest

pytestmark = pytest.mark.board


def test_between_programs_and_inside_the_next(raw):
    raw.run(
        "import _thread, time\n"
        "def tell():\n for i in range(8):\n  time.sleep_ms(100)\n  print('thread %d' % i)\n"
        "_thread.start_new_thread(tell, ())"
    )
    raw.expect(b"thread 0\r\n")
    raw.say(b"for i in range(3):\n time.sleep_ms(100)\n print('main %d' % i)\x04")
    heard = raw.hear(b"thread 7")
    assert [heard.count(f"main {i}".encode()) for i in range(3)] == [1, 1, 1]
    assert heard.count(b"thread") == 7


def test_a_flood_from_several_is_complete(raw):
    heard = raw.run(
        "import _thread\nleft = 3\nlock = _thread.allocate_lock()\n"
        "def tell(name):\n global left\n for i in range(500): print('<%s%d>' % (name, i))\n"
        " with lock: left -= 1\n"
        "for name in 'abc': _thread.start_new_thread(tell, (name,))"
    )
    raw.say(b"import time\nwhile left: time.sleep_ms(1)\nprint('all')\x04")
    heard += raw.hear(b"all\r\n")
    for name in "abc":
        assert [f"<{name}{i}>".encode() for i in range(500) if f"<{name}{i}>".encode() not in heard] == []


def test_an_error_shows(raw):
    raw.run(
        "import _thread, time\n"
        "def fail():\n time.sleep_ms(300)\n 1/0\n"  # when the program that begins it has ended
        "_thread.start_new_thread(fail, ())"
    )
    assert b"ZeroDivisionError" in raw.hear(b"divide by zero")
