"""How Sphinx builds the site: `make docs`. Notebooks run while it is built, on the virtual board."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import zmq
from ipython_pygments_lexers import IPython3Lexer
from jupyter_client.manager import KernelManager
from pygments.lexer import bygroups, this, using
from pygments.token import Keyword, Operator, Text
from sphinx.application import Sphinx

from iot_kernel.urls import __version__

DOCS = Path(__file__).parent

project = "IoT Kernel"
author = "the IoT Kernel authors"
copyright = "2026, the IoT Kernel authors"  # noqa: A001 - the name Sphinx asks for
version = release = __version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_build", "**/.ipynb_checkpoints"]

# A page is Markdown; each heading can be linked to by its words, as on the hosts of repositories.
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4

# A notebook that fails fails the build.
nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_execution_in_temp = True  # what cells write does not stay among the pages
# A chart is shown by its last picture. The widget that moves needs a kernel, and scripts of other computers.
nb_mime_priority_overrides = [
    ("*", "application/vnd.jupyter.widget-view+json", None),
    ("*", "image/png", 1),  # before HTML that holds the same picture
]
nb_ipywidgets_js: dict[str, dict[str, str]] = {}

# The interface is documented by its docstrings; a word in single backquotes there is code.
default_role = "code"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_class_signature = "separated"
napoleon_use_ivar = True
napoleon_numpy_docstring = False
add_module_names = False

html_theme = "pydata_sphinx_theme"
html_title = "IoT Kernel"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_logo = "../kernelspec/iot/logo-svg.svg"
html_favicon = "../kernelspec/iot/logo-32x32.png"
html_copy_source = False
html_show_sourcelink = False
html_sidebars: dict[str, list[str]] = {"troubleshooting": []}  # it has no pages beside it
html_theme_options = {
    "logo": {"text": "IoT Kernel"},
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
copybutton_exclude = ".linenos, .gp, .go"

# Kernels warn in the terminal when what they say over TCP is not encrypted.
KernelManager.transport_encryption.default_value = "auto" if zmq.has("curve") else "disabled"

# What notebooks leave behind (names of boards, their files) belongs to this build only.
_traces = tempfile.mkdtemp(prefix="iot-kernel-docs-")
os.environ |= {"JUPYTER_DATA_DIR": _traces, "IOT_PROJECTS": f"{_traces}/projects"}


#: Cell magics with Python below them, as a regular expression.
PYTHON_BELOW = "capture|connect|debug|deploy|host|mem|profile|setup|time|timeit|ucore|writefile"


class CellLexer(IPython3Lexer):
    """Python with magics, and below a cell magic for Python as well."""

    tokens = IPython3Lexer.tokens | {
        "root": [
            (
                rf"(?s)(\s*)(%%)({PYTHON_BELOW})\b([^\n]*\n)(.*)",
                bygroups(Text, Operator, Keyword, Text, using(this)),
            ),
            *IPython3Lexer.tokens["root"],
        ]
    }


def is_hidden(app: Sphinx, what: str, name: str, *_: object) -> bool | None:
    """Leave out how classes are made: calls give their objects."""
    return True if name == "__init__" else None


def setup(app: Sphinx) -> None:
    """Colour code as notebooks have it, Python with magics, and show classes as their users see them."""
    app.connect("autodoc-skip-member", is_hidden)
    for language in ("python", "ipython3", "micropython"):
        app.add_lexer(language, CellLexer)
