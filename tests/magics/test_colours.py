"""ANSI codes are the first IoT Kernel's; CSS colours can be read on light and dark pages."""

import re

import pytest
from matplotlib.colors import to_rgb

from iot_kernel.magics import colours
from iot_kernel.magics.colours import (
    Colour,
    alarm,
    banner,
    blue,
    dim,
    directory,
    file,
    green,
    plain,
    red,
    warning,
)

#: Text and background of frontends that have none of JupyterLab's variables, such as VS Code.
FRONTENDS = {"light": ("#3b3b3b", "#ffffff"), "dark": ("#cccccc", "#1f1f1f")}

#: How JupyterLab's sanitizer finds a colour in what it does not know.
NAME = re.compile(r"steelblue|seagreen|indianred|chocolate|transparent")


def test_codes():
    assert banner("a") == "\x1b[46m\x1b[30ma\x1b[0m"
    assert alarm("a") == "\x1b[46m\x1b[31ma\x1b[0m"
    assert dim("a") == "\x1b[2ma\x1b[0m"
    assert red("a") == "\x1b[31ma\x1b[0m"
    assert green("a") == directory("a") == "\x1b[32ma\x1b[0m"
    assert blue("a") == file("a") == "\x1b[34ma\x1b[0m"
    assert plain("a") == warning("a") == "a"
    assert banner("") == ""


COLOURED = {
    name: one.css for name, one in vars(colours).items() if isinstance(one, Colour) and "color:" in one.css
}


def test_what_has_a_colour():
    assert COLOURED.keys() == {"alarm", "dim", "label", "blue", "green", "red", "warning"}


@pytest.mark.parametrize("name", COLOURED)
@pytest.mark.parametrize("frontend", FRONTENDS)
def test_colours_can_be_read_without_jupyterlab_s(name, frontend):
    assert NAME.search(COLOURED[name])
    text, page = map(to_rgb, FRONTENDS[frontend])
    (found,) = re.findall(
        r"color-mix\(in srgb, (?:var\(--[a-z0-9-]+, )?(\w+)\)? (\d+)%, (\w+)\)", COLOURED[name]
    )
    first, share, second = found[0], int(found[1]) / 100, found[2]
    known = {"currentColor": text, "transparent": page}
    mixed = [
        share * a + (1 - share) * b
        for a, b in zip(known.get(first) or to_rgb(first), known[second], strict=True)
    ]
    assert contrast(mixed, page) >= 4.5


def contrast(*both):
    light, dark = sorted(map(luminance, both), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
