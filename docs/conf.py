"""How Sphinx builds the site: `sphinx-build -W docs docs/_build`."""

import re
import sys
from importlib.metadata import version as installed
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS))

import generated  # noqa: E402

project = "sweep"
author = "the authors of sweep"
version = release = installed("estimator-sweep")
html_title = f"sweep {version}"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_show_copyright = False
html_use_index = html_domain_indices = False
pygments_style = "friendly"
pygments_dark_style = "monokai"

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
smartquotes = False  # or -- becomes a dash

default_role = "code"  # docstrings have single backticks
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False

copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True
copybutton_remove_prompts = True


OUTWARD = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)#\s]+)[^)]*\)")


def fill_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Puts what is generated where a page has its comment, and lets links lead out of docs/."""
    folder = (DOCS / docname).parent
    source[0] = OUTWARD.sub(lambda link: outward(link, folder), source[0])
    for name, text in generated.PAGES.items():
        mark = f"<!-- generated: {name} -->"
        if mark in source[0]:
            source[0] = source[0].replace(mark, text())


def outward(link: re.Match[str], folder: Path) -> str:
    """A link as the site has it: to a file that is no page a download, to a folder its text."""
    path = (folder / link[2]).resolve()
    if path.is_relative_to(DOCS):
        return link[0]
    text = link[1].replace("`", "")
    return text if path.is_dir() else f"{{download}}`{text} <{link[2]}>`"


def set_dashes(app: Sphinx, doctree: nodes.document) -> None:
    """Sets a dash between a parameter and what it is, where Sphinx has two hyphens."""
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" \N{EN DASH} "))


def setup(app: Sphinx) -> None:
    """Registers what is above."""
    app.connect("source-read", fill_in)
    app.connect("doctree-read", set_dashes)
