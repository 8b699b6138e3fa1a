"""Webhooks as Gitea and GitLab send them: the headers, signed, and the body."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

SECRET = "hook-secret"

Sent = tuple[dict[str, str], bytes]


def gitea_sends(event: str, slug: str, login: str, payload: dict[str, Any]) -> Sent:
    """Signed by HMAC over the body."""
    raw = json.dumps({"repository": {"full_name": slug}, "sender": {"login": login}, **payload}).encode()
    signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    return {"X-Gitea-Event": event, "X-Gitea-Delivery": hashlib.sha1(raw).hexdigest(), "X-Gitea-Signature": signature}, raw


def gitlab_sends(event: str, slug: str, login: str, payload: dict[str, Any]) -> Sent:
    """With the token beside it."""
    kind = event.lower().replace(" hook", "").replace(" ", "_")
    raw = json.dumps(
        {"object_kind": kind, "project": {"path_with_namespace": slug}, "user": {"id": 2, "username": login}, **payload}
    ).encode()
    return {"X-Gitlab-Event": event, "X-Gitlab-Token": SECRET, "Idempotency-Key": hashlib.sha1(raw).hexdigest()}, raw


def labelled(kind: str, slug: str, issue: dict[str, Any], label: str, login: str = "acme") -> Sent:
    """Somebody has put a label on an issue, which the double has as `issue`."""
    if kind == "gitea":
        return gitea_sends(
            "issues", slug, login, {"action": "label_updated", "issue": {**issue, "labels": [{"id": 1, "name": label}]}}
        )
    about = {"iid": issue["iid"], "action": "update", "url": issue["web_url"]}
    changes = {"labels": {"previous": [], "current": [{"title": label}]}}
    return gitlab_sends("Issue Hook", slug, login, {"object_attributes": about, "labels": [{"title": label}], "changes": changes})


def commented(kind: str, slug: str, pull: dict[str, Any], comment: int, body: str, login: str = "acme") -> Sent:
    """Somebody has commented on a pull request, which the double has as `pull`."""
    if kind == "gitea":
        there = {"id": comment, "body": body, "html_url": ""}
        issue = {"number": pull["number"], "title": pull["title"], "state": "open", "html_url": pull["html_url"]}
        return gitea_sends("issue_comment", slug, login, {"action": "created", "issue": issue, "is_pull": True, "comment": there})
    about = {"id": comment, "noteable_type": "MergeRequest", "note": body, "action": "create", "url": pull["web_url"]}
    return gitlab_sends("Note Hook", slug, login, {"object_attributes": about, "merge_request": {"iid": pull["iid"]}})


def rejected(slug: str, pull: dict[str, Any], text: str, login: str = "acme") -> Sent:
    """Gitea: somebody's review wants changes. It does not say which review that is."""
    review = {"type": "pull_request_review_rejected", "content": text}
    return gitea_sends("pull_request_rejected", slug, login, {"action": "reviewed", "pull_request": pull, "review": review})
