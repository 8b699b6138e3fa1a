"""A test that hangs in the browser fails alone, and says where: the process lives, and its next tests find their Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .browser import Browser

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("web-walk")]
HANGING = """
import sys
import time

import pytest
from playwright.sync_api import expect

sys.path.insert(0, {tests!r})

from web.browser import Browser


@pytest.fixture(scope="module")
def browser():
    with Browser.open() as opened:
        yield opened


@pytest.fixture
def page(browser):
    with browser.page("http://127.0.0.1:9") as page:
        page.set_content("<p>here</p>")
        yield page


@pytest.mark.timeout(3)
def test_waits_in_the_browser(page):
    page.wait_for_timeout(60_000)


@pytest.mark.timeout(3)
def test_expects_what_never_comes(page):
    expect(page.locator("b")).to_be_visible(timeout=60_000)


@pytest.mark.timeout(3)
def test_waits_beside_the_browser(page):
    time.sleep(60)


@pytest.mark.timeout(60)
def test_comes_next(page):
    page.locator("p").wait_for()
"""


def test_a_test_that_hangs_fails_alone_and_the_next_goes_on(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING.format(tests=str(Path(__file__).parents[1])))
    told = _run(tmp_path, "-n", "1")
    assert "3 failed, 1 passed" in told, told
    assert len(re.findall(r"^FAILED test_hanging.py::test_\w+ - Failed: Timeout", told, re.MULTILINE)) == 3, told
    assert "crashed" not in told


def test_without_chromium_the_tests_are_skipped_but_never_on_ci(browser: Browser, tmp_path: Path) -> None:
    here = Path(__file__).parent
    some = (str(here / "test_frame.py"), "-k", "policy")
    bare = {"PATH": _without_chromium(tmp_path), "CI": ""}
    assert "1 skipped" in _run(here.parents[1], *some, **bare)
    told = _run(here.parents[1], *some, **bare | {"CI": "true"})
    assert "1 error" in told, told
    assert "Chromium is not installed (apt install chromium)" in told


def _run(at: Path, *words: str, **environment: str) -> str:
    """What a pytest of its own says."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *words]
    if not environment:
        command.append(f"--rootdir={at}")
    return subprocess.run(command, cwd=at, capture_output=True, text=True, timeout=100, env=os.environ | environment).stdout


def _without_chromium(tmp_path: Path) -> str:
    """A folder for PATH with nothing but git."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").symlink_to(shutil.which("git") or "")
    return str(tmp_path / "bin")
