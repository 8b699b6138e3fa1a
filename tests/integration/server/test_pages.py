"""The pages of a browser without scripts: what an agent wrote is shown and never meant, and the forms do what they say."""

from __future__ import annotations

import re

import pytest

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import ChangeMade, Reported, SessionStarted
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.server.pages.difference import lines
from pullwright.server.pages.markup import element, markdown
from pullwright.tasks.store.tables import attempts, tasks
from server_world import PASSWORD, World, order

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'
DIFF = f"""diff --git a/shop.py b/shop.py
--- a/shop.py
+++ b/shop.py
@@ -8,3 +8,4 @@ def total():
 kept = 1
-old = "{EVIL}"
+new = "{EVIL}"
+more = 2
 end = 3
"""


@pytest.fixture
def task(world: World) -> dict[str, str]:
    """A task whose attempt waits for a review."""
    with world.client("mia") as browser:
        made = browser.post("/api/v1/tasks", json=order(title=EVIL)).json()
    attempt = made["attempts"][0]
    folder = FolderArtifacts(world.service.config.data / "t" / attempt["session"])
    log = world.do(SqlLog.open(world.database, attempt["session"], folder, world.service.bells))
    world.do(log.claim())
    prefix = f"sessions/{attempt['session']}/artifacts"
    world.service.blobs.put(f"{prefix}/change.diff", DIFF.encode())
    report = f"# Done\n\n{EVIL}\n\n[click](javascript:alert(1)) ![x](https://evil.example/p.png) `code`"
    world.service.blobs.put(f"{prefix}/report.md", report.encode())
    world.service.blobs.put(f"{prefix}/report.json", b"{}")
    change = ChangeSummary(branch="b", base="0" * 40, head="1" * 40, files=("shop.py",), added=2, removed=1)
    events = (
        SessionStarted(session=attempt["session"], project="p", pullwright="0"),
        ChangeMade(change=change, diff_artifact="change.diff"),
        Reported(markdown="report.md", json="report.json"),
    )
    world.do(log.append(events, expected_seq=0, generation=log.generation))

    def at_review(connection) -> None:  # type: ignore[no-untyped-def]
        where = attempts.c.id == attempt["id"]
        connection.execute(attempts.update().where(where).values(state="review", head="1" * 40))
        connection.execute(tasks.update().where(tasks.c.id == made["id"]).values(state="review"))
        from pullwright.tasks.store.tables import turns

        connection.execute(turns.update().where(turns.c.attempt_id == attempt["id"]).values(state="finished", finished=1.0))

    world.database.run(at_review)
    return {"task": made["id"], "attempt": attempt["id"]}


def test_what_an_agent_wrote_is_shown_and_never_meant(world: World, task: dict[str, str]) -> None:
    with world.client("vic") as browser:
        answer = browser.get(f"/review/{task['task']}")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    page = answer.text
    tags = set(re.findall(r"<(\w+)", page))
    assert tags.isdisjoint({"script", "img", "iframe", "object", "link", "svg"})
    assert not re.search(r"<[^>]+\son\w+=", page)
    assert 'href="javascript' not in page
    assert "&lt;script&gt;" in page
    assert "Approve" not in page  # a viewer reviews nothing
    assert '<td class="n">9</td><td class="n"></td>' in page  # the line that went, by its old number
    assert '<td class="n"></td><td class="n">9</td>' in page


def test_a_reviewer_remarks_and_sends_back(world: World, task: dict[str, str]) -> None:
    path = f"/review/{task['task']}"
    own = {"Origin": world.url}
    with world.client("mia") as browser:
        page = browser.get(path).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf
        assert "Approve and merge" in page
        said = {
            "attempt": task["attempt"],
            "do": "comment",
            "path": "shop.py",
            "line": "9",
            "side": "new",
            "text": f"Why? {EVIL}",
        }
        assert browser.post(path, data=said, headers=own).status_code == 403  # no token
        assert browser.post(path, data={**said, "csrf": csrf[1]}, headers={"Origin": "https://evil.example"}).status_code == 403
        assert browser.post(path, data={**said, "csrf": csrf[1]}).status_code == 403  # nothing says where it comes from
        assert browser.post(path, data={**said, "csrf": csrf[1]}, headers=own).status_code == 303
        page = browser.get(path).text
        assert "(not sent yet) Why? &lt;script&gt;" in page
        empty = browser.post(path, data={"csrf": csrf[1], "do": "send-back", "attempt": "att_none"}, headers=own)
        assert empty.status_code == 409
        assert 'role="alert"' in empty.text
        said = {"csrf": csrf[1], "do": "send-back", "attempt": task["attempt"], "note": "Cover the empty basket too."}
        assert browser.post(path, data=said, headers=own).status_code == 303
        told = browser.get(f"/api/v1/tasks/{task['task']}").json()
        assert [turn["kind"] for turn in told["attempts"][0]["turns"]] == ["prompt", "notes"]
        assert "shop.py:9" in told["attempts"][0]["turns"][1]["prompt"]


def test_the_files_and_texts_of_a_change(world: World, task: dict[str, str]) -> None:
    at = f"/api/v1/attempts/{task['attempt']}"
    with world.client(key="read") as program:
        assert program.get(f"{at}/diff").text == DIFF
        (file,) = program.get(f"{at}/files").json()
        assert (file["path"], file["added"], file["removed"]) == ("shop.py", 2, 1)
        assert program.get(f"{at}/report").text.startswith("# Done")
        assert program.get(f"{at}/artifacts").json() == ["change.diff", "report.json", "report.md"]
        answer = program.get(f"{at}/artifacts/report.md")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["content-type"] == "application/octet-stream"
        for name in ("../../../key", "%2e%2e/key", "/etc/passwd", "a//b"):
            assert program.get(f"{at}/artifacts/{name}").status_code in (404, 405)


def test_the_first_page_shows_what_waits_and_signs_out(world: World, task: dict[str, str]) -> None:
    with world.client() as nobody:
        assert nobody.get("/?plain=1").headers["location"] == "/sign-in"
        assert nobody.get("/").headers["location"] in ("/app/", "/sign-in")
    with world.client("pat") as browser:
        page = browser.get("/?plain=1").text
        assert f'href="/review/{task["task"]}"' in page
        assert "&lt;script&gt;" in page
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf
        assert browser.post("/sign-out", data={"csrf": "x"}, headers={"Origin": world.url}).status_code == 403
        assert browser.post("/sign-out", data={"csrf": csrf[1]}, headers={"Origin": world.url}).status_code == 303
        assert browser.get("/api/v1/me").status_code == 401
    world.forget("pat")
    with world.client("eve") as foreign:
        assert task["task"] not in foreign.get("/?plain=1").text


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(world: World, task: dict[str, str]) -> None:
    path = f"/review/{task['task']}"
    with world.client() as browser:
        sent = browser.get(path)
        assert sent.status_code == 303
        said = {"name": "vic", "password": PASSWORD, "after": path}
        assert browser.post("/sign-in", data=said).status_code == 403  # nothing says where it comes from
        wrong = browser.post("/sign-in", data={**said, "password": "wrong"}, headers={"Origin": world.url})
        assert (wrong.status_code, 'role="alert"' in wrong.text) == (401, True)
        answer = browser.post("/sign-in", data=said, headers={"Origin": world.url})
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        assert browser.get(path).status_code == 200
        outside = browser.post("/sign-in", data={**said, "after": "//evil.example"}, headers={"Origin": world.url})
        assert outside.headers["location"] == "/"


def test_markup_is_escaped_unless_it_was_made_here() -> None:
    assert element("p", EVIL, title='"><b>') == (
        '<p title="&quot;&gt;&lt;b&gt;">&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;</p>'
    )
    assert "<img" not in markdown("![x](y) <img src=z>")
    assert "<script" not in markdown(EVIL)


def test_a_diffs_lines_have_the_numbers_of_both_sides() -> None:
    told = [(line.kind, line.old, line.new) for line in lines(DIFF)]
    assert told == [("file", 0, 0), ("at", 0, 0), ("same", 8, 8), ("del", 9, 0), ("add", 0, 9), ("add", 0, 10), ("same", 10, 11)]
