"""Webhooks: only what the forge signed is taken, all of GitHub's own examples are read, and what they tell is told right."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import msgspec
import pytest

from forges.doubles import modules
from pullwright.forges.events import (
    CheckFailed,
    ForgeEvent,
    IssueAssigned,
    IssueLabelled,
    Mentioned,
    PullClosed,
    PullMerged,
    Pushed,
    ReviewSubmitted,
)
from pullwright.forges.webhooks import Delivery, Kind, parse, verify
from pullwright.protocol.errors import ChangeRequest, Forbidden

SECRET = "the webhook's own secret"
NOW = 1_800_000_000.0
RAW = b'{"action": "opened", "text": "\xc3\xa9"}'


def hexdigest(raw: bytes = RAW, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def github_headers(raw: bytes, event: str, secret: str = SECRET) -> dict[str, str]:
    return {"X-GitHub-Event": event, "X-GitHub-Delivery": "d-1", "X-Hub-Signature-256": f"sha256={hexdigest(raw, secret)}"}


KEY = base64.b64encode(b"k" * 32).decode()
SIGNING = f"whsec_{KEY}"


def gitlab_headers(raw: bytes = RAW, *, stamp: float = NOW, identity: str = "w-1", key: bytes = b"k" * 32) -> dict[str, str]:
    signed = hmac.new(key, f"{identity}.{int(stamp)}.".encode() + raw, hashlib.sha256).digest()
    return {
        "X-Gitlab-Event": "Issue Hook",
        "webhook-id": identity,
        "webhook-timestamp": str(int(stamp)),
        "webhook-signature": f"v1,{base64.b64encode(b'another key').decode()} v1,{base64.b64encode(signed).decode()}",
    }


GENUINE: list[tuple[Kind, dict[str, str], str]] = [
    ("github", github_headers(RAW, "issues"), SECRET),
    ("gitea", {"X-Gitea-Event": "issues", "X-Gitea-Delivery": "d-1", "X-Gitea-Signature": hexdigest()}, SECRET),
    ("gitea", {"X-Forgejo-Event": "issues", "X-Forgejo-Delivery": "d-1", "X-Forgejo-Signature": hexdigest()}, SECRET),
    ("gitea", github_headers(RAW, "issues"), SECRET),
    ("gitlab", {"X-Gitlab-Event": "Issue Hook", "Idempotency-Key": "d-1", "X-Gitlab-Token": SECRET}, SECRET),
    ("gitlab", gitlab_headers(), SIGNING),
]


@pytest.mark.parametrize(("kind", "headers", "secret"), GENUINE)
def test_what_the_forge_signed_is_taken(kind: Kind, headers: dict[str, str], secret: str) -> None:
    delivery = verify(kind, headers, RAW, secret, NOW)
    assert delivery.id in ("d-1", "w-1")
    assert delivery.event in ("issues", "Issue Hook")
    assert delivery.digest == hashlib.sha256(RAW).hexdigest()
    assert verify(kind, {name.upper(): value for name, value in headers.items()}, RAW, secret, NOW) == delivery


HOW = ("body", "no secret", "other secret", "unsigned", "not ASCII")
WRONG = [(*one, how) for one in GENUINE for how in HOW if how != "body" or "X-Gitlab-Token" not in one[1]]
"""A token says nothing about the body."""


@pytest.mark.parametrize(("kind", "headers", "secret", "how"), WRONG)
def test_what_it_did_not_is_refused(kind: Kind, headers: dict[str, str], secret: str, how: str) -> None:
    raw = RAW + b" " if how == "body" else RAW
    if how == "no secret":
        secret = ""
    if how == "other secret":
        secret = "whsec_" + base64.b64encode(b"o" * 32).decode() if secret == SIGNING else "other"
    if how in ("unsigned", "not ASCII"):
        headers = {name: "sha256=é" if how == "not ASCII" else "" for name in headers if "ignature" in name or "Token" in name}
    with pytest.raises(Forbidden) as refused:
        verify(kind, headers, raw, secret, NOW)
    assert refused.value.fix
    assert SECRET not in f"{refused.value}{refused.value.fix}"


def test_an_old_delivery_is_not_taken_again() -> None:
    for stamp in (NOW - 301, NOW + 301):
        with pytest.raises(Forbidden, match="old"):
            verify("gitlab", gitlab_headers(stamp=stamp), RAW, SIGNING, NOW)
    moved = {**gitlab_headers(stamp=NOW - 301), "webhook-timestamp": str(int(NOW))}
    with pytest.raises(Forbidden):
        verify("gitlab", moved, RAW, SIGNING, NOW)
    other = {**gitlab_headers(), "webhook-id": "w-2"}
    with pytest.raises(Forbidden):
        verify("gitlab", other, RAW, SIGNING, NOW)


def test_a_signing_secret_cannot_be_talked_down_to_a_token() -> None:
    with pytest.raises(Forbidden):
        verify("gitlab", {"X-Gitlab-Token": SIGNING}, RAW, SIGNING, NOW)


def test_a_delivery_under_another_id_has_the_same_digest() -> None:
    first = verify("github", github_headers(RAW, "issues"), RAW, SECRET, NOW)
    again = verify("github", {**github_headers(RAW, "issues"), "X-GitHub-Delivery": "d-2"}, RAW, SECRET, NOW)
    assert first.id != again.id
    assert first.digest == again.digest


def examples() -> list[tuple[str, dict[str, Any]]]:
    path = modules() / "@octokit/webhooks-examples/api.github.com/index.json"
    return [(event["name"], example) for event in json.loads(path.read_text()) for example in event["examples"]]


def test_all_of_githubs_examples_are_read() -> None:
    found: dict[str, list[ForgeEvent]] = {}
    for event, example in examples():
        raw = json.dumps(example).encode()
        delivery = verify("github", github_headers(raw, event), raw, SECRET, NOW)
        for told in parse("github", delivery, raw):
            assert msgspec.json.decode(msgspec.json.encode(told), type=ForgeEvent) == told
            assert "/" in told.slug
            found.setdefault(type(told).__name__, []).append(told)
    assert {"IssueAssigned", "IssueLabelled", "ReviewSubmitted", "PullClosed", "Pushed", "CheckFailed"} <= set(found)
    labelled = [told for told in found["IssueLabelled"] if isinstance(told, IssueLabelled)]
    assert {told.on for told in labelled} == {"issue", "pull"}
    assert all(told.labels and told.n for told in labelled)


def told(kind: Kind, event: str, payload: dict[str, Any], bot: str = "") -> tuple[ForgeEvent, ...]:
    raw = json.dumps(payload).encode()
    return parse(kind, Delivery(id="d", event=event, digest="d"), raw, bot=bot)


def test_our_own_doings_are_ignored_but_not_what_fails_after_our_push() -> None:
    name, example = next((name, one) for name, one in examples() if name == "issues" and one["action"] == "labeled")
    assert told("github", name, example)
    assert told("github", name, example, bot=example["sender"]["login"].upper()) == ()
    repository = {"full_name": "acme/shop"}
    run = {"name": "ci", "head_sha": "a" * 40, "conclusion": "failure", "external_id": "", "pull_requests": [{"number": 3}]}
    failed = {"action": "completed", "check_run": run, "repository": repository, "sender": {"login": "bot"}}
    assert told("github", "check_run", failed, bot="bot") == (
        CheckFailed(slug="acme/shop", actor="bot", head="a" * 40, name="ci", pulls=(3,)),
    )
    run["external_id"] = "pullwright:verification"
    assert told("github", "check_run", failed, bot="bot") == ()


GITLAB = {"project": {"path_with_namespace": "group/sub/shop"}, "user": {"id": 1, "username": "ada"}}
SLUG, ADA = "group/sub/shop", "ada"


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            {
                "object_kind": "issue",
                "object_attributes": {"iid": 5, "action": "open", "url": "u", "description": "@pullwright fix it"},
                "labels": [{"title": "pullwright"}],
                "assignees": [{"id": 2, "username": "pullwright"}],
            },
            (
                IssueLabelled(slug=SLUG, actor=ADA, url="u", n=5, labels=("pullwright",)),
                IssueAssigned(slug=SLUG, actor=ADA, url="u", n=5, assignees=("pullwright",)),
                Mentioned(slug=SLUG, actor=ADA, url="u", n=5, body="@pullwright fix it"),
            ),
        ),
        (
            {
                "object_kind": "issue",
                "object_attributes": {"iid": 5, "action": "update", "url": "u"},
                "labels": [{"title": "old"}, {"title": "new"}],
                "changes": {"labels": {"previous": [{"title": "old"}], "current": [{"title": "old"}, {"title": "new"}]}},
            },
            (IssueLabelled(slug=SLUG, actor=ADA, url="u", n=5, labels=("new",)),),
        ),
        (
            {
                "object_kind": "note",
                "merge_request": {"iid": 7},
                "object_attributes": {
                    "id": 9,
                    "noteable_type": "MergeRequest",
                    "note": "@pullwright explain",
                    "url": "u",
                    "position": {"new_path": "a.py", "new_line": 3},
                },
            },
            (
                Mentioned(
                    slug=SLUG, actor=ADA, url="u", n=7, on="pull", comment=9, body="@pullwright explain", path="a.py", line=3
                ),
            ),
        ),
        (
            {
                "object_kind": "merge_request",
                "object_attributes": {
                    "iid": 7,
                    "action": "merge",
                    "url": "u",
                    "source_branch": "b",
                    "merge_commit_sha": "c" * 40,
                },
            },
            (PullMerged(slug=SLUG, actor=ADA, url="u", n=7, head_branch="b", merged="c" * 40),),
        ),
        (
            {
                "object_kind": "merge_request",
                "object_attributes": {"iid": 7, "action": "close", "url": "u", "source_branch": "b"},
            },
            (PullClosed(slug=SLUG, actor=ADA, url="u", n=7, head_branch="b"),),
        ),
        (
            {
                "object_kind": "merge_request",
                "object_attributes": {"iid": 7, "action": "approved", "url": "u", "last_commit": {"id": "h"}},
            },
            (ReviewSubmitted(slug=SLUG, actor=ADA, url="u", n=7, verdict="approved", head="h"),),
        ),
        (
            {
                "object_kind": "pipeline",
                "merge_request": {"iid": 7},
                "object_attributes": {"id": 1, "status": "failed", "sha": "h", "ref": "b", "source": "push", "url": "u"},
            },
            (CheckFailed(slug=SLUG, actor=ADA, url="u", head="h", name="pipeline", branch="b", pulls=(7,)),),
        ),
        ({"object_kind": "pipeline", "object_attributes": {"status": "failed", "source": "external"}}, ()),
        (
            {"object_kind": "push", "ref": "refs/heads/main", "before": "0" * 40, "after": "h", "user_username": ADA},
            (Pushed(slug=SLUG, actor=ADA, branch="main", after="h"),),
        ),
        ({"object_kind": "tag_push", "ref": "refs/tags/v1"}, ()),
        ({"object_kind": "wiki_page"}, ()),
    ],
)
def test_gitlabs_payloads(payload: dict[str, Any], expected: tuple[ForgeEvent, ...]) -> None:
    assert told("gitlab", "", {**GITLAB, **payload}) == expected


GITEA = {"repository": {"full_name": "acme/shop"}, "sender": {"login": "ada"}}
PULL = {
    "number": 7,
    "html_url": "u",
    "state": "closed",
    "title": "t",
    "head": {"ref": "b", "sha": "h", "repo_id": 1},
    "base": {"ref": "main", "sha": "m", "repo_id": 1},
}
ISSUE = {"number": 5, "html_url": "u", "state": "open", "title": "t", "body": "", "labels": [], "assignees": None}


@pytest.mark.parametrize(
    ("event", "payload", "expected"),
    [
        (
            "issues",
            {"action": "label_updated", "issue": {**ISSUE, "labels": [{"id": 1, "name": "pullwright"}]}},
            (IssueLabelled(slug="acme/shop", actor="ada", url="u", n=5, labels=("pullwright",)),),
        ),
        (
            "issue_assign",
            {"action": "assigned", "issue": {**ISSUE, "assignees": [{"login": "bot"}]}},
            (IssueAssigned(slug="acme/shop", actor="ada", url="u", n=5, assignees=("bot",)),),
        ),
        (
            "issue_comment",
            {"action": "created", "issue": ISSUE, "is_pull": True, "comment": {"id": 4, "body": "@bot fix", "html_url": "c"}},
            (Mentioned(slug="acme/shop", actor="ada", url="c", n=5, on="pull", comment=4, body="@bot fix"),),
        ),
        ("issue_comment", {"action": "deleted", "issue": ISSUE, "comment": {"id": 4, "body": "@bot fix"}}, ()),
        (
            "pull_request_rejected",
            {"action": "reviewed", "pull_request": PULL, "review": {"type": "pull_request_review_rejected", "content": "no"}},
            (ReviewSubmitted(slug="acme/shop", actor="ada", url="u", n=7, verdict="changes_requested", body="no", head="h"),),
        ),
        (
            "pull_request",
            {"action": "closed", "pull_request": {**PULL, "merged": True, "merge_commit_sha": "c"}},
            (PullMerged(slug="acme/shop", actor="ada", url="u", n=7, head_branch="b", merged="c"),),
        ),
        (
            "pull_request",
            {"action": "closed", "pull_request": PULL},
            (PullClosed(slug="acme/shop", actor="ada", url="u", n=7, head_branch="b"),),
        ),
        (
            "status",
            {"sha": "h", "state": "failure", "context": "ci", "target_url": "u"},
            (CheckFailed(slug="acme/shop", actor="ada", url="u", head="h", name="ci"),),
        ),
        (
            "push",
            {"ref": "refs/heads/main", "before": "a", "after": "0" * 40, "pusher": {"login": "ada"}},
            (Pushed(slug="acme/shop", actor="ada", branch="main", before="a"),),
        ),
    ],
)
def test_giteas_payloads(event: str, payload: dict[str, Any], expected: tuple[ForgeEvent, ...]) -> None:
    assert told("gitea", event, {**GITEA, **payload}) == expected


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"issue": 5, "object_kind": 7}', b"\xff", b"null"])
@pytest.mark.parametrize("kind", ["github", "gitlab", "gitea"])
def test_what_is_no_payload_is_refused_and_not_a_fault_of_ours(kind: Kind, raw: bytes) -> None:
    with pytest.raises(ChangeRequest):
        parse(kind, Delivery(id="d", event="issues", digest="d"), raw)


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("@pullwright fix the test", "fix the test"),
        ("Thanks. @Pullwright: review", "review"),
        ("@pullwright", ""),
        ("mail me@pullwright.example", None),
        ("@pullwright-two fix", None),
        ("@other fix", None),
        ("> @pullwright fix\n\nno", None),
        ("`@pullwright fix`", None),
        ("```\n@pullwright fix\n```", None),
        ("<!-- @pullwright fix -->", None),
        ("a @pullwright\n<!-- evil -->fix", "fix"),
    ],
)
def test_what_a_comment_asks_of_us(body: str, asked: str | None) -> None:
    assert Mentioned(slug="a/b", n=1, body=body).asks("@pullwright") == asked
