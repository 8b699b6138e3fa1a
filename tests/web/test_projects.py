"""Projects as people set them up: connected, prepared, tried, looked after; and refused to who may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service_scene import git

from .browser import Browser
from .scene import PASSWORD, WebScene

pytestmark = pytest.mark.xdist_group("web")
BROKEN = "echo begins\ncat /no/such/file\necho never\n"
FAILED = "/no/such/file"


def connect(page: Page, repository: str, name: str) -> None:
    """By the wizard, from the list of projects."""
    page.goto("/app/projects")
    page.get_by_role("button", name="Connect a repository").first.click()
    page.get_by_role("button", name="A folder on the server").click()
    page.get_by_label("Folder on the server's machine").fill(repository)
    page.get_by_role("button", name="Look there").click()
    page.get_by_role("textbox", name="Name").fill(name)
    page.get_by_role("button", name="Connect it").click()
    expect(page.get_by_text("could be fetched")).to_be_visible()


@pytest.mark.slow
def test_a_folder_is_connected_prepared_and_tried(browser: Browser, scene: WebScene, tmp_path: Path) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        page.goto("/app/projects")
        page.get_by_role("button", name="Connect a repository").first.click()
        page.get_by_role("button", name="A folder on the server").click()
        page.get_by_label("Folder on the server's machine").fill(str(tmp_path))
        page.get_by_role("button", name="Look there").click()
        expect(page.get_by_text("is no git repository")).to_be_visible()
        page.keyboard.press("Escape")
        connect(page, str(scene.remote), "walked")
        page.get_by_role("button", name="Set up its environment").click()
        script = page.get_by_label("Setup script", exact=True)
        script.fill(BROKEN)
        page.get_by_role("button", name="Run setup now").click()
        page.get_by_role("button", name="Save and try").click()
        expect(page.get_by_text("Failed at line 2").first).to_be_visible(timeout=90_000)
        expect(page.get_by_label("What setup says")).to_contain_text(FAILED)
        expect(page.locator(".code-numbers .failing")).to_have_text("2")
        script.fill("mkdir -p parts; echo made > parts/made")
        expect(page.locator(".code-numbers .failing")).to_have_count(0)
        page.get_by_role("button", name="Run setup now").click()
        page.get_by_role("button", name="Save and try").click()
        expect(page.get_by_text("are kept")).to_be_visible(timeout=90_000)
        expect(page.get_by_text("Cached", exact=True)).to_be_visible()


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost_by_leaving(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        connect(page, str(scene.remote), "guarded")
        page.get_by_role("button", name="Set up its environment").click()
        network = page.get_by_role("group", name="While the agent works, and when tests are run", exact=True)
        network.get_by_role("radio", name=re.compile("A list")).check()
        network.get_by_role("button", name="Add a host").click()
        host = network.get_by_role("textbox", name="Host")
        host.fill("https://not.a.host/")
        page.get_by_role("button", name="Save environment").click()
        expect(network.get_by_role("alert")).to_contain_text("names no host")
        expect(host).to_be_focused()
        page.get_by_role("link", name="Projects", exact=True).first.click()
        expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()
        page.get_by_role("button", name="Stay").click()
        host.fill("api.example.com")
        page.get_by_role("button", name="Save environment").click()
        expect(page.get_by_text("The environment is saved.")).to_be_visible()
        page.get_by_role("link", name="Projects", exact=True).first.click()
        expect(page).to_have_url(f"{scene.url}/app/projects")


@pytest.mark.slow
def test_tab_indents_a_script_and_escape_lets_go(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        connect(page, str(scene.remote), "typed")
        page.get_by_role("button", name="Set up its environment").click()
        script = page.get_by_label("Setup script", exact=True)
        script.focus()
        page.keyboard.type("if true; then\n")
        page.keyboard.press("Tab")
        page.keyboard.type("echo x")
        expect(script).to_have_value("if true; then\n  echo x")
        page.keyboard.press("Shift+Tab")
        expect(script).to_have_value("if true; then\necho x")
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(script).not_to_be_focused()


@pytest.mark.slow
def test_a_viewer_reads_and_is_told_why_nothing_can_be_changed(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        page.goto("/app/projects/tally#environments")
        page.get_by_label("Another environment").fill("looked-at")
        page.get_by_role("button", name="Make it").click()
        expect(page.get_by_role("heading", name="looked-at")).to_be_visible()
    with browser.page(scene.url, "vic", password=PASSWORD) as page:
        page.goto("/app/projects")
        expect(page.get_by_role("button", name="Connect a repository")).to_be_disabled()
        page.goto("/app/projects/tally/environments/looked-at")
        expect(page.get_by_text("This needs the role admin in this project. You are viewer.").first).to_be_visible()
        expect(page.get_by_role("button", name="Save environment")).to_be_disabled()
        expect(page.get_by_label("Setup script", exact=True)).not_to_be_editable()
        expect(page.get_by_text("Their names are shown to members.")).to_be_visible()
        page.goto("/app/projects/tally#audit")
        expect(page.get_by_text("The audit log is for administrators of the project")).to_be_visible()


@pytest.mark.slow
def test_a_project_is_archived_by_its_name_and_comes_back(browser: Browser, scene: WebScene) -> None:
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        connect(page, str(scene.remote), "put-away")
        page.goto("/app/projects/put-away#settings")
        page.get_by_role("button", name="Archive this project").click()
        archive = page.get_by_role("dialog").get_by_role("button", name="Archive it")
        page.get_by_label("Type put-away to confirm").fill("put-awa")
        expect(archive).to_be_disabled()
        page.get_by_label("Type put-away to confirm").fill("put-away")
        archive.click()
        page.get_by_role("button", name="Bring it back").click()
        expect(page.get_by_role("button", name="Archive this project")).to_be_visible()


@pytest.mark.slow
def test_hostile_names_of_branches_are_inert(browser: Browser, scene: WebScene, tmp_path: Path) -> None:
    remote = tmp_path / "hostile.git"
    git(tmp_path, "clone", "-q", "--bare", str(scene.remote), str(remote))
    git(remote, "branch", "<svg/onload=window.pwned=1>", "main")
    with browser.page(scene.url, "ada", password=PASSWORD) as page:
        connect(page, str(remote), "hostile")
        page.get_by_role("button", name="Open the project").click()
        expect(page.get_by_text("<svg/onload=window.pwned=1>")).to_be_visible()
        assert page.evaluate("() => window.pwned") is None
