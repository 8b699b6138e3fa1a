"""Skills: folders with a `SKILL.md` that says how something is done, offered to the model by name and read when they are needed.

Format: agentskills.io, "Specification": YAML front matter with `name` (64 characters, lower-case letters, digits and hyphens)
and `description` (1,024 characters: what it does and when to use it), then Markdown; files beside it are read by path.

    <skills>     in the opening: one line for each, and where its file lies
    <skill>      a skill's text, when the person names it in a prompt: `$pdf`, or `/pdf`
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence

import msgspec

from pullwright.agent.context import fragment
from pullwright.agent.frontmatter import read
from pullwright.protocol.items import Item

MOST_LISTED = 6_000
"""Characters of the list in the opening: some 1,500 tokens."""
MOST_DESCRIPTION = 400
MOST_TEXT = 32_000
"""Characters of a skill's text that are given at once; the rest is read by path."""

_NAME = re.compile(r"[\w][\w.:-]{0,63}\Z")
_NAMED = re.compile(r"(?:(?<=\s)|^)[$/]([\w][\w.:-]*[\w])(?=\s|[.,;:!?)]|\Z)")


class Skill(msgspec.Struct, frozen=True, kw_only=True):
    """One skill. `path` is its file as commands inside see it, `where` the file for the person, `text` its body."""

    name: str
    description: str
    path: str
    text: str
    where: str = ""
    own: bool = True


def skill_of(data: bytes, *, path: str, where: str = "", own: bool = True) -> Skill:
    """The skill in a `SKILL.md`. Raises `ValueError`, in words, for one that cannot be offered."""
    fronted = read(data)
    name = fronted.text("name") or posixpath.basename(posixpath.dirname(path))
    description = fronted.text("description")
    if not _NAME.match(name):
        raise ValueError(f"its name {name[:80]!r} is none: letters, digits and hyphens, at most 64")
    if not description:
        raise ValueError("it has no description, so nobody would know when to use it")
    return Skill(name=name, description=description[:1024], path=path, text=fronted.body, where=where or path, own=own)


def distinct(skills: Iterable[Skill]) -> tuple[Skill, ...]:
    """By name, sorted; the first of a name counts. So the person's come before a project's."""
    found: dict[str, Skill] = {}
    for skill in skills:
        found.setdefault(skill.name, skill)
    return tuple(found[name] for name in sorted(found))


def listed(skills: Sequence[Skill]) -> tuple[Item, ...]:
    """What the model is told of them at the start; nothing when there are none."""
    if not skills:
        return ()
    lines = ["Skills: instructions for kinds of task. When one fits the task, read its file first and follow it."]
    left = MOST_LISTED - len(lines[0])
    for number, skill in enumerate(skills):
        line = f"- {skill.name}: {_short(skill.description)} ({skill.path})"
        left -= len(line) + 1
        if left < 0:
            lines.append(f"- and {len(skills) - number} more: {', '.join(more.name for more in skills[number:])}"[:300])
            break
        lines.append(line)
    return (fragment("skills", "\n".join(line.replace("</skills>", "") for line in lines)),)


def named(text: str, skills: Sequence[Skill]) -> list[Skill]:
    """The skills that a prompt names, `$pdf` or `/pdf`, in order."""
    if "$" not in text and "/" not in text:
        return []
    known = {skill.name: skill for skill in skills}
    return [known[name] for name in dict.fromkeys(_NAMED.findall(text)) if name in known]


def given(skill: Skill) -> Item:
    """A skill's text for the model."""
    text = skill.text.replace("</skill>", "<\\/skill>")
    if len(text) > MOST_TEXT:
        text = f"{text[:MOST_TEXT]}\n[cut here: read the rest in {skill.path}]"
    folder = posixpath.dirname(skill.path)
    return fragment(
        "skill", f"The person asks for the skill {skill.name} ({skill.path}; its other files lie in {folder}).\n\n{text}"
    )


def _short(text: str) -> str:
    return text if len(text) <= MOST_DESCRIPTION else f"{text[: MOST_DESCRIPTION - 1]}…"
