"""What a change is called: its branch and its commit message.

branch_name(prompt, session) -> pullwright/fix-the-failing-test-8f3k2a
commit_message(prompt, message, session) -> subject, what was asked, a trailer that names the session
"""

from __future__ import annotations

import re
import unicodedata

CO_AUTHOR = "Pullwright <pullwright@localhost>"
_LONGEST_SLUG = 40
_LONGEST_SUBJECT = 72


def branch_name(prompt: str, session: str) -> str:
    """A branch of this session alone: words of the prompt, then the end of the session's id. Always a valid ref name."""
    return f"pullwright/{slug(prompt)}-{re.sub(r'[^a-z0-9]', '', session.lower())[-6:] or '0'}"


def slug(prompt: str) -> str:
    """The prompt's first words in `a-z0-9-`, at most 40 characters; `change` when nothing of it is left."""
    plain = unicodedata.normalize("NFKD", prompt[:500]).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    kept = ""
    for word in words:
        longer = f"{kept}-{word}" if kept else word[:_LONGEST_SLUG]
        if len(longer) > _LONGEST_SLUG:
            break
        kept = longer
    return kept or "change"


def commit_message(prompt: str, message: str, session: str, co_author: str = "") -> str:
    """Subject (the agent's, where its last message begins with a fitting sentence; else the prompt's), and what was asked.

    Text from outside cannot add a trailer: it is indented, and only the last paragraph holds trailers.
    """
    asked = _clean(prompt)
    quoted = "\n".join(f"    {line}".rstrip() for line in asked.splitlines()[:40])[:4_000]
    trailers = f"Pullwright-Session: {_clean(session)}\n"
    if co_author:
        trailers += f"Co-authored-by: {' '.join(_clean(co_author).split())}\n"
    return f"{subject(prompt, message)}\n\nAsked:\n\n{quoted}\n\n{trailers}"


def subject(prompt: str, message: str) -> str:
    """One line of at most 72 characters."""
    first = next((line for line in _clean(message).splitlines() if line.strip()), "")
    first = re.sub(r"^\s*([#>*+-]|\d+[.)])+\s*", "", first)
    first = re.split(r"(?<=[^.\s])[.!](\s|$)", first, maxsplit=1)[0].replace("**", "").replace("`", "").strip()
    if 8 <= len(first) <= _LONGEST_SUBJECT and not re.match(r"[\w-]+-by:|#|(done|ok|okay|sure|yes|no)\b", first, re.IGNORECASE):
        return first
    asked = " ".join(_clean(prompt).split())
    if len(asked) <= _LONGEST_SUBJECT:
        return asked.rstrip(".") or "Change by Pullwright"
    return asked[: _LONGEST_SUBJECT - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _clean(text: str) -> str:
    """Without control characters but newlines; a commit message holds no NUL."""
    return "".join(char if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs") else " " for char in text).strip()
