"""Comments that are made once: found by their mark before they are made, also after a crash in between."""

from __future__ import annotations

from pullwright.forges.forge import Forge
from pullwright.forges.marks import has, marked
from pullwright.forges.records import Comment, On, Side


async def comment_once(forge: Forge, slug: str, n: int, mark: str, body: str, *, on: On = "pull") -> int:
    """Write the comment that has this mark, or bring it up to date when it is there; its id."""
    wanted = marked(body, mark)
    found = await find(forge, slug, n, mark, on=on)
    if found is None:
        return await forge.comment(slug, n, wanted, on=on)
    if found.body.strip() != wanted.strip():
        await forge.edit_comment(slug, n, found.id, wanted, on=on)
    return found.id


async def line_comment_once(
    forge: Forge, slug: str, n: int, mark: str, *, head: str, path: str, line: int, side: Side, body: str
) -> int:
    """Comment on a line, unless the comment with this mark is there; its id."""
    login = await forge.login()
    for comment in await forge.line_comments(slug, n):
        if comment.author == login and has(comment.body, mark):
            return comment.id
    return await forge.line_comment(slug, n, head=head, path=path, line=line, side=side, body=marked(body, mark))


async def find(forge: Forge, slug: str, n: int, mark: str, *, on: On = "pull") -> Comment | None:
    """Our own comment with this mark. What others wrote with the same mark is not ours."""
    login = await forge.login()
    return next((c for c in await forge.comments(slug, n, on=on) if c.author == login and has(c.body, mark)), None)
