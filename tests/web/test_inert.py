"""What people, repositories and models wrote is text, whatever it looks like. (test_pages_for_all looks at every page for it.)"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from .browser import Browser, settled
from .filled import HOSTILE, Filled
from .scene import PASSWORD, WebScene

pytestmark = [pytest.mark.xdist_group("web"), pytest.mark.timeout(180)]
EVIL = '"><script>window.pwned = 1</script><img src=x onerror="window.pwned=1">'
GROWN = "document.querySelectorAll('img[src=\"x\"], body script:not([src]), iframe, object, embed, [onerror], [onload]').length"


def test_the_text_runs_where_it_is_put_in_as_html(browser: Browser, scene: WebScene) -> None:
    """The guard of the others: what they look for is there where nobody takes care."""
    context = browser.engine.new_context()
    page = context.new_page()
    page.set_content(f'<p title="{EVIL}">x</p>')
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwned") == 1
    assert page.evaluate(GROWN) > 0
    context.close()


def test_it_is_shown_as_it_was_written(browser: Browser, scene: WebScene, filled: Filled) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        page.goto(f"/app/tasks/{filled['hostile']}")
        page.get_by_text(HOSTILE.removesuffix(" [edit]")).first.wait_for()
        inert(page)


def test_names_that_would_be_markup_are_refused_or_inert(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        guard = {"X-CSRF-Token": page.request.get("/api/v1/me").json()["csrf"], "Origin": scene.url}
        for path, body in (
            ("/api/v1/users", {"name": EVIL}),
            ("/api/v1/projects", {"name": EVIL, "url": str(scene.remote)}),
            ("/api/v1/users", {"name": "eve", "email": EVIL}),
            ("/api/v1/keys", {"name": EVIL, "scopes": ["read"]}),
        ):
            assert page.request.post(path, data=body, headers=guard).status in (201, 400, 409, 422), path
        for path in ("/app/projects", "/app/admin", "/app/new", f"/app/projects/{'%3Cimg src=x onerror=window.pwned=1%3E'}"):
            page.goto(path)
            page.get_by_role("main").first.wait_for()
            settled(page)
            inert(page)


def inert(page: Page) -> None:
    """Nothing ran, and nothing is there that could."""
    assert page.evaluate("window.pwned") is None
    assert page.evaluate(GROWN) == 0
