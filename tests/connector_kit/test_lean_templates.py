"""What the dependency layer leaves out must not be missed."""

import subprocess
import sys

_SCRIPT = """
import sys
sys.modules.update(babel=None, pytz=None)
from hub.connector_kit import render_template
from hub.strategy.templates import Template
print(render_template(Template(html="{{ 'now' | date: '%Y' | size }} {{ 3.5 | round }}"), {}).html)
"""


def test_templates_are_rendered_without_babel_and_pytz() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=False)

    assert (done.stdout.strip(), done.stderr) == ("4 4", "")
