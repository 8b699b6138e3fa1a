"""`pullwright demo` at a terminal ends with the web app up, and a link that signs in once."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from pullwright.server.web.files import built_files

from .conftest import Person

PATIENCE = 100.0


@pytest.mark.timeout(180)
def test_the_demo_stays_up_until_ctrl_c_with_its_tasks_to_look_at(person: Person) -> None:
    if not built_files():
        pytest.skip("the web app is not built (make web)")
    terminal = person.opens("demo", "--scripted", columns=200, rows=120, TMPDIR=str(person.shell.home))
    terminal.wait_for("This link signs you in, once:", patience=PATIENCE)
    early, late = re.findall(r"(http://127\.0\.0\.1:\d+)/app/enter#(\S+)", terminal.everything)
    assert early[0] == late[0]
    with httpx.Client(base_url=late[0]) as browser:
        assert browser.get("/api/v1/tasks").status_code == 401
        for _, token in (early, late):
            assert browser.post("/api/v1/links/enter", json={"token": token}).status_code == 200
            assert browser.post("/api/v1/links/enter", json={"token": token}).status_code == 401
        assert browser.get("/api/v1/me").json()["name"] == "ann"
        tasks: list[dict[str, Any]] = browser.get("/api/v1/tasks").json()["tasks"]
        assert sorted(task["state"] for task in tasks) == ["merged", "review", "review", "review"]
        assert "Pullwright" in browser.get("/app/").text
    terminal.press("ctrl-c")
    assert terminal.wait_exit() == 0
    assert not list(person.shell.home.glob("pullwright-demo-*"))
