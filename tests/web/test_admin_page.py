"""The settings: people come in by a link, roles are given, keys are shown once, models are told, and everything is noted."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from .browser import Browser, set_password, settled
from .scene import PASSWORD, WebScene

pytestmark = [pytest.mark.xdist_group("web-walk"), pytest.mark.timeout(300)]
SECRET = "a horse of another colour"


@pytest.fixture
def page(browser: Browser, scene: WebScene) -> Iterator[Page]:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        yield page


def invited(page: Page, name: str) -> str:
    """The one-time link of somebody new."""
    page.goto("/app/admin?tab=users")
    page.get_by_role("button", name="Add a person").click()
    form = page.get_by_role("dialog", name="Add a person")
    form.get_by_label("Name").fill(name)
    form.get_by_role("button", name="Add them").click()
    link = page.get_by_role("dialog", name=f"A link for {name}")
    text = link.get_by_label("One-time link").inner_text()
    link.get_by_role("button", name="I have copied it").click()
    expect(link).to_have_count(0)
    assert text not in page.content()
    return text


def test_somebody_is_invited_comes_in_and_is_no_administrator(page: Page, browser: Browser, scene: WebScene) -> None:
    link = invited(page, "nia")
    expect(page.get_by_role("listitem").filter(has_text="nia")).to_contain_text("Has not signed in yet")
    with browser.page(scene.url) as hers:
        set_password(hers, link, SECRET)
        hers.get_by_role("navigation", name="Pages").wait_for()
        hers.goto("/app/admin?tab=users")
        expect(hers.get_by_role("heading", name="Profile")).to_be_visible()
        expect(hers.get_by_role("navigation", name="Settings").get_by_role("link", name="People")).to_have_count(0)
        assert hers.request.get("/api/v1/audit").status == 403
        hers.context.clear_cookies()
        set_password(hers, link, SECRET)
        expect(hers.get_by_role("alert").filter(has_text=re.compile("link"))).to_be_visible()


@pytest.mark.slow
def test_a_role_is_given_and_changed_where_it_stands(page: Page, browser: Browser, scene: WebScene) -> None:
    link = invited(page, "rolf")
    page.get_by_role("navigation", name="Settings").get_by_role("link", name="Roles").click()
    role = page.get_by_label("Role of rolf in tally")
    expect(role).to_have_value("")
    role.select_option("viewer")
    expect(page.get_by_text("rolf is viewer of tally")).to_be_visible()
    with browser.page(scene.url) as his:
        set_password(his, link, SECRET)
        his.get_by_role("navigation", name="Pages").wait_for()
        his.goto("/app/new")
        expect(his.get_by_text("You may only look here")).to_be_visible()
        role.select_option("member")
        expect(page.get_by_text("rolf is member of tally")).to_be_visible()
        his.reload()
        expect(his.get_by_label("What is to be done")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Role of rolf in tally")).to_have_value("member")


@pytest.mark.slow
def test_somebody_is_disabled_and_signed_out_at_once(page: Page, browser: Browser, scene: WebScene) -> None:
    link = invited(page, "dan")
    with browser.page(scene.url) as his:
        set_password(his, link, SECRET)
        his.get_by_role("navigation", name="Pages").wait_for()
        page.get_by_role("button", name="Change dan").click()
        page.get_by_role("menuitem", name="Disable").click()
        page.get_by_role("dialog", name="Disable dan?").get_by_role("button", name="Disable").click()
        expect(page.get_by_role("listitem").filter(has_text="dan").get_by_text("Disabled", exact=True)).to_be_visible()
        his.goto("/app/projects")
        expect(his).to_have_url(re.compile("/app/sign-in"))


@pytest.mark.slow
def test_a_key_is_shown_once_works_and_is_revoked(page: Page, scene: WebScene) -> None:
    page.goto("/app/admin?tab=keys")
    page.get_by_role("button", name="Make a key").click()
    form = page.get_by_role("dialog", name="Make a key")
    form.get_by_role("button", name="Make the key").click()
    expect(form.get_by_text("Give it a name")).to_be_visible()
    form.get_by_label("Name").fill("for the build")
    form.get_by_label(re.compile("^read")).check()
    form.get_by_role("button", name="Make the key").click()
    made = page.get_by_role("dialog", name="The key for the build is made")
    token = made.get_by_label("Token").inner_text().strip()
    expect(made.get_by_label("Ready to paste")).to_contain_text(token)
    made.get_by_role("button", name="I have copied it").click()
    expect(made).to_have_count(0)
    key = {"Authorization": f"Bearer {token}"}
    assert httpx.get(f"{scene.url}/api/v1/me", headers=key).json()["name"] == "ada"
    page.reload()
    listed = page.get_by_role("listitem").filter(has_text="for the build")
    expect(listed).to_be_visible()
    assert token not in page.content()
    assert token not in page.request.get("/api/v1/keys").text()
    page.get_by_role("button", name="Revoke for the build").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke it").click()
    expect(listed).to_have_count(0)
    assert httpx.get(f"{scene.url}/api/v1/me", headers=key).status_code == 401


@pytest.mark.slow
def test_the_models_behind_the_names_are_told_to_everybody_and_set_by_who_may(
    page: Page, browser: Browser, scene: WebScene
) -> None:
    page.goto("/app/admin?tab=models")
    for name in ("fast", "deep"):
        line = page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True))
        expect(line).to_contain_text("scripted/scripted")
        expect(line).to_contain_text(re.compile(r"\$\d.* in.*\$\d.* out for a million tokens"))
    a_model_is_added_tried_and_removed(page)
    with browser.page(scene.url, "vic", password=PASSWORD) as his:
        his.goto("/app/admin?tab=models")
        expect(his.get_by_role("listitem").filter(has_text="scripted/scripted")).to_have_count(2)
        expect(his.get_by_role("button", name="Add a model")).to_have_count(0)


def a_model_is_added_tried_and_removed(page: Page) -> None:
    page.get_by_role("button", name="Add a model").click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name to ask for").fill("ours/small")
    form.get_by_label("Provider").select_option("openai")
    form.get_by_label("Model", exact=True).fill("small")
    form.get_by_label("Address").fill("http://127.0.0.1:9/v1")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("alert").last).to_contain_text("needs a key of its own")
    form.get_by_label("Key").fill("sk-not-to-be-seen")
    form.get_by_role("button", name="Try it").click()
    expect(form.get_by_role("alert")).to_contain_text("127.0.0.1:9", timeout=30_000)
    form.get_by_role("button", name="Save").click()
    line = page.get_by_role("listitem").filter(has_text="ours/small")
    expect(line).to_contain_text("Set here")
    assert "sk-not-to-be-seen" not in page.content()
    page.get_by_role("button", name="Remove ours/small").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove it").click()
    expect(line).to_have_count(0)


@pytest.mark.slow
def test_what_was_done_is_in_the_audit_log_and_is_found(page: Page) -> None:
    invited(page, "log")
    page.goto("/app/admin?tab=audit")
    settled(page)
    newest = page.locator(".audit-line").first
    expect(newest).to_contain_text("user.")
    expect(newest).to_contain_text("ada")
    action = page.get_by_label("Action")
    action.fill("user.create")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("action=user.create"))
    settled(page)
    expect(page.locator(".audit-line code").first).to_have_text("user.create")
    assert set(page.locator(".audit-line summary code").all_inner_texts()) == {"user.create"}
    newest.locator("summary").click()
    expect(newest.locator("pre")).to_contain_text("log")
    page.get_by_label("Person", exact=True).select_option(label="vic")
    expect(page.get_by_text("Nothing of that kind was done")).to_be_visible()
