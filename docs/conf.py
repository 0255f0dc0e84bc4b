"""The site: ``python -m sphinx -W --keep-going -b html docs docs/_build/html``.

Builds without a network. Warnings are errors, links inside the site are checked, and the
``{code-cell}`` blocks of notebook pages are executed here; all other examples are executed by
``tests/test_docs.py``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import alignindex

# Notebook pages run in a kernel of their own: no page may depend on the width of a terminal.
os.environ["COLUMNS"] = "100"

project = "alignindex"
author = "The alignindex authors"
project_copyright = "The alignindex authors"
version = release = alignindex.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
    "mathml",
    "catalogue_pages",
    "outside_links",
    "tidy_blocks",
]
exclude_patterns = ["_build", "template/out", "example_pack", "**.ipynb_checkpoints"]
templates_path = ["_templates"]
nitpicky = True
# Names of other packages and words of type descriptions lead nowhere without their inventories,
# which a build without a network cannot fetch.
nitpick_ignore_regex = [("py:.*", r".*")]

# Pages
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
# The READMEs of data sets are parts of a page there, so that their headings begin lower.
suppress_warnings = ["myst.header"]
nb_execution_mode = "cache"
nb_execution_raise_on_error = True
nb_execution_in_temp = True  # what a page writes does not stay in docs/
nb_execution_timeout = 120
nb_merge_streams = True

# Reference
autosummary_generate = True
autosummary_ignore_module_all = False
autosummary_imported_members = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = False

# Look
html_theme = "pydata_sphinx_theme"
html_title = "alignindex"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_context = {"default_mode": "auto"}
html_math_renderer = "mathml"
html_theme_options = {
    "logo": {"text": "alignindex"},
    "navbar_align": "left",
    "header_links_before_dropdown": 7,
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "quickstart": []}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True
copybutton_remove_prompts = True
