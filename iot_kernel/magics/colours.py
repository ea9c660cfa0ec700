"""The colours of what magics show, each as an ANSI code and as CSS: a colour means the same in both.

ANSI codes are those of the first IoT Kernel. In HTML a colour means that something is added, deleted,
updated, or deserves attention; all else has the colour of the text around it. CSS colours are mixed from
the frontend's (JupyterLab's variables, with plain names for other frontends) and that of the text around,
so that they can be read in light and in dark themes. In a notebook that is not trusted, JupyterLab keeps
them for these names' sake.
"""

from __future__ import annotations

from dataclasses import dataclass

_RESET = "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Colour:
    """How a piece of text stands out; called with a text it returns it for a terminal.

    Attributes:
        ansi: the codes before the text; empty where a terminal shows it like any other.
        css: declarations for a ``style`` attribute.
    """

    ansi: str = ""
    css: str = ""

    def __call__(self, text: str) -> str:
        """Returns a text with the codes around it."""
        return f"{self.ansi}{text}{_RESET}" if self.ansi and text else text


def _mixed(colour: str) -> str:
    return f"color: color-mix(in srgb, {colour} 75%, currentColor)"


plain = Colour()

#: A heading: black on cyan in terminals.
banner = Colour("\x1b[46m\x1b[30m", "font-weight: 600")

#: A heading over something drastic: red on cyan.
alarm = Colour("\x1b[46m\x1b[31m", f"font-weight: 600; {_mixed('var(--jp-error-color1, indianred)')}")

#: Text of minor weight.
dim = Colour("\x1b[2m", "color: color-mix(in srgb, currentColor 70%, transparent)")

#: What is updated, added, deleted.
blue = Colour("\x1b[34m", _mixed("var(--jp-brand-color1, steelblue)"))
green = Colour("\x1b[32m", _mixed("var(--jp-success-color1, seagreen)"))
red = Colour("\x1b[31m", _mixed("var(--jp-error-color1, indianred)"))

#: What deserves attention, and changes nothing; terminals show it like any text.
warning = Colour("", _mixed("var(--jp-warn-color0, chocolate)"))

#: Names in listings; a page has other means than colour to tell them apart.
file = Colour(blue.ansi)
directory = Colour(green.ansi, "font-weight: 600")

#: What is above other things, the name in front of a value, and what is typed; plain in terminals.
title = Colour("", "font-weight: 600")
label = Colour("", dim.css)
code = Colour("", "font-family: var(--jp-code-font-family, monospace)")
