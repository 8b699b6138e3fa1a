"""The web app in the wheel, served from where that is installed; and without npm: all but the web app, and words for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from api.served import Served
from pullwright.server.web.files import BUILT, built_files

ROOT = Path(__file__).parents[2]
UPSTREAM = {"up": ("responses", "http://127.0.0.1:9/v1")}
PLACE = "pullwright/server/web/built/"
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("wheel"), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from this checkout. The web app must be there, on CI at least."""
    if not built_files():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("the web app is not built (make web)")
    folder = tmp_path_factory.mktemp("shipped")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    (made,) = folder.glob("pullwright-*.whl")
    return made


def test_the_wheel_has_the_built_app_and_serves_it(wheel: Path, short_path: Path) -> None:
    with zipfile.ZipFile(wheel) as inside:
        packed = {name.removeprefix(PLACE): inside.read(name) for name in inside.namelist() if name.startswith(PLACE)}
    assert set(packed) == {path.relative_to(BUILT).as_posix() for path in BUILT.rglob("*") if path.is_file()}
    served = Served(short_path, UPSTREAM)
    served.program, served.more = (str(_installed(wheel) / "pullwright"),), {}
    with served:
        at = f"http://127.0.0.1:{served.port}"
        page = httpx.get(f"{at}/app/tasks/any")
        scripts = re.findall(r'<script type="module"[^>]* src="/app/([^"]+)"', page.text)
        assert page.text.encode() == packed["index.html"]
        assert scripts
        for script in scripts:
            got = httpx.get(f"{at}/app/{script}", headers={"Accept-Encoding": "identity"})
            assert got.content == packed[script]
            assert "javascript" in got.headers["content-type"]
        assert httpx.get(f"{at}/", follow_redirects=False).headers["location"] == "/app/"


def _installed(wheel: Path) -> Path:
    """The `bin` folder of an environment with the wheel; what it depends on is this environment's."""
    place = wheel.parent / "env"
    venv.create(place, with_pip=True)
    pip = [str(place / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=300)
    (site,) = place.glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(ours))
    asked = [str(place / "bin/python"), "-c", "import pullwright; print(pullwright.__file__)"]
    found = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=place, timeout=60).stdout
    assert found.startswith(str(site)), found
    return place / "bin"


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 2)])
def test_without_npm_make_says_what_there_will_be(tmp_path: Path, ci: str, code: int) -> None:
    """On CI, where nothing may be skipped, it fails."""
    for name in ("find", "id"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    make = [shutil.which("make") or "", "-s", "web"]
    done = subprocess.run(make, cwd=ROOT, env={"PATH": str(tmp_path), "CI": ci}, capture_output=True, text=True, timeout=60)
    assert "web: skipped, npm is not installed: no web app; command line and API work all the same" in done.stdout
    assert done.returncode == code, done.stderr


def test_without_the_web_app_all_else_is_served_and_its_address_says_how_it_is_built(short_path: Path) -> None:
    place = short_path / "src"
    shutil.copytree(ROOT / "src/pullwright", place / "pullwright", ignore=shutil.ignore_patterns("built", "__pycache__"))
    served = Served(short_path, UPSTREAM)
    served.more = {"PYTHONPATH": str(place)}
    with served:
        at = f"http://127.0.0.1:{served.port}"
        for path in ("/app/", "/app/tasks/any"):
            page = httpx.get(f"{at}{path}")
            assert page.status_code == 200
            assert "The web app was not built" in page.text
            assert "make web" in page.text
        assert httpx.get(f"{at}/healthz").is_success
        key = {"Authorization": f"Bearer {served.key}"}
        assert httpx.get(f"{at}/v1/models", headers=key).is_success
        home = httpx.get(f"{at}/", follow_redirects=True)
        assert home.is_success
        assert "/app/" not in str(home.url)
