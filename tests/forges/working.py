"""A repository at a forge, the client that is signed in there, and a clone to push from."""

from __future__ import annotations

from typing import Any

from pullwright.forges.forge import Forge
from pullwright.workspace.clone import Clone

BRANCH = "pullwright/1"
FOUR = "one\ntwo\nthree\nfour\n"
WHO = {f"GIT_{role}_{part}": "Bot" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}


class Working:
    """`hub` is the double; `push` and `opened` do what the service does with an attempt's change."""

    def __init__(self, hub: Any, slug: str, forge: Forge, clone: Clone, url: str, *, local: bool = False) -> None:
        self.hub, self.slug, self.forge, self.clone, self.url, self.local = hub, slug, forge, clone, url, local

    async def push(self, content: str, branch: str = BRANCH, path: str = "a.txt") -> str:
        """Push a commit onto the branch; its name."""
        credential = await self.forge.credential(self.slug)
        await self.clone.fetch(self.url, credential, local=self.local)
        there = await self.clone.remote_head(self.url, credential, branch, local=self.local)
        commit = self._commit(there or await self.clone.resolve("main"), path, content)
        await self.clone.push(self.url, credential, branch=branch, commit=commit, lease=there, local=self.local)
        return commit

    async def opened(self, content: str = FOUR, *, draft: bool = True) -> tuple[int, str]:
        """A pull request and its head."""
        head = await self.push(content)
        pull = await self.forge.open_pull(self.slug, head=BRANCH, base="main", title="Four", body="Why", draft=draft)
        return pull.number, head

    def _commit(self, parent: str, path: str, content: str) -> str:
        git, index = self.clone.git, {"GIT_INDEX_FILE": str(self.clone.git_dir / "test-index")}
        blob = git.call("hash-object", "-w", "--stdin", stdin=content.encode()).decode().strip()
        git.call("read-tree", parent, env=index)
        git.call("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=index)
        tree = git.call("write-tree", env=index).decode().strip()
        return git.call("commit-tree", tree, "-p", parent, "-m", f"Put {content!r}", env=WHO).decode().strip()
