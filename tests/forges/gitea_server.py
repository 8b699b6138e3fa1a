"""Gitea for tests: state kept here, every request held against Gitea's swagger (schemas/gitea.json), git over dulwich."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from forges.git_server import Environ, Repositories, Start, git_app, serving
from forges.hosting import commit_on, in_diff, join, merged_tree, move, tip
from forges.schemas import Schema, Undocumented

BOT, TOKEN = "pullwright", "gitea-token"
STATES = ("pending", "success", "error", "failure", "warning")
DRAFTS = ("WIP:", "[WIP]")
PAGE = 30

Reply = tuple[int, Any]
Named = dict[str, str]


class Refusal(Exception):
    """What Gitea answers instead."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(message)


class Shop:
    """One repository's state. Issues and pulls count together."""

    def __init__(self, slug: str, bare: Path, repo_id: int) -> None:
        self.slug, self.bare, self.id = slug, bare, repo_id
        self.count = 0
        self.pulls: dict[int, dict[str, Any]] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, list[dict[str, Any]]] = {}
        self.reviews: dict[int, list[dict[str, Any]]] = {}
        self.methods = {"merge", "squash", "rebase"}
        self.statuses: dict[str, list[dict[str, Any]]] = {}
        self.labels: list[dict[str, Any]] = []
        self.reactions: list[tuple[str, str]] = []
        self.required: tuple[str, ...] = ()  # contexts that must succeed before a merge

    def number(self) -> int:
        self.count += 1
        return self.count


class GiteaDouble:
    """A running Gitea. `people` have a token each; only the bot and `acme` may write."""

    def __init__(self, folder: Path) -> None:
        self.repositories = Repositories(folder / "git")
        self.schema = Schema("gitea")
        self.url = ""
        self.shops: dict[str, Shop] = {}
        self.logins = {TOKEN: BOT, "acme-token": "acme", "eve-token": "eve"}
        self.writers = {BOT, "acme"}
        self.seen: list[tuple[str, str]] = []
        self._ids = 100

    @property
    def api(self) -> str:
        return f"{self.url}/api/v1"

    def add(self, slug: str, source: Path) -> str:
        path = self.repositories.create(slug, source)
        self.shops[slug] = Shop(slug, path, len(self.shops) + 1)
        return f"{self.url}/{slug}.git"

    def open_issue(self, slug: str, title: str, body: str, login: str = "acme") -> int:
        shop = self.shops[slug]
        number = shop.number()
        shop.issues[number] = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "html_url": f"{self.url}/{slug}/issues/{number}",
            "user": {"login": login},
            "labels": [],
            "assignees": None,
        }
        return number

    def commit(self, slug: str, branch: str, files: dict[str, str]) -> str:
        return commit_on(self.shops[slug].bare, branch, files)

    def lets_in(self, slug: str, _user: str, password: str, writes: bool) -> bool:
        login = self.logins.get(password)
        return login is not None and slug in self.shops and (not writes or login in self.writers)

    def new_id(self) -> int:
        self._ids += 1
        return self._ids

    def answer(self, method: str, path: str, query: Named, body: Any, token: str) -> Reply:
        """What Gitea answers."""
        self.seen.append((method, path))
        kind, _, value = token.partition(" ")
        login = self.logins.get(value) if kind.lower() in ("token", "bearer") else None
        if login is None:
            raise Refusal(401, "user does not exist [uid: 0, name: ]")
        operation, named = self.schema.find(method, path.removeprefix("/api/v1"), query, body)
        if operation.path == "/user":
            return 200, {"id": 1, "login": login}
        if operation.path == "/user/repos":
            return 200, [self._repo(shop, login) for shop in self.shops.values()]
        shop = self.shops.get(f"{named['owner']}/{named['repo']}")
        if shop is None:
            raise Refusal(404, "The target couldn't be found.")
        if method != "GET" and login not in self.writers and "/comments" not in path:
            raise Refusal(403, "user should have a permission to write to a repo")
        handler = HANDLERS[method, operation.path.removeprefix("/repos/{owner}/{repo}")]
        return handler(self, shop, named, query, body, login)

    def _repo(self, shop: Shop, login: str) -> dict[str, Any]:
        return {
            "id": shop.id,
            "full_name": shop.slug,
            "html_url": f"{self.url}/{shop.slug}",
            "clone_url": f"{self.url}/{shop.slug}.git",
            "default_branch": "main",
            "private": True,
            "permissions": {"push": login in self.writers},
            "allow_merge_commits": "merge" in shop.methods,
            "allow_squash_merge": "squash" in shop.methods,
            "allow_rebase": "rebase" in shop.methods,
        }

    def shown(self, shop: Shop, pull: dict[str, Any]) -> dict[str, Any]:
        """A pull as it is now: its head is the branch's while it is open."""
        if pull["state"] == "open":
            pull["head"]["sha"] = tip(shop.bare, pull["head"]["ref"])
            pull["base"]["sha"] = tip(shop.bare, pull["base"]["ref"])
            pull["mergeable"] = bool(merged_tree(shop.bare, pull["base"]["sha"], pull["head"]["sha"]))
            pull["draft"] = pull["title"].startswith(DRAFTS)
        return pull


def _found(of: dict[int, Any], number: str) -> Any:
    if int(number) not in of:
        raise Refusal(404, "The target couldn't be found.")
    return of[int(number)]


def repository(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, double._repo(shop, login)


def permission(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    who = named["collaborator"]
    if who not in double.logins.values():
        raise Refusal(404, "user does not exist")
    return 200, {"permission": "write" if who in double.writers else "read", "user": {"login": who}}


def issue(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    found = shop.pulls.get(int(named["index"]))
    return 200, {**found, "pull_request": {}} if found else _found(shop.issues, named["index"])


def pulls(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    state, page, limit = query.get("state", "open"), int(query.get("page", 1)), int(query.get("limit", PAGE))
    found = [pull for pull in reversed(shop.pulls.values()) if state == "all" or pull["state"] == state]
    return 200, [double.shown(shop, pull) for pull in found[(page - 1) * limit : page * limit]]


def open_pull(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    for branch in (body["head"], body["base"]):
        if not tip(shop.bare, branch):
            raise Refusal(404, "The target couldn't be found.")
    for pull in shop.pulls.values():
        if pull["state"] == "open" and (pull["head"]["ref"], pull["base"]["ref"]) == (body["head"], body["base"]):
            raise Refusal(409, f"pull request already exists for these targets [id: {pull['number']}]")
    number = shop.number()
    shop.pulls[number] = {
        "number": number,
        "html_url": f"{double.url}/{shop.slug}/pulls/{number}",
        "state": "open",
        "title": body["title"],
        "body": body.get("body", ""),
        "head": {"ref": body["head"], "sha": "", "repo_id": shop.id},
        "base": {"ref": body["base"], "sha": "", "repo_id": shop.id},
        "merged": False,
        "merge_commit_sha": None,
        "user": {"login": login},
        "labels": [],
    }
    return 201, double.shown(shop, shop.pulls[number])


def pull(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, double.shown(shop, _found(shop.pulls, named["index"]))


def edit_pull(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = _found(shop.pulls, named["index"])
    there |= {name: body[name] for name in ("title", "body", "state") if name in body}
    return 201, double.shown(shop, there)


def merge(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = double.shown(shop, _found(shop.pulls, named["index"]))
    if there["merged"]:
        raise Refusal(405, "The PR is already merged")
    if there["state"] != "open":
        raise Refusal(404, "The target couldn't be found.")
    if there["draft"]:
        raise Refusal(405, "Work in progress PRs cannot be merged")
    latest = {one["context"]: one["status"] for one in shop.statuses.get(there["head"]["sha"], [])}
    if any(latest.get(context) != "success" for context in shop.required):
        raise Refusal(405, "Not all required status checks successful")
    if body.get("head_commit_id", there["head"]["sha"]) != there["head"]["sha"]:
        raise Refusal(409, "head out of date")
    if not there["mergeable"]:
        raise Refusal(405, "Please try again later")
    message = f"{body.get('MergeTitleField', 'Merge')}\n\n{body.get('MergeMessageField', '')}"
    made = join(shop.bare, there["base"]["sha"], there["head"]["sha"], body["Do"], message)
    move(shop.bare, there["base"]["ref"], made)
    there |= {"merged": True, "state": "closed", "merge_commit_sha": made}
    return 200, None


def comments(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, shop.comments.get(int(named["index"]), [])


def comment(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    number = int(named["index"])
    if number not in shop.pulls and number not in shop.issues:
        raise Refusal(404, "The target couldn't be found.")
    made = {"id": double.new_id(), "body": body["body"], "user": {"login": login}, "html_url": ""}
    shop.comments.setdefault(number, []).append(made)
    return 201, made


def edit_comment(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    for there in (one for all_ in shop.comments.values() for one in all_):
        if there["id"] == int(named["id"]):
            if there["user"]["login"] != login:
                raise Refusal(403, "Only the poster can edit a comment")
            there["body"] = body["body"]
            return 200, there
    raise Refusal(404, "The target couldn't be found.")


def reviews(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    page, limit = int(query.get("page", 1)), int(query.get("limit", PAGE))
    return 200, shop.reviews.get(int(named["index"]), [])[(page - 1) * limit : page * limit]


def review(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = double.shown(shop, _found(shop.pulls, named["index"]))
    if body.get("event") not in ("APPROVED", "PENDING", "COMMENT", "REQUEST_CHANGES"):
        raise Refusal(422, "unknown review event")
    made: list[dict[str, Any]] = []
    for one in body.get("comments", []):
        new, old = one.get("new_position", 0), one.get("old_position", 0)
        if not in_diff(shop.bare, there["base"]["ref"], there["head"]["sha"], one["path"], new or old, new=bool(new)):
            raise Refusal(422, f"line {new or old} of {one['path']} is not in the diff")
        place = {"path": one["path"], "position": new, "original_position": old}
        made.append({"id": double.new_id(), "body": one["body"], "user": {"login": login}, **place})
    found = {"id": double.new_id(), "state": body["event"], "user": {"login": login}, "comments_count": len(made), "made": made}
    shop.reviews.setdefault(int(named["index"]), []).append(found)
    return 200, found


def review_comments(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    for one in shop.reviews.get(int(named["index"]), []):
        if one["id"] == int(named["id"]):
            return 200, [{**comment, "pull_request_review_id": one["id"]} for comment in one["made"]]
    raise Refusal(404, "The target couldn't be found.")


def statuses(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, list(reversed(shop.statuses.get(named["sha"], [])))


def status(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    if body.get("state") not in STATES:
        raise Refusal(422, "unknown state")
    made = {
        "id": double.new_id(),
        "status": body["state"],
        **{name: body.get(name, "") for name in ("context", "description", "target_url")},
    }
    shop.statuses.setdefault(named["sha"], []).append(made)
    return 201, made


def labels(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    page, limit = int(query.get("page", 1)), int(query.get("limit", PAGE))
    return 200, shop.labels[(page - 1) * limit : page * limit]


def make_label(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    made = {"id": double.new_id(), **body}
    shop.labels.append(made)
    return 201, made


def add_labels(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    number = int(named["index"])
    there = shop.pulls.get(number) or _found(shop.issues, named["index"])
    for wanted in body["labels"]:
        found = next((label for label in shop.labels if wanted in (label["id"], label["name"])), None)
        if found is None:
            raise Refusal(404, "label does not exist")
        if found not in there["labels"]:
            there["labels"].append(found)
    return 200, there["labels"]


def react(double: GiteaDouble, shop: Shop, named: Named, query: Named, body: Any, login: str) -> Reply:
    what = f"comment {named['id']}" if "id" in named else f"issue {named['index']}"
    if (what, body["content"]) in shop.reactions:
        return 200, {"content": body["content"]}
    shop.reactions.append((what, body["content"]))
    return 201, {"content": body["content"]}


HANDLERS: dict[tuple[str, str], Callable[..., Reply]] = {
    ("GET", ""): repository,
    ("GET", "/collaborators/{collaborator}/permission"): permission,
    ("GET", "/issues/{index}"): issue,
    ("GET", "/pulls"): pulls,
    ("POST", "/pulls"): open_pull,
    ("GET", "/pulls/{index}"): pull,
    ("PATCH", "/pulls/{index}"): edit_pull,
    ("POST", "/pulls/{index}/merge"): merge,
    ("GET", "/issues/{index}/comments"): comments,
    ("POST", "/issues/{index}/comments"): comment,
    ("PATCH", "/issues/comments/{id}"): edit_comment,
    ("GET", "/pulls/{index}/reviews"): reviews,
    ("POST", "/pulls/{index}/reviews"): review,
    ("GET", "/pulls/{index}/reviews/{id}/comments"): review_comments,
    ("GET", "/statuses/{sha}"): statuses,
    ("POST", "/statuses/{sha}"): status,
    ("GET", "/labels"): labels,
    ("POST", "/labels"): make_label,
    ("POST", "/issues/{index}/labels"): add_labels,
    ("POST", "/issues/{index}/reactions"): react,
    ("POST", "/issues/comments/{id}/reactions"): react,
}


def rest_app(answer: Callable[[str, str, Named, Any, Environ], Reply]) -> Callable[[Environ, Start], Iterable[bytes]]:
    """A WSGI application that reads and writes JSON. Paths are as they were sent: an encoded slash stays one."""

    def serve(environ: Environ, start: Start) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = dict(httpx.QueryParams(environ.get("QUERY_STRING", "")))
        path = environ.get("RAW_PATH") or environ["PATH_INFO"]
        try:
            status, said = answer(environ["REQUEST_METHOD"], path, query, json.loads(raw) if raw else None, environ)
        except (Undocumented, Refusal) as error:
            status, said = error.status, {"message": str(error)}
        kind = "text/plain" if isinstance(said, str) else "application/json"
        start(f"{status} X", [("Content-Type", kind)])
        return [b"" if said is None else said.encode() if isinstance(said, str) else json.dumps(said).encode()]

    return serve


@contextmanager
def gitea(folder: Path) -> Iterator[GiteaDouble]:
    """A Gitea without repositories."""
    double = GiteaDouble(folder)

    def answer(method: str, path: str, query: Named, body: Any, environ: Environ) -> Reply:
        return double.answer(method, path, query, body, environ.get("HTTP_AUTHORIZATION", ""))

    with serving(git_app(double.repositories, double.lets_in, rest_app(answer))) as double.url:
        yield double
