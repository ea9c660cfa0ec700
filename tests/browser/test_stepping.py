"""Steps through board cells, modules and host cells in one notebook, and pauses, by JupyterLab's buttons."""

import json

import pytest

from tests.browser.debugger_panel import DebuggerPanel
from tests.browser.lab import Notebook

pytestmark = pytest.mark.browser
MOTOR = "STEP = 90\n\n\ndef spin(n):\n    angle = n * STEP\n    return angle\n"
TURN = """\
%%ucore
import motor
def turn(values):
    total = 0
    for value in values:
        total += motor.spin(value)
    return total"""
COUNT = """\
%%ucore
import time
print('begun')
n = 0
while n >= 0:
    n += 1
    time.sleep(0.01)
print('ended', n)"""
HALVE = """\
def halve(x):
    y = x / 2
    return y
half = halve(84)
print('half', half)"""
CELLS = [
    "%connect sim://stepping\n%cp motor.py :",
    TURN,
    "%%ucore\nprint('turned', turn([1, 2]))",
    COUNT,
    HALVE,
]
COPY, TURN_CELL, CALL, COUNT_CELL, HALVE_CELL = range(len(CELLS))


@pytest.fixture(scope="module")
def notebook(browser, server):
    """A µcore notebook: plain cells are the host's."""
    cells = [
        {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": None}
        for text in CELLS
    ]
    kernel = {"kernelspec": {"name": "ucore", "display_name": "µcore", "language": "python"}}
    made = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 4}
    (server.directory / "stepping.ipynb").write_text(json.dumps(made))
    (server.directory / "motor.py").write_text(MOTOR)
    browser.open()
    return Notebook.open(browser, "stepping.ipynb")


@pytest.fixture(scope="module")
def panel(browser, notebook):
    """The panel, with a breakpoint in three cells."""
    notebook.run_again(COPY)
    assert "Connected to" in notebook.finish(COPY)
    panel = DebuggerPanel(browser)
    panel.open()
    for cell, text in ((TURN_CELL, "motor.spin"), (COUNT_CELL, "'ended'"), (HALVE_CELL, "y = x / 2")):
        lines = CELLS[cell].splitlines()
        panel.set_breakpoint(notebook, cell, next(at for at, line in enumerate(lines, 1) if text in line))
    return panel


def test_into_a_module_and_out_of_it_and_frames_of_the_call_stack(browser, notebook, panel):
    notebook.run_again(TURN_CELL)
    notebook.finish(TURN_CELL)
    notebook.run_again(CALL)
    panel.wait_for_frames("turn", "<module>")
    panel.wait_for_row("value: 1")
    panel.press("stepIn")
    panel.wait_for_frames("spin", "turn", "<module>")
    panel.wait_for_line("angle = n * STEP")
    panel.wait_for_row("n: 1")
    browser.screenshot("step-module")
    panel.select(1)
    panel.wait_for_row("value: 1")
    panel.wait_for_line("total += motor.spin(value)")
    assert panel.answer("value * 100") == "100"
    assert "NameError" in panel.answer("n")  # still in the frame that was selected
    browser.screenshot("step-frames")
    panel.press("stepOut")
    panel.wait_for_row("value: 2")
    assert "total: 90" in panel.rows()
    assert panel.frames() == ["turn", "<module>"]
    panel.press("continue")
    assert "turned 270" in notebook.finish(CALL)


def test_what_runs_can_be_paused_looked_into_and_changed(browser, notebook, panel):
    notebook.run_again(COUNT_CELL)
    notebook.wait_for(COUNT_CELL, "begun")
    panel.press("continue")
    panel.wait_for_frames("<module>")
    browser.screenshot("step-pause")
    panel.evaluate("n = -5")
    panel.wait_for_row("n: -5")
    panel.press("continue")
    panel.wait_for_line("print('ended', n)")
    panel.press("continue")
    assert "ended -" in notebook.finish(COUNT_CELL)


def test_a_host_cell_stops_in_the_same_session(browser, notebook, panel):
    notebook.run_again(HALVE_CELL)
    panel.wait_for_frames("halve", "<module>")
    panel.wait_for_line("y = x / 2")
    panel.wait_for_row("x: 84")
    browser.screenshot("step-host")
    panel.press("next")
    panel.wait_for_row("y: 42")
    panel.press("stepOut")
    panel.wait_for_frames("<module>")
    panel.press("continue")
    assert "half 42.0" in notebook.finish(HALVE_CELL)
