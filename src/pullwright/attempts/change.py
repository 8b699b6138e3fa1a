"""What a change is called: its branch and its commit message.

subject(prompt, message)      -> what the change does, by the first sentence of the agent's last message
branch_name(subject, session) -> pullwright/return-the-last-part-8f3k2a
commit_message(prompt, message, session) -> subject, what was asked, a trailer that names the session
"""

from __future__ import annotations

import re
import unicodedata

CO_AUTHOR = "Pullwright <pullwright@localhost>"
_LONGEST_SLUG = 40
_LONGEST_SUBJECT = 72
_LONGEST_SENTENCE = 120
_HEADING = re.compile(r"(summary|overview|result|changes|what (has )?changed( and why)?)[:.]?", re.IGNORECASE)
_CLOSES = re.compile(r"\b((?:clos|fix|resolv|implement)(?:e[sd]?|es|ed|ing|s)?:?\s+(?:[\w./-]+)?)(?:#|GH-)(\d)", re.IGNORECASE)
"""Words by which a forge closes an issue when the commit is merged: those of an agent must not."""
_SAYS_NOTHING = re.compile(
    r"[\w-]+-by:|#|(done|ok|okay|sure|yes|no)\b|(this is |it is )?not (done|finished)\b|(i )?could not\b", re.IGNORECASE
)


def branch_name(text: str, session: str, prefix: str = "pullwright/") -> str:
    """A branch of this session alone: words of the text, then the end of the session's id. A valid ref name if the prefix is."""
    return f"{prefix}{slug(text)}-{re.sub(r'[^a-z0-9]', '', session.lower())[-6:] or '0'}"


def slug(text: str) -> str:
    """The text's first words in `a-z0-9-`, at most 40 characters; `change` when nothing of it is left."""
    plain = unicodedata.normalize("NFKD", text[:500]).encode("ascii", "ignore").decode().lower()
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
    """What the change does, in one line of at most 72 characters: the first sentence of the agent's last message.

    The prompt's beginning where that says nothing (a heading, "Done"), what was not done, or is no sentence of that length.
    """
    message = _CLOSES.sub(r"\1issue \2", _clean(message))
    first = next((line for line in map(_plain, message.splitlines()) if line and not _HEADING.fullmatch(line)), "")
    first = re.split(r"(?<=[^.\s])[.!](\s|$)", first, maxsplit=1)[0].strip()
    says = first.count(" ") >= 2 or not first.isascii()
    fits = says and 8 <= len(first) <= _LONGEST_SENTENCE and not _SAYS_NOTHING.match(first)
    if fits and (kept := _bounded(first)):
        return kept
    asked = " ".join(_clean(prompt).split())
    return (_bounded(asked) or asked[: _LONGEST_SUBJECT - 1] + "…") if asked.strip(". ") else "Change by Pullwright"


def _plain(line: str) -> str:
    """A line of Markdown as text: no mark in front, no emphasis, code marks or links."""
    line = re.sub(r"^\s*(([#>*+-]+|\d+[.)])\s+)+", "", line)
    return re.sub(r"\[([^\]]*)\]\([^)\s]*\)", r"\1", line).replace("**", "").replace("`", "").strip()


def _bounded(text: str) -> str | None:
    """The text in at most 72 characters, cut between words; None where it cannot be."""
    if len(text) <= _LONGEST_SUBJECT:
        return text.rstrip(".").strip()
    words = text[:_LONGEST_SUBJECT].rpartition(" ")[0].rstrip(" ,;:.")
    return f"{words}…" if words else None


def _clean(text: str) -> str:
    """Without control characters but newlines; a commit message holds no NUL."""
    return "".join(char if char == "\n" or unicodedata.category(char) not in ("Cc", "Cs") else " " for char in text).strip()
