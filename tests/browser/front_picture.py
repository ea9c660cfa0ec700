"""The moving picture of the first page: a cell counts on the board while a chart of its samples moves.

It is written to ``artifacts/cells-and-chart.gif``; docs/cells-and-chart.gif is a copy. No check runs this
file, as its name is no test's: ``./check tests/browser/front_picture.py`` does.
"""

from __future__ import annotations

import base64
import io
import itertools
import time

import pytest
from PIL import Image, ImageChops

from iot_kernel.virtual_board.transport import board_uid
from tests.browser.lab import ARTIFACTS, CELLS, Notebook

PICTURE = ARTIFACTS / "cells-and-chart.gif"
LARGEST = 600_000  # bytes: everybody who opens the page gets it
WINDOW = {"width": 1000, "height": 1700}  # pixels: nothing has to be scrolled
HEIGHT = 820  # pixels that are shown
COLOURS = 48
SECONDS = 6  # that are shown
FEWEST = 8  # different pictures in them, on a machine that is busy

SMALL = "%%host\nimport matplotlib\nmatplotlib.rcParams['figure.figsize'] = (7.6, 2.5)"
MEASURE = """import _thread, struct, time, ucore
from machine import ADC

def measure():
    sensor, pipe = ADC(ADC.CORE_TEMP), ucore.open_pipe("chip")
    while pipe.write(struct.pack("<f", 437.2 - 0.02926 * sensor.read_u16())):
        time.sleep_ms(40)

_thread.start_new_thread(measure, ());"""
CHART = """%%host
%matplotlib widget
from ukernel.pipes import live_plot

live_plot("chip", title="Temperature of the chip (°C)", window=100, ylim=(23, 28))"""
COUNT = """for n in range(100, 200):
    print("2 to the power of", n, "is", 2**n)
    time.sleep(0.7)"""

#: Leaves nothing to be seen but the notebook.
ALONE = """
app.commands.execute('application:set-mode', {mode: 'single-document'});
app.commands.execute('application:toggle-left-area');
"""
#: Leaves out the cell that is typed into, and what JupyterLab shows below the last one.
BARE = """
const style = document.createElement('style');
style.textContent = '.jp-Notebook-footer, .jp-Cell.jp-mod-active {display: none}';
document.head.append(style);
"""
CELL = "document.querySelectorAll(arguments[0])[arguments[1]]"


@pytest.fixture
def board(server):
    """The address of a board with a name."""
    directory = server.directory / "greenhouse"
    directory.mkdir()
    file = server.directory.parent / "projects" / "devices" / "greenhouse.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'greenhouse:\n  uid: "{board_uid(directory)}"\n')
    yield "sim://greenhouse?dir=greenhouse"
    file.unlink()


@pytest.fixture
def window(browser):
    """A window of the right size for the picture."""
    scale = {"deviceScaleFactor": 1, "mobile": False}
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", WINDOW | scale)
    yield
    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_chart_moves_while_a_cell_counts(browser, board, window):
    browser.open()
    notebook = Notebook.launch(browser, "IoT Kernel")
    browser.script(ALONE)
    notebook.run(f"%connect {board}")
    notebook.run(SMALL)
    first = notebook.type(MEASURE)
    notebook.finish(first)
    notebook.run(CHART)
    last = notebook.type(COUNT)
    notebook.wait_for(last, "power of 103 is")
    browser.script(BARE)
    box = browser.script(f"return {CELL}.getBoundingClientRect().toJSON();", CELLS, first)
    area = {name: box[name] for name in ("x", "y", "width")} | {"height": HEIGHT}
    end = time.monotonic() + SECONDS
    shots = [take(browser, area)]
    while shots[-1][0] < end:
        shots.append(take(browser, area))
    browser.command("kernelmenu:interrupt")
    notebook.finish(last)
    frames = different(shots)
    assert len(frames) >= FEWEST
    write(frames)
    assert PICTURE.stat().st_size < LARGEST


def take(browser, area):
    """When, and what is to be seen in an area."""
    options = {"format": "png", "optimizeForSpeed": True, "clip": area | {"scale": 1}}
    shot = browser.driver.execute_cdp_cmd("Page.captureScreenshot", options)
    return time.monotonic(), Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB")


def different(shots):
    """The pictures that are not as the one before, each with the milliseconds for which it was to be seen."""
    changes = shots[:1]
    for when, picture in shots[1:-1]:
        if ImageChops.difference(changes[-1][1], picture).getbbox():
            changes.append((when, picture))
    ends = itertools.pairwise([*(when for when, _ in changes), shots[-1][0]])
    return [
        (picture, round((after - before) * 1000))
        for (_, picture), (before, after) in zip(changes, ends, strict=True)
    ]


def write(frames):
    """Joins pictures to one that moves, for ever; in few colours, so that little differs."""
    ARTIFACTS.mkdir(exist_ok=True)
    colours = frames[-1][0].quantize(COLOURS, dither=Image.Dither.NONE)
    first, *others = [picture.quantize(palette=colours, dither=Image.Dither.NONE) for picture, _ in frames]
    durations = [milliseconds for _, milliseconds in frames]
    first.save(PICTURE, save_all=True, append_images=others, duration=durations, loop=0, optimize=True)
