"""What is trimmed from the dependency layer (infra/dependencies.py) must not be missed."""

import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import sys
from babel import localedata
localedata._dirname = sys.argv[1]
from hub.connector_kit import render_template
from hub.strategy.templates import Template
print(render_template(Template(html="{{ 'now' | date: '%Y' | size }} {{ 3.5 | round }}"), {}).html)
"""


def test_templates_are_rendered_without_babels_languages(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path)], capture_output=True, text=True, check=False
    )

    assert (done.stdout.strip(), done.stderr) == ("4 4", "")
