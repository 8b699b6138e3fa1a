"""What a reviewer reads of a change: its files, what is new since their last verdict, lines around it, pictures; bounded, and
nothing of the repository beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from pullwright.log.artifacts import FolderArtifacts
from pullwright.log.sql.log import SqlLog
from pullwright.protocol.events import ChangeMade, SessionStarted
from pullwright.protocol.outcomes import ChangeSummary
from pullwright.server import changed
from pullwright.tasks.publishing.origin import clone_of
from pullwright.tasks.store.tables import attempts, tasks, turns
from pullwright.workspace.git import make_git_dir
from server_world import World, order

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
BEFORE = {
    "shop.py": "".join(f"line {n}\n" for n in range(1, 41)).encode(),
    "old name.py": b"def kept():\n    return 'a name that is long enough to be found again'\n",
    "logo.png": PNG,
    "gone.txt": b"gone\n",
    "secret.txt": b"not of this change\n",
    "run.sh": b"#!/bin/sh\ntrue\n",
}
FIRST = {**BEFORE, "shop.py": BEFORE["shop.py"].replace(b"line 20\n", b"line twenty\n"), "logo.png": PNG + b"more"}
SECOND = {
    **{name: data for name, data in FIRST.items() if name not in ("gone.txt", "old name.py")},
    "shop.py": FIRST["shop.py"].replace(b"line 30\n", b"line thirty\n"),
    'new "name".py': BEFORE["old name.py"],
    "page.svg": b"<svg onload='alert(1)'/>\n",
}


class Change:
    """A task whose attempt waits for a review, with its commits in the service's clone."""

    def __init__(self, world: World) -> None:
        self.world = world
        with world.client("mia") as browser:
            made = browser.post("/api/v1/tasks", json=order()).json()
        self.task, self.attempt = made["id"], made["attempts"][0]["id"]
        self.session: str = made["attempts"][0]["session"]
        self.clone = clone_of(world.service, "proj_tally")
        if not self.clone.git_dir.exists():
            self.clone.folder.mkdir(parents=True)
            make_git_dir(self.clone.git_dir)
        folder = FolderArtifacts(world.service.config.data / "t" / self.session)
        self.log = world.do(SqlLog.open(world.database, self.session, folder, world.service.bells))
        world.do(self.log.claim())
        start = SessionStarted(session=self.session, project="p", pullwright="0")
        world.do(self.log.append((start,), expected_seq=0, generation=self.log.generation))
        self.seq = 1
        self.base = self.commit(BEFORE)

    def git(self, *args: str, stdin: bytes = b"") -> str:
        return self.clone.git.call(*args, stdin=stdin).decode().strip()

    def commit(self, files: dict[str, bytes]) -> str:
        lines = b""
        for name, data in sorted(files.items()):
            blob = self.git("hash-object", "-w", "--stdin", stdin=data)
            mode = "100755" if name == "run.sh" and files is SECOND else "100644"
            lines += f"{mode} blob {blob}\t{name}".encode() + b"\0"
        tree = self.git("mktree", "-z", stdin=lines)
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        return self.git(*who, "commit-tree", tree, "-m", "x")

    def made(self, files: dict[str, bytes]) -> str:
        """The attempt has made this of its base."""
        head = self.commit(files)
        flags = ("-r", "-M", "-p", "--binary")
        diff = self.world.service.blobs
        name = f"changes/{self.seq}.diff"
        data = self.clone.git.call("diff-tree", *flags, self.base, head)
        diff.put(f"sessions/{self.session}/artifacts/{name}", data)
        change = ChangeSummary(branch="b", base=self.base, head=head, files=("shop.py",), added=1, removed=1)
        event = ChangeMade(change=change, diff_artifact=name)
        self.world.do(self.log.append((event,), expected_seq=self.seq, generation=self.log.generation))
        self.seq += 1

        def at_review(connection: Any) -> None:
            where = attempts.c.id == self.attempt
            connection.execute(attempts.update().where(where).values(state="review", head=head))
            connection.execute(tasks.update().where(tasks.c.id == self.task).values(state="review", base=self.base))
            connection.execute(turns.update().where(turns.c.attempt_id == self.attempt).values(state="finished", finished=1.0))

        self.world.database.run(at_review)
        return head

    def get(self, what: str, by: str = "vic", **query: Any) -> httpx.Response:
        with self.world.client(by) as browser:
            return browser.get(f"/api/v1/attempts/{self.attempt}/{what}", params=query)


@pytest.fixture
def change(world: World) -> Change:
    return Change(world)


def test_each_file_says_what_became_of_it(change: Change) -> None:
    change.made(SECOND)
    told = {one["path"]: one for one in change.get("files").json()}
    assert {path: one["status"] for path, one in told.items()} == {
        "shop.py": "modified",
        'new "name".py': "renamed",
        "logo.png": "modified",
        "gone.txt": "deleted",
        "page.svg": "added",
        "run.sh": "modified",
    }
    assert told['new "name".py']["was"] == "old name.py"
    assert told["run.sh"]["mode"] == "100644 -> 100755"
    logo = told["logo.png"]
    assert (logo["binary"], logo["was_size"], logo["size"], logo["diff"]) == (True, 264, 268, "")
    assert (told["shop.py"]["added"], told["shop.py"]["removed"]) == (2, 2)
    assert "+line thirty" in told["shop.py"]["diff"]
    (alone,) = change.get("files", path="shop.py").json()
    assert alone == told["shop.py"]


def test_what_is_new_since_a_review(change: Change) -> None:
    first = change.made(FIRST)
    with change.world.client("mia") as browser:
        remark = {"text": "Why?", "path": "shop.py", "line": 20}
        assert browser.post(f"/api/v1/attempts/{change.attempt}/comments", json=remark).status_code == 201
        assert browser.post(f"/api/v1/tasks/{change.task}/send-back", json={"note": "again"}).status_code == 200
    change.made(SECOND)
    told = {one["path"]: one for one in change.get("files", since=first).json()}
    assert "logo.png" not in told
    assert "+line thirty" in told["shop.py"]["diff"]
    assert "+line twenty" not in told["shop.py"]["diff"]


def test_only_a_head_that_was_reviewed_can_be_compared_with(change: Change) -> None:
    change.made(FIRST)
    other = change.commit({"secret.txt": b"of another branch\n"})
    for since in (other, change.base, "main", "HEAD~1", "--output=/tmp/x", "a\0b"):
        answer = change.get("files", since=since)
        assert answer.status_code == 404, since
        assert answer.json()["fix"]


def test_lines_around_a_change(change: Change) -> None:
    change.made(SECOND)
    told = change.get("file", path="shop.py", **{"from": 28, "to": 31}).json()
    assert told["lines"] == ["line 28", "line 29", "line thirty", "line 31"]
    assert (told["total"], told["start"]) == (40, 28)
    old = change.get("file", path="old name.py", side="old").json()
    assert old["lines"][0] == "def kept():"
    assert change.get("file", path="shop.py", **{"from": 900, "to": 901}).json()["lines"] == []
    assert change.get("file", path="logo.png").status_code == 422


def test_what_the_change_does_not_touch_is_not_given_out(change: Change) -> None:
    change.made(SECOND)
    for path in ("secret.txt", "../secret.txt", "./shop.py", "", "gone.txt"):
        assert change.get("file", path=path).status_code == 404, path
        assert change.get("file/image", path=path).status_code == 404, path
    assert change.get("file", by="eve", path="shop.py").status_code == 404


def test_pictures_are_known_by_what_they_hold(change: Change) -> None:
    change.made({**SECOND, "evil.png": b"<html><script>alert(1)</script>"})
    answer = change.get("file/image", path="logo.png")
    assert (answer.content, answer.headers["content-type"]) == (PNG + b"more", "image/png")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert change.get("file/image", path="logo.png", side="old").content == PNG
    for path in ("evil.png", "page.svg", "shop.py"):
        assert change.get("file/image", path=path).status_code == 404


def test_a_large_file_comes_only_when_it_is_asked_for(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed, "LARGEST_FILE", 2000)
    change.made({**SECOND, "big.txt": b"x" * 99 + b"\n" + b"y\n" * 3000})
    told = {one["path"]: one for one in change.get("files").json()}
    assert (told["big.txt"]["cut"], told["big.txt"]["diff"], told["big.txt"]["added"]) == (True, "", 3001)
    assert not told["shop.py"]["cut"]
    (alone,) = change.get("files", path="big.txt").json()
    assert not alone["cut"]
    assert alone["diff"].count("\n+y") == 3000


def test_the_answer_is_compressed_for_who_reads_that(change: Change) -> None:
    change.made({**SECOND, "big.txt": b"the same line\n" * 3000})
    with change.world.client("vic") as browser:
        path = f"/api/v1/attempts/{change.attempt}/files"
        small = browser.get(path, headers={"Accept-Encoding": "gzip"})
        plain = browser.get(path, headers={"Accept-Encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.json() == plain.json()
    assert int(small.headers["content-length"]) * 10 < int(plain.headers["content-length"])


def test_without_the_commits_only_the_kept_diff_is_there(change: Change, tmp_path: Path) -> None:
    change.made(SECOND)
    change.clone.folder.rename(tmp_path / "elsewhere")
    try:
        told = {one["path"]: one for one in change.get("files").json()}
        assert (told["logo.png"]["was_size"], told["logo.png"]["size"]) == (None, None)
        answer = change.get("file", path="shop.py")
        assert (answer.status_code, bool(answer.json()["fix"])) == (404, True)
    finally:
        (tmp_path / "elsewhere").rename(change.clone.folder)


def test_a_waiting_remark_can_be_put_in_other_words(change: Change) -> None:
    change.made(FIRST)
    at = f"/api/v1/attempts/{change.attempt}/comments"
    with change.world.client("mia") as browser, change.world.client("pat") as other:
        made = browser.post(at, json={"text": "Why?", "path": "shop.py", "line": 20}).json()
        path = f"/api/v1/comments/{made['id']}"
        assert browser.patch(path, json={"text": "Because?"}).json()["text"] == "Because?"
        assert browser.patch(path, json={"text": "  "}).status_code == 422
        assert other.patch(path, json={"text": "mine"}).status_code == 403
        (waiting,) = browser.get(f"/api/v1/tasks/{change.task}/reviews").json()["waiting"]
        assert waiting["text"] == "Because?"
        assert browser.post(f"/api/v1/tasks/{change.task}/send-back", json={}).status_code == 200
        assert browser.patch(path, json={"text": "too late"}).status_code == 409
        assert browser.patch("/api/v1/comments/com_none", json={"text": "x"}).status_code == 404
