"""What all pages share. A page loads nothing and runs nothing: its style stands in it, and the policy names its digest."""

from __future__ import annotations

import base64
import hashlib

from starlette.responses import Response

from pullwright.server.pages.markup import Child, Markup, element, joined

STYLE = """\
:root { color-scheme: light dark; --line: #8884; --add: #2ea04326; --del: #f8514926; --note: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 72rem; }
pre, code, table.diff { font: 13px/1.45 ui-monospace, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; border-bottom: 1px solid var(--line); }
table.diff { border-collapse: collapse; width: 100%; } table.diff td { padding: 0 .5rem; vertical-align: top; }
td.n { text-align: right; opacity: .6; width: 1%; user-select: none; } td.c { white-space: pre-wrap; overflow-wrap: anywhere; }
tr.add { background: var(--add); } tr.del { background: var(--del); } tr.at td { opacity: .6; padding-top: .5rem; }
.note { background: var(--note); padding: .5rem .75rem; margin: .5rem 0; border-radius: 4px; }
label { display: block; margin: .75rem 0; } input, textarea, select { font: inherit; width: 100%; box-sizing: border-box; }
button { font: inherit; padding: .35rem 1rem; } .row { display: flex; gap: 1rem; align-items: end; } .row > * { flex: 1; }
.meta { opacity: .75; } .wrong { color: #d1242f; }
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


def page(title: str, *children: Child, status: int = 200) -> Response:
    """A whole page as an answer."""
    head = joined(
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width"),
        element("title", f"{title} · Pullwright"),
        Markup(f"<style>{STYLE}</style>"),
    )
    body = element("body", element("h1", title), *children)
    html = f"<!doctype html>{element('html', element('head', head), body, lang='en')}"
    return Response(html, status, {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}, "text/html")


def form(action: str, *children: Child, csrf: str = "") -> Markup:
    """A form that is sent to `action` with the sign-in's token."""
    token = element("input", type="hidden", name="csrf", value=csrf) if csrf else None
    return element("form", token, *children, method="post", action=action)


def field(label: str, name: str, *, type: str = "text", value: str = "", complete: str = "off", needed: bool = True) -> Markup:  # noqa: A002
    """One line to fill in, with its label."""
    entry = element("input", type=type, name=name, value=value, autocomplete=complete, required=needed)
    return element("label", label, entry)


def button(words: str, *, name: str = "", value: str = "") -> Markup:
    """What sends the form."""
    if name:
        return element("button", words, type="submit", name=name, value=value)
    return element("button", words, type="submit")
