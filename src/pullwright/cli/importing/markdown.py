"""Markdown files that an import makes: front matter and a text."""

from __future__ import annotations

import re


def front_matter(fields: dict[str, str], body: str) -> str:
    """A Markdown file: the fields that say something, then `body`."""
    import json

    # A JSON string is a YAML one.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items() if value]
    head = "\n".join(["---", *lines, "---", "", ""]) if lines else ""
    return f"{head}{body.strip()}\n"


def safe_name(name: str) -> str:
    """A name as a file's: letters, digits, dots, hyphens, underscores, nothing that leads elsewhere."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip(".-")[:64] or "unnamed"
