"""Text from outside (file names, commands, output, the model) made harmless in Markdown.

    code(text)      one code span, on one line
    line(text)      one line of prose: no markup, no mention, no issue reference, no HTML
    quote(text)     a block quote that keeps code spans and fences and nothing else active

What is shown ends up in a pull request's body: `@team`, `closes #1`, an image from elsewhere or a table's end inside
a file name must stay what it is, text.
"""

from __future__ import annotations

import re
import unicodedata

_LONGEST_LINE = 2_000


def visible(text: str) -> str:
    """Without control, bidirectional and other invisible characters; newlines and tabs stay."""
    return "".join(
        char if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else "?" for char in text
    )


def code(text: str, limit: int = 200) -> str:
    """One code span on one line, cut at `limit` characters; safe inside a table's cell."""
    flat = " ".join(visible(text).split())
    if len(flat) > limit:
        flat = flat[: limit - 1] + "…"
    if not flat:
        return "(nothing)"
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    flat = _quiet(flat)
    space = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{space}{flat}{space}{fence}".replace("|", "\\|")


def line(text: str, limit: int = _LONGEST_LINE) -> str:
    """One line of plain prose, cut at `limit` characters; nothing in it is markup."""
    flat = " ".join(visible(text).split())
    if len(flat) > limit:
        flat = flat[: limit - 1] + "…"
    escaped = _inert(re.sub(r"([\\`*_{}\[\]|~])", r"\\\1", flat))
    return re.sub(r"^(\d*)([#>+=.)/-])", r"\1\\\2", escaped)


def quote(text: str, limit: int = 20_000) -> str:
    """A block quote, cut at `limit` characters. Code spans, fences and lists are kept; links, images, HTML, mentions
    and references are text."""
    body = visible(text).strip()
    if len(body) > limit:
        body = body[:limit] + f"\n… ({len(text) - limit} more characters)"
    out: list[str] = []
    fence = ""
    for each in body.splitlines():
        mark = re.match(r"\s{0,3}(`{3,}|~{3,})", each)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) and not each.strip(" `~") else fence
            out.append(_quiet(each))
        elif mark:
            fence = mark[1]
            out.append(_quiet(each))
        else:
            out.append(_outside_spans(each))
    if fence:
        out.append(fence)
    return "\n".join(f"> {each}".rstrip() for each in out) or "> (nothing)"


def _outside_spans(text: str) -> str:
    """Make a line inert but for its code spans."""
    pieces: list[str] = []
    at = 0
    for span in re.finditer(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", text):
        pieces += [_unlinked(text[at : span.start()]), _quiet(span[0])]
        at = span.end()
    pieces.append(_unlinked(text[at:]))
    return "".join(pieces)


def _unlinked(text: str) -> str:
    """Without links, images and headings; emphasis and lists stay."""
    text = re.sub(r"^(\s*)(=+|-{2,})(\s*)$", r"\1\\\2\3", text)
    return re.sub(r"^(\s*)#", r"\1\\#", _inert(re.sub(r"([\[\]|])", r"\\\1", text)))


_CLOSES = r"\b(?:clos|fix|resolv|implement)(?:e[sd]?|es|ed|ing|s)?\b:?\s+(?:issues?\s+)?"
"""What forges take for a word that closes the issue behind it, in a body or a commit's message."""


def _quiet(text: str) -> str:
    """Code in which a program that reads the raw text (for its own marks, or words that close an issue) finds nothing."""
    text = text.replace("<!--", "<\u200b!--").replace("-->", "--\u200b>")
    text = re.sub(rf"(?i)({_CLOSES}[\w./-]*)(?=[#!]\d|://)", "\\1\u200b", text)
    return re.sub(rf"(?i)({_CLOSES}[a-z][a-z0-9]+-)(?=\d)", "\\1\u200b", text)


def _inert(text: str) -> str:
    """HTML, mentions and references switched off; a zero-width space splits what a forge would act on."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--\u200b>")
    text = re.sub(r"(?<=@)(?=[\w-])", "\u200b", text)
    text = re.sub(r"(?<=[#!])(?=\d)", "\u200b", text)
    text = re.sub(rf"(?i)(\bGH-|{_CLOSES}[a-z][a-z0-9]+-)(?=\d)", "\\1\u200b", text)
    return re.sub(r"(?i)\b(https?|ftp)(?=://)|\bwww(?=\.)", lambda found: f"{found[0]}\u200b", text)
