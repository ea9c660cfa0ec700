"""Pipes of a board that has little and no threads, through a kernel: samples come while the cell runs."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.end_to_end.notebook import TIMEOUT, Notebook, eventually
from tests.end_to_end.pipes import Consumer, listed, place_of
from ukernel.pipes import collect
from ukernel.pipes.discovery import Address

pytestmark = pytest.mark.board

PRODUCER = """
import ucore, struct
n = 0
adc = ucore.open_pipe("adc")
while ucore.is_pipe_open("adc"):
    adc.write(struct.pack("<f", n))
    n += 1
"""


@pytest.fixture
def notebook(microbit):
    with Notebook("iot") as notebook:
        assert notebook.run(f"%connect {microbit.url}").status == "ok"
        yield notebook


def test_a_loop_in_a_cell(notebook):
    place = place_of(notebook)
    kernel = Address("127.0.0.1", place["port"], place["token"])
    counting = Consumer("adc")
    with ThreadPoolExecutor() as pool:
        collecting = pool.submit(collect, "adc", n=500, **place)
        assert eventually(lambda: kernel.ask("adc")["subscribers"] == 2)
        request = notebook.send(PRODUCER)
        assert collecting.result(TIMEOUT).tolist() == list(range(500))
        notebook.manager.interrupt_kernel()
        assert notebook.finish(request).ename == "KeyboardInterrupt"
    name, rate, *_ = listed(notebook, "adc")
    assert name == "adc"
    assert float(rate.replace(" ", "")) > 0
    written = int(notebook.run("n").result)
    assert notebook.run("ucore.close_pipe('adc')").status == "ok"
    count, lost = counting.result()
    assert written <= count + lost <= written + 1
    assert lost <= 1, "no more than the one that was being written"


def test_the_pipe_ends_with_a_reset(notebook):
    assert notebook.run("ucore.open_pipe('adc').write(b'abcd')").result == "True"
    assert listed(notebook, "adc")
    assert notebook.run("%softreset").status == "ok"
    assert listed(notebook, "adc") is None
    assert notebook.run("import ucore\nucore.is_pipe_open('adc')").result == "False"
