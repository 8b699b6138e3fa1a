"""Resolve the run-time and development dependencies of pyproject.toml into requirements/dev.lock.

The lock carries hashes and no addresses, so that any index (a company mirror) can serve it.
"""

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = """--generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
--no-header --no-annotate --allow-unsafe --strip-extras"""


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "dev.in"
        wanted.write_text("\n".join(project["project"]["dependencies"] + project["dependency-groups"]["dev"]) + "\n")
        command = [
            sys.executable,
            "-m",
            "piptools",
            "compile",
            "-q",
            *OPTIONS.split(),
            "-o",
            str(ROOT / "requirements/dev.lock"),
            str(wanted),
        ]
        subprocess.run(command, check=True, cwd=folder)


if __name__ == "__main__":
    main()
