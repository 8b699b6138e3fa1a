"""What people, repositories and models wrote is text, whatever it looks like. (test_pages_for_all looks at every page for it.)"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Page, expect

from .browser import Browser, settled
from .filled import HOSTILE, Filled
from .planted_hostile import EVIL_BRANCH, EVIL_WORD, Hostile, plant_hostile
from .play import EVIL_NAME, EVIL_PRINTS, EVIL_SAID
from .scene import PASSWORD, WebScene

pytestmark = [pytest.mark.xdist_group("web-walk"), pytest.mark.timeout(300)]
EVIL = '"><script>window.pwned = 1</script><img src=x onerror="window.pwned=1">'
GROWN = "document.querySelectorAll('img[src=\"x\"], body script:not([src]), iframe, object, embed, [onerror], [onload]').length"
LEADS = """[...document.querySelectorAll("a[href], area[href], form[action], img")]
  .map((it) => it.getAttribute("href") ?? it.getAttribute("action") ?? it.getAttribute("src"))
  .filter((to) => to && !/^(https?:|mailto:|blob:)/.test(new URL(to, location).href))"""
"""Where links, forms and pictures lead that is no ordinary address."""
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
LONG = 60_000.0


@pytest.fixture
def evil(scene: WebScene) -> Iterator[Hostile]:
    """Planted, and taken away again: the other tests have the same scene."""
    planted = scene.do(plant_hostile(scene))
    yield planted
    scene.do(planted.remove(scene))


def naive_markdown(text: str) -> str:
    """As Markdown is shown where nobody takes care: with its HTML, and wherever its links lead."""
    made = MarkdownIt("commonmark", {"html": True})
    made.validateLink = lambda url: True  # type: ignore[method-assign]
    return made.render(text)


def naive_terminal(text: str) -> str:
    """As a terminal's output is shown where nobody takes care: with its links."""
    printed = text.encode().decode("unicode_escape").replace("%s", EVIL)
    return re.sub("\x1b\\]8;;([^\x1b]+)\x1b\\\\(.*?)\x1b\\]8;;\x1b\\\\", r'<a href="\1">\2</a>', printed)


@pytest.mark.parametrize(
    ("text", "shown", "link"),
    [
        (EVIL, lambda text: f'<p title="{text}">x</p>', ""),
        (HOSTILE, lambda text: f'<h1 title="{text}">x</h1>', ""),
        (EVIL_NAME, lambda text: f"<li>{text}</li>", ""),
        (EVIL_BRANCH, lambda text: f"<code>{text}</code>", ""),
        (EVIL_WORD, lambda text: f"<option>{text}</option><b>{text}</b>", ""),
        (EVIL_SAID, naive_markdown, ""),
        ("[here](javascript:window.pwned=1)", naive_markdown, "here"),
        (EVIL_PRINTS, naive_terminal, "press me"),
    ],
    ids=["name", "prompt", "file name", "branch", "word", "markdown", "link of markdown", "link of a terminal"],
)
def test_the_text_runs_where_nobody_takes_care(browser: Browser, text: str, shown: Callable[[str], str], link: str) -> None:
    """The guard of the others: what is planted does run, and what they look for is there."""
    context = browser.engine.new_context()
    page = context.new_page()
    if link:  # no other part of it: what runs is the link's
        found = re.search(rf"<a [^>]*>{link}</a>", shown(text))
        assert found
        page.set_content(found[0])
        assert page.evaluate(LEADS) == ["javascript:window.pwned=1"]
        page.get_by_role("link", name=link).click()
    else:
        page.set_content(shown(text))
        assert page.evaluate(GROWN) > 0
    page.wait_for_function("() => window.pwned === 1")
    context.close()


def test_the_policy_alone_would_stop_it_too(browser: Browser, scene: WebScene) -> None:
    """The second guard: were it put in as HTML, the page's policy runs none of it."""
    with browser.page(scene.url, "ada", password=PASSWORD, strict=False) as page:
        page.goto("/app/projects")
        settled(page)
        page.evaluate(
            "(html) => document.body.insertAdjacentHTML('beforeend', html)", f'<b title="{EVIL}</b>{naive_markdown(EVIL_SAID)}'
        )
        assert page.evaluate(GROWN) > 0
        page.get_by_role("link", name="here", exact=True).click()
        page.wait_for_timeout(500)
        assert page.evaluate("window.pwned") is None
        assert page.url == f"{scene.url}/app/projects"


def test_it_is_shown_as_it_was_written(browser: Browser, scene: WebScene, filled: Filled) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        page.goto(f"/app/tasks/{filled['hostile']}")
        page.get_by_text(HOSTILE.removesuffix(" [edit]")).first.wait_for()
        command = page.locator(".row-command").filter(has_text="press me")
        expect(command.locator(".ansi-red")).to_have_text("red")
        expect(command).to_contain_text("press me <script>window.pwned = 1</script>")
        expect(command.get_by_role("link")).to_have_count(0)
        said = page.locator(".row-said .markdown").filter(has_text="that")
        expect(said).to_contain_text("<iframe src=")
        for words in ("here", "there", "that", "a reference"):
            expect(said.get_by_role("link", name=words, exact=True)).to_have_count(0)
        expect(said.locator("img")).to_have_count(0)
        inert(page)
        for part in ("attempts", "evidence", "about"):
            page.goto(f"/app/tasks/{filled['hostile']}?part={part}")
            settled(page)
            inert(page)
        page.goto(f"/app/tasks/{filled['hostile']}/review")
        page.locator(".d-line").filter(has_text="<script>").first.wait_for()
        expect(page.get_by_role("navigation", name="Changed files")).to_contain_text(EVIL_NAME)
        inert(page)


@pytest.mark.slow
def test_names_that_were_let_in_are_inert_wherever_they_stand(browser: Browser, scene: WebScene, evil: Hostile) -> None:
    """People, projects, environments, variables, keys, forges, schedules, branches, commits: past all that refuses them."""
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        project = f"/app/projects/{quote(EVIL_WORD)}"
        for path in (
            "/app/",
            "/app/projects",
            *(f"{project}{tab}" for tab in ("", "#environments", "#schedules", "#members", "#settings", "#audit")),
            f"/app/tasks/{evil.change.task}",
            f"/app/tasks/{evil.change.task}?part=attempts",
            f"/app/tasks/{evil.change.task}/review",
            "/app/usage?group=user",
            *(f"/app/admin?tab={tab}" for tab in ("keys", "users", "roles", "all-keys", "connections", "audit")),
        ):
            page.goto(path)
            settled(page)
            inert(page)
        page.goto("/app/admin?tab=users")
        expect(page.get_by_role("main")).to_contain_text("<script>window.pwned = 1</script>")
        page.goto(f"{project}/environments/{quote(EVIL_WORD)}")
        settled(page)
        assert "<script>" in page.get_by_label("Setup script", exact=True).input_value()
        assert any("<script>" in field.input_value() for field in page.get_by_role("textbox", name="Name").all())
        inert(page)
        page.goto("/app/new")
        page.get_by_role("button", name="Project", exact=False).first.click()
        expect(page.get_by_role("menuitem", name=EVIL_WORD).or_(page.get_by_role("option", name=EVIL_WORD)).first).to_be_visible()
        inert(page)
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        expect(page.get_by_role("option", name=EVIL_WORD)).to_be_visible()
        inert(page)


@pytest.mark.slow
def test_a_shell_shows_it_and_obeys_nothing_of_the_page(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "mia", password=PASSWORD) as page:
        attempt = Filled(scene)["inside"]
        page.goto(f"/app/attempts/{attempt}/inside")
        expect(page.get_by_text("You are in the agent's workspace")).to_be_visible(timeout=LONG)
        title = page.title()
        page.keyboard.type(f"printf '{EVIL_PRINTS}' '{EVIL}'\n")
        rows = page.get_by_role("group", name="Terminal in the sandbox").locator(".xterm-rows")
        expect(rows).to_contain_text("press me", timeout=LONG)
        at = rows.locator("[class*=xterm-underline]").filter(has_text="press").last.bounding_box()
        assert at
        page.mouse.move(at["x"] + 20, at["y"] + 5)
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(500)
        assert page.title() == title
        scene.do(scene.cancel(attempt))
        assert page.evaluate("window.pwned") is None
        assert page.evaluate(LEADS) == []


@pytest.mark.slow
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
            settled(page)
            inert(page)


def inert(page: Page) -> None:
    """Nothing ran, nothing is there that could, and nothing leads where it would; of control characters nothing is left."""
    assert page.evaluate("window.pwned") is None
    assert page.evaluate(GROWN) == 0
    assert page.evaluate(LEADS) == []
    assert CONTROLS.search(page.locator("body").inner_text()) is None
