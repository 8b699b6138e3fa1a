"""An edit that is drafted and not yet written: what a person is shown, and what then lands of it.

proposal = await tool.propose(call, bench)     drafted, nothing written; a ToolResult when the edit finds no place
proposal.preview · proposal.diff               for the person
await proposal.land(call_id)                   as the model meant it
await proposal.land_instead(call_id, files)    with the person's texts in place of the model's
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pullwright.protocol.previews import FilePreview, Preview
from pullwright.tools import answer
from pullwright.tools.arguments import WrongCall
from pullwright.tools.diff import unified
from pullwright.tools.draft import DIFF_LIMIT, Draft, Version
from pullwright.tools.tool import Bench, ToolResult

MANY = 100
"""Files that a question shows the beginning of, where it cannot show all."""


class Proposal:
    """What one edit call would do. `told` makes the model's result once it has landed."""

    def __init__(self, draft: Draft, bench: Bench, told: Callable[[], ToolResult]) -> None:
        self._draft = draft
        self._bench = bench
        self._told = told

    @property
    def changes(self) -> bool:
        """Whether anything would be different afterwards."""
        return bool(self._draft.paths)

    @property
    def preview(self) -> Preview:
        """The files before and after."""
        draft = self._draft
        return Preview(tuple(_shown(path, draft.before[path], draft.after[path]) for path in draft.paths))

    @property
    def diff(self) -> str:
        """A unified diff of the whole, redacted. One of more than 20,000 characters is cut, file by file: each is named, with its
        counts, and shows the beginning of what would change."""
        draft = self._draft
        diff = draft.diff()[0]
        links = "".join(f"{path} is a link: this changes {draft.links[path]}\n" for path in draft.paths if path in draft.links)
        if len(links) + len(diff) <= DIFF_LIMIT:
            return links + diff
        parts = [part for path in draft.paths if (part := draft.diff((path,))[0])]
        share = max(200, DIFF_LIMIT // len(parts))
        return (
            links[:DIFF_LIMIT]
            + "".join(_beginning(part, share) for part in parts[:MANY])
            + (f"… and {len(parts) - MANY:,} more files: {', '.join(draft.paths[MANY:])[:2_000]}\n" if len(parts) > MANY else "")
        )

    @property
    def lines(self) -> dict[str, list[str]]:
        """What it takes away and adds, file by file, wherever that stands."""
        draft = self._draft
        diffs = {path: unified(path, draft.before[path].text, draft.after[path].text)[0] for path in draft.paths}
        return {path: [line for line in diff.splitlines() if line[:1] in ("+", "-")] for path, diff in diffs.items()}

    async def outdated(self) -> bool:
        """Whether somebody changed one of its files since it was drafted."""
        now = Draft(self._bench)
        try:
            return any([(await now.version(path)).data != self._draft.before[path].data for path in self._draft.paths])
        except WrongCall:
            return True

    async def land(self, call_id: str) -> ToolResult:
        """Write it, all or nothing. A file that somebody changed since it was drafted is not overwritten."""
        try:
            await self._draft.land(call_id)
        except WrongCall as wrong:
            return wrong.result
        return self._told()

    async def land_instead(self, call_id: str, files: Mapping[str, str | None]) -> ToolResult:
        """Write `files` (path of the preview -> text, None: gone) in place of what was drafted; other paths stay as they are.

        A path that was not proposed is refused. The model is told what became of its edit.
        """
        proposed = self._draft
        other = sorted(set(files) - set(proposed.paths))
        if other:
            return ToolResult(output=f"Not applied: {', '.join(other)} was not part of the edit. Nothing was changed.", ok=False)
        draft = Draft(self._bench)
        try:
            for path, text in files.items():
                was = await draft.version(path)
                if was.data != proposed.before[path].data:
                    raise WrongCall(f"{path} changed while the person looked at the edit. Nothing was changed; read it again.")
                if text is not None:
                    draft.put(path, text)
                elif was.data is not None:
                    draft.remove(path)
            await draft.land(call_id)
        except WrongCall as wrong:
            return wrong.result
        result = answer.landed(draft, self._bench, ["The person changed this edit before it was applied. The files now read:"])
        return ToolResult(output=f"{result.output}\n{self._left_out(draft)}")

    def _left_out(self, landed: Draft) -> str:
        """What the model proposed against what is there now."""
        parts: list[str] = []
        for path in self._draft.paths:
            now = landed.after.get(path, self._draft.before[path])
            meant = self._draft.after[path]
            if now.data != meant.data:
                parts.append(unified(path, meant.text, now.text)[0])
        text = "".join(parts)[:DIFF_LIMIT]
        clean = self._bench.redact(text.encode(errors="replace")).decode(errors="replace")
        return f"From your edit to what the person let through:\n{clean}"


def _beginning(diff: str, most: int) -> str:
    """The first lines of one file's diff."""
    if len(diff) <= most:
        return diff
    end = diff.rfind("\n", 0, most) + 1 or most
    return f"{diff[:end]}… ({diff.count(chr(10), end):,} more lines of this file are not shown)\n"


def _shown(path: str, before: Version, after: Version) -> FilePreview:
    binary = any(version.data is not None and version.text is None for version in (before, after))
    if binary:
        return FilePreview(path, None, None, binary=True)
    return FilePreview(path, before.text if before.data is not None else None, after.text if after.data is not None else None)
