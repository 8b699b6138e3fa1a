"""GitLab for tests: state kept here, every request held against GitLab's reference (schemas/gitlab.json), git over dulwich.

As GitLab does, it finds out in the background whether a merge request may be merged (`checking` at the first look after each
push), rebases in the background, counts issues and merge requests each for itself, and notes things itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forges.git_server import Environ, Repositories, git_app, serving
from forges.gitea_server import Named, Refusal, Reply, rest_app
from forges.hosting import commit_on, join, merged_tree, move, tip
from forges.schemas import Schema
from repositories import text

BOT, TOKEN = "pullwright-bot", "glpat-token"


class Project:
    """One project's state."""

    def __init__(self, slug: str, bare: Path, project_id: int) -> None:
        self.slug, self.bare, self.id = slug, bare, project_id
        self.requests: dict[int, dict[str, Any]] = {}
        self.issues: dict[int, dict[str, Any]] = {}
        self.notes: dict[tuple[str, int], list[dict[str, Any]]] = {}
        self.emoji: dict[str, list[dict[str, Any]]] = {}
        self.statuses: dict[str, dict[str, dict[str, Any]]] = {}
        self.jobs: dict[str, list[dict[str, Any]]] = {}  # failed ones, by commit
        self.approvals_missing = False
        self.squash_option = "default_off"
        self.pipeline_must_succeed = False
        self.checked: set[str] = set()
        self.rebasing = 0


class GitLabDouble:
    """A running GitLab. `acme` and the bot are developers; `eve` is a guest."""

    def __init__(self, folder: Path) -> None:
        self.repositories = Repositories(folder / "git")
        self.schema = Schema("gitlab")
        self.url = ""
        self.projects: dict[str, Project] = {}
        self.users = {BOT: 1, "acme": 2, "eve": 3}
        self.levels = {1: 30, 2: 40, 3: 10}
        self.logins = {TOKEN: BOT, "acme-token": "acme", "eve-token": "eve"}
        self.seen: list[tuple[str, str]] = []
        self._ids = 100

    @property
    def api(self) -> str:
        return f"{self.url}/api/v4"

    def add(self, slug: str, source: Path) -> str:
        path = self.repositories.create(slug, source)
        self.projects[slug] = Project(slug, path, len(self.projects) + 1)
        return f"{self.url}/{slug}.git"

    def open_issue(self, slug: str, title: str, body: str, login: str = "acme") -> int:
        project = self.projects[slug]
        iid = len(project.issues) + 1
        url = f"{self.url}/{slug}/-/issues/{iid}"
        project.issues[iid] = {"iid": iid, "title": title, "description": body, "state": "opened", "web_url": url}
        project.issues[iid] |= {"author": self.user(login), "labels": [], "assignees": []}
        return iid

    def commit(self, slug: str, branch: str, files: dict[str, str]) -> str:
        return commit_on(self.projects[slug].bare, branch, files)

    def lets_in(self, slug: str, user: str, password: str, writes: bool) -> bool:
        login = self.logins.get(password)
        may = login is not None and self.levels[self.users[login]] >= (30 if writes else 20)
        return user == "oauth2" and slug in self.projects and may

    def user(self, login: str) -> dict[str, Any]:
        return {"id": self.users[login], "username": login, "name": login}

    def new_id(self) -> int:
        self._ids += 1
        return self._ids

    def answer(self, method: str, path: str, query: Named, body: Any, token: str) -> Reply:
        """What GitLab answers."""
        self.seen.append((method, path))
        login = self.logins.get(token)
        if login is None:
            raise Refusal(401, "401 Unauthorized")
        operation, named = self.schema.find(method, path.removeprefix("/api/v4"), query, body)
        if operation.path == "/user":
            return 200, self.user(login)
        if operation.path == "/users":
            return 200, [self.user(name) for name in self.users if name == query["username"]]
        if operation.path == "/projects":
            return 200, [self.shown_project(project) for project in self.projects.values()]
        project = self.projects.get(named["id"])
        if project is None:
            raise Refusal(404, "404 Project Not Found")
        if method != "GET" and self.levels[self.users[login]] < 30 and not operation.path.endswith("/notes"):
            raise Refusal(403, "403 Forbidden")
        return HANDLERS[method, operation.path.removeprefix("/projects/{id}")](self, project, named, query, body, login)

    def shown_project(self, project: Project) -> dict[str, Any]:
        return {
            "id": project.id,
            "path_with_namespace": project.slug,
            "web_url": f"{self.url}/{project.slug}",
            "http_url_to_repo": f"{self.url}/{project.slug}.git",
            "default_branch": "main",
            "visibility": "private",
            "permissions": {"project_access": {"access_level": 30}, "group_access": None},
            "squash_option": project.squash_option,
        }

    def shown(self, project: Project, request: dict[str, Any]) -> dict[str, Any]:
        """A merge request as it is now."""
        if request["state"] == "opened":
            request["sha"] = tip(project.bare, request["source_branch"])
            base = text(project.bare, "merge-base", request["target_branch"], request["sha"])
            target = tip(project.bare, request["target_branch"])
            request["diff_refs"] = {"base_sha": base, "start_sha": target, "head_sha": request["sha"]}
            request["draft"] = request["title"].startswith(("Draft:", "[Draft]", "(Draft)"))
            request["has_conflicts"] = not merged_tree(project.bare, target, request["sha"])
            request["detailed_merge_status"] = self._merge_status(project, request, target)
        return request

    def _merge_status(self, project: Project, request: dict[str, Any], target: str) -> str:
        between = f"{target}..{request['sha']}"
        if between not in project.checked:
            project.checked.add(between)
            return "checking"
        if request["draft"]:
            return "draft_status"
        if request["has_conflicts"]:
            return "conflict"
        if project.approvals_missing:
            return "not_approved"
        latest = project.statuses.get(request["sha"], {}).values()
        if project.pipeline_must_succeed and any(one["status"] != "success" for one in latest):
            return "ci_must_pass"
        return "mergeable"


def _found(of: dict[int, Any], number: str) -> Any:
    if int(number) not in of:
        raise Refusal(404, "404 Not found")
    return of[int(number)]


def project_(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, double.shown_project(project)


def member(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, {"id": int(named["user_id"]), "access_level": _found(double.levels, named["user_id"])}


def issue(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, _found(project.issues, named["issue_iid"])


def edit_issue(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = _found(project.issues, named["issue_iid"])
    _label(there, body)
    return 200, there


def requests(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    state, branch = query.get("state", "all"), query.get("source_branch")
    found = [one for one in reversed(project.requests.values()) if state in ("all", one["state"])]
    page, size = int(query.get("page", 1)), int(query.get("per_page", 20))
    found = [double.shown(project, one) for one in found if branch in (None, one["source_branch"])]
    return 200, found[(page - 1) * size : page * size]


def open_request(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    for name in ("source_branch", "target_branch"):
        if not tip(project.bare, body[name]):
            raise Refusal(400, f"{name} does not exist")
    for one in project.requests.values():
        if one["state"] == "opened" and one["source_branch"] == body["source_branch"]:
            raise Refusal(409, f"Another open merge request already exists for this source branch: !{one['iid']}")
    iid = len(project.requests) + 1
    made: dict[str, Any] = {"iid": iid, "state": "opened", "web_url": f"{double.url}/{project.slug}/-/merge_requests/{iid}"}
    made |= {"title": body["title"], "description": body.get("description", ""), "author": double.user(login), "labels": []}
    made |= {name: body[name] for name in ("source_branch", "target_branch")}
    made |= {"source_project_id": project.id, "target_project_id": project.id, "merge_commit_sha": None}
    project.requests[iid] = made
    note(
        project,
        "merge_requests",
        iid,
        {"id": double.new_id(), "body": "added 1 commit", "author": double.user(login), "system": True},
    )
    return 201, double.shown(project, made)


def request(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = _found(project.requests, named["merge_request_iid"])
    shown = double.shown(project, there)
    if query.get("include_rebase_in_progress") == "true":
        project.rebasing = max(0, project.rebasing - 1)
        shown = {**shown, "rebase_in_progress": project.rebasing > 0}
    return 200, shown


def edit_request(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = _found(project.requests, named["merge_request_iid"])
    there |= {name: body[name] for name in ("title", "description") if name in body}
    if body.get("state_event") == "close" and there["state"] == "opened":
        there["state"] = "closed"
    _label(there, body)
    return 200, double.shown(project, there)


def merge(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = double.shown(project, _found(project.requests, named["merge_request_iid"]))
    if body.get("sha") != there["sha"]:
        raise Refusal(409, f"SHA does not match HEAD of source branch: {there['sha']}")
    if there["state"] != "opened" or there["detailed_merge_status"] != "mergeable":
        raise Refusal(405, "405 Method Not Allowed")
    how = "squash" if body.get("squash") else "merge"
    message = body.get("squash_commit_message" if how == "squash" else "merge_commit_message", "Merge")
    made = join(project.bare, tip(project.bare, there["target_branch"]), there["sha"], how, message)
    move(project.bare, there["target_branch"], made)
    there |= {"state": "merged", "merge_commit_sha": made, "detailed_merge_status": "not_open"}
    return 200, there


def rebase(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = double.shown(project, _found(project.requests, named["merge_request_iid"]))
    made = join(project.bare, tip(project.bare, there["target_branch"]), there["sha"], "rebase", "")
    if made:
        move(project.bare, there["source_branch"], made)
    else:
        there["merge_error"] = "Rebase failed: Rebase locally, resolve all conflicts, then push the branch."
    project.rebasing = 2
    return 202, {"rebase_in_progress": True}


def diffs(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = double.shown(project, _found(project.requests, named["merge_request_iid"]))
    found: list[dict[str, str]] = []
    for path in text(project.bare, "diff", "--name-only", f"{there['target_branch']}...{there['sha']}").splitlines():
        diff = text(project.bare, "diff", f"{there['target_branch']}...{there['sha']}", "--", path)
        found.append({"old_path": path, "new_path": path, "diff": diff[diff.index("@@") :] + "\n" if "@@" in diff else ""})
    return 200, found


def discussion(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = double.shown(project, _found(project.requests, named["merge_request_iid"]))
    position = body.get("position")
    if position and {name: position[name] for name in there["diff_refs"]} != there["diff_refs"]:
        raise Refusal(400, "position is incomplete")
    if position and not _is_line(project, there, position):
        raise Refusal(400, 'Note {:line_code=>["can\'t be blank", "must be a valid line code"]}')
    made = {"id": double.new_id(), "body": body["body"], "author": double.user(login), "system": False, "position": position}
    note(project, "merge_requests", there["iid"], made)
    return 201, {"id": f"thread-{made['id']}", "notes": [made]}


def _is_line(project: Project, there: dict[str, Any], position: dict[str, Any]) -> bool:
    """An added line has a number on the new side alone, a removed one on the old, an untouched one on both."""
    diff = text(project.bare, "diff", f"{there['target_branch']}...{there['sha']}", "--", position["new_path"])
    old = new = 0
    for line in diff.splitlines():
        if line.startswith("@@"):
            old, new = (int(part[1:].split(",")[0]) for part in line.split()[1:3])
        elif old and line[:1] in " +-":
            numbers = (None if line[0] == "+" else old, None if line[0] == "-" else new)
            if numbers == (position.get("old_line"), position.get("new_line")):
                return True
            old, new = old + (line[0] != "+"), new + (line[0] != "-")
    return False


def discussions(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    notes = project.notes.get(("merge_requests", int(named["merge_request_iid"])), [])
    return 200, [{"id": f"thread-{one['id']}", "notes": [one]} for one in notes] if query.get("page", "1") == "1" else []


def note(project: Project, on: str, number: int, made: dict[str, Any]) -> None:
    project.notes.setdefault((on, number), []).append(made)


def _where(project: Project, named: Named) -> tuple[str, int]:
    on = "issues" if "issue_iid" in named else "merge_requests"
    number = named.get("issue_iid") or named["merge_request_iid"]
    _found(project.issues if on == "issues" else project.requests, number)
    return on, int(number)


def notes(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    found = project.notes.get(_where(project, named), [])
    return 200, found if query.get("sort") == "asc" else list(reversed(found))


def make_note(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    made = {"id": double.new_id(), "body": body["body"], "author": double.user(login), "system": False}
    note(project, *_where(project, named), made)
    return 201, made


def edit_note(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    for one in project.notes.get(_where(project, named), []):
        if one["id"] == int(named["note_id"]):
            if one["author"]["username"] != login:
                raise Refusal(403, "403 Forbidden")
            one["body"] = body["body"]
            return 200, one
    raise Refusal(404, "404 Note Not Found")


def emoji(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    there = project.emoji.setdefault(f"{_where(project, named)} {named.get('note_id', '')}", [])
    if body is None:
        return 200, there
    if body["name"] in [one["name"] for one in there if one["user"]["username"] == login]:
        raise Refusal(404, "Award Emoji Name has already been taken")
    there.append({"id": double.new_id(), "name": body["name"], "user": double.user(login)})
    return 201, there[-1]


def set_status(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    of = project.statuses.setdefault(named["sha"], {})
    name = body.get("name") or body.get("context") or "default"
    there = of.get(name)
    if there is not None and there["status"] == body["state"]:
        event = {"running": "run", "pending": "enqueue"}.get(body["state"], body["state"])
        raise Refusal(400, f"Cannot transition status via :{event} from :{there['status']}")
    of[name] = {"id": there["id"] if there else double.new_id(), "name": name, "status": body["state"]}
    of[name] |= {"description": body.get("description"), "target_url": body.get("target_url")}
    return 201, of[name]


def statuses(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, [one for name, one in project.statuses.get(named["sha"], {}).items() if query.get("name", name) == name]


def pipelines(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, [{"id": 1, "sha": query["sha"]}] if project.jobs.get(query.get("sha", "")) else []


def jobs(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, [one for of in project.jobs.values() for one in of]


def trace(double: GitLabDouble, project: Project, named: Named, query: Named, body: Any, login: str) -> Reply:
    return 200, next(one["trace"] for of in project.jobs.values() for one in of if one["id"] == int(named["job_id"]))


def _label(there: dict[str, Any], body: dict[str, Any]) -> None:
    for name in filter(None, body.get("add_labels", "").split(",")):
        if name not in there["labels"]:
            there["labels"].append(name)


REQUEST, ISSUE = "/merge_requests/{merge_request_iid}", "/issues/{issue_iid}"
HANDLERS: dict[tuple[str, str], Callable[..., Reply]] = {
    ("GET", ""): project_,
    ("GET", "/members/all/{user_id}"): member,
    ("GET", ISSUE): issue,
    ("PUT", ISSUE): edit_issue,
    ("GET", "/merge_requests"): requests,
    ("POST", "/merge_requests"): open_request,
    ("GET", REQUEST): request,
    ("PUT", REQUEST): edit_request,
    ("PUT", f"{REQUEST}/merge"): merge,
    ("PUT", f"{REQUEST}/rebase"): rebase,
    ("GET", f"{REQUEST}/diffs"): diffs,
    ("GET", f"{REQUEST}/discussions"): discussions,
    ("POST", f"{REQUEST}/discussions"): discussion,
    ("POST", "/statuses/{sha}"): set_status,
    ("GET", "/repository/commits/{sha}/statuses"): statuses,
    ("GET", "/pipelines"): pipelines,
    ("GET", "/pipelines/{pipeline_id}/jobs"): jobs,
    ("GET", "/jobs/{job_id}/trace"): trace,
}
for on in (REQUEST, ISSUE):
    HANDLERS |= {
        ("GET", f"{on}/notes"): notes,
        ("POST", f"{on}/notes"): make_note,
        ("PUT", f"{on}/notes/{{note_id}}"): edit_note,
        ("GET", f"{on}/award_emoji"): emoji,
        ("POST", f"{on}/award_emoji"): emoji,
        ("GET", f"{on}/notes/{{note_id}}/award_emoji"): emoji,
        ("POST", f"{on}/notes/{{note_id}}/award_emoji"): emoji,
    }


@contextmanager
def gitlab(folder: Path) -> Iterator[GitLabDouble]:
    """A GitLab without projects."""
    double = GitLabDouble(folder)

    def answer(method: str, path: str, query: Named, body: Any, environ: Environ) -> Reply:
        return double.answer(method, path, query, body, environ.get("HTTP_PRIVATE_TOKEN", ""))

    with serving(git_app(double.repositories, double.lets_in, rest_app(answer))) as double.url:
        yield double
