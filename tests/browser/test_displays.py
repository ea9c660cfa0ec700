"""A picture from the board in a real JupyterLab: it appears, and changes while the cell runs."""

CELL = """import framebuf, time
screen = framebuf.FrameBuffer(bytearray(240 * 135 * 2), 240, 135, framebuf.RGB565)
class Reading:
    def __repr__(self): return "21.5 degrees"
    def _repr_html_(self): return "<table><tr><th>inside</th><td><b>21.5 °C</b></td></tr></table>"
ucore.display(Reading())
picture = ucore.display(screen, display_id=True)
for step in range(1000):
    screen.fill(0x001f)
    screen.fill_rect(step * 12 % 240, 40, 40, 40, 0xffe0)
    screen.text("step %d" % step, 10, 10, 0xffff)
    picture.update(screen)
    time.sleep(0.1)
"""

PICTURES = "return [...notebook.widgets[arguments[0]].node.querySelectorAll('img')].map(img => img.src);"
SIZES = (
    "return [...notebook.widgets[arguments[0]].node.querySelectorAll('img')]"
    ".map(img => [img.naturalWidth, img.naturalHeight]);"
)


def test_a_picture_of_the_board_appears_and_changes(browser, notebook):
    index = notebook.type(CELL)
    notebook.wait_for(index, "21.5 °C")
    browser.until(lambda: browser.script(SIZES, index) == [[240, 135]], "a picture")
    first = browser.script(PICTURES, index)
    assert first[0].startswith("data:image/png;base64,")
    browser.until(lambda: len(now := browser.script(PICTURES, index)) == 1 and now != first, "another one")
    browser.screenshot("display")
    browser.command("kernelmenu:interrupt")
    assert "KeyboardInterrupt" in notebook.finish(index)
    assert len(browser.script(PICTURES, index)) == 1
    assert browser.errors() == []
