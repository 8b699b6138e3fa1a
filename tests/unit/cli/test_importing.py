"""What other agents have, and what it becomes: real-looking homes of each, and hostile ones."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullwright.agent.personas import persona_of
from pullwright.cli.credentials import Credentials
from pullwright.cli.folders import folders
from pullwright.cli.importing.apply import apply
from pullwright.cli.importing.bringing import look
from pullwright.cli.importing.haul import Haul, Place, Server, Setting
from pullwright.cli.importing.jsonc import parse_jsonc
from pullwright.cli.importing.marked import Block, blocks_of, with_block
from pullwright.cli.importing.mcp_json import NAME, name_of, take_address
from pullwright.cli.importing.plan import Plan, plan_for, target_for
from pullwright.cli.importing.secrets import Secrets, is_secret
from pullwright.cli.importing.sources import NAMES, hauls, present
from pullwright.cli.settings.load import load
from pullwright.cli.settings.servers import servers
from pullwright.protocol.errors import FixSettings
from repositories import make_project

TOKEN = "ghp_" + "a1B2" * 9
OPAQUE = "0f9d8c7b6a5e4d3c2b1a"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def haul_of(name: str, home: Path, **env: str) -> Haul:
    (found,) = hauls([name], Place(home, home, env))
    return found


def settings(haul: Haul) -> dict[str, Any]:
    return {one.key: one.value for one in haul.settings}


def server(haul: Haul, name: str) -> Server:
    return next(one for one in haul.servers if one.name == name)


def left(haul: Haul) -> str:
    return "\n".join(f"{one.at} {one.what} {one.why}" for one in haul.left)


def plan(home: Path, *names: str, replace: bool = False) -> Plan:
    config = home / ".config/pullwright"
    target = target_for(config / "config.toml", config / "AGENTS.md", config)
    return plan_for(hauls(names or tuple(NAMES), Place(home, home, {})), target, replace=replace)


CODEX = f"""
model = "gpt-5.1-codex-max"
model_reasoning_effort = "high"
approval_policy = "on-request"
sandbox_mode = "danger-full-access"
notify = ["notify-send", "Codex"]

[model_providers.azure]
name = "Azure"
base_url = "https://example.openai.azure.com/openai"
env_key = "AZURE_OPENAI_API_KEY"

[mcp_servers.context7]
command = "npx"
args = ["-y", "@upstash/context7-mcp", "--api-key", "{OPAQUE}"]
startup_timeout_sec = 20
env_vars = ["HTTPS_PROXY"]

[mcp_servers.github]
url = "https://api.githubcopilot.com/mcp/"
bearer_token_env_var = "GITHUB_PAT"
http_headers = {{ "X-MCP-Toolsets" = "issues" }}
enabled_tools = ["issues_list"]

[mcp_servers.off]
command = "x"
enabled = false
"""


def test_codex(home: Path) -> None:
    write(home / ".codex/config.toml", CODEX)
    write(home / ".codex/AGENTS.md", "Use uv.\n")
    write(home / ".codex/prompts/review.md", "Review $ARGUMENTS\n")
    write(home / ".codex/skills/pdf/SKILL.md", "---\nname: pdf\n---\n")
    write(home / ".codex/skills/pdf/scripts/run.py", "print()\n")
    write(home / ".codex/skills/.system/x/SKILL.md", "not the person's\n")
    haul = haul_of("codex", home)
    assert settings(haul) == {"model": "openai/gpt-5.1-codex-max", "effort": "high", "terminal.approval": "auto-edit"}
    context = server(haul, "context7")
    assert context.keys == {
        "command": "npx",
        "args": ["-y", "@upstash/context7-mcp", "--api-key", "${CONTEXT7_API_KEY}"],
        "env": {"HTTPS_PROXY": "${HTTPS_PROXY}"},
        "start_timeout": 20,
    }
    assert context.secrets == {"CONTEXT7_API_KEY": OPAQUE}
    assert server(haul, "github").keys == {
        "url": "https://api.githubcopilot.com/mcp/",
        "headers": {"X-MCP-Toolsets": "issues", "Authorization": "Bearer ${GITHUB_PAT}"},
        "tools": ["issues_list"],
    }
    assert [(one.kind, one.path) for one in haul.files] == [
        ("commands", "review.md"), ("skills", "pdf/SKILL.md"), ("skills", "pdf/scripts/run.py"),
    ]  # fmt: skip
    assert haul.instructions[0].text == "Use uv.\n"
    assert server(haul, "off").keys == {"command": "x", "off": True}
    for word in ("danger-full-access", "notify"):
        assert word in left(haul)


def test_codex_with_a_provider_of_its_own(home: Path) -> None:
    text = 'model = "m"\nmodel_provider = "lab"\n[model_providers.lab]\nbase_url = "https://lab.example/v1"\n'
    write(home / "elsewhere/config.toml", f'{text}env_key = "LAB_KEY"\nwire_api = "chat"\nhttp_headers = {{ "x-key" = "s" }}\n')
    haul = haul_of("codex", home, CODEX_HOME=str(home / "elsewhere"))
    assert settings(haul) == {
        "providers.lab.base_url": "https://lab.example/v1",
        "providers.lab.wire": "chat",
        "providers.lab.key_env": "LAB_KEY",
        "model": "lab/m",
    }
    assert "http_headers" in left(haul)


def test_claude(home: Path) -> None:
    write(
        home / ".claude/settings.json",
        json.dumps(
            {
                "model": "opus",
                "permissions": {"defaultMode": "acceptEdits", "allow": ["Bash(npm test)"]},
                "env": {"ANTHROPIC_API_KEY": TOKEN, "ANTHROPIC_BASE_URL": "https://gate.example"},
                "hooks": {"Stop": []},
            }
        ),
    )
    servers = {
        "github": {"type": "http", "url": "https://x.example/mcp", "headers": {"Authorization": f"Bearer {TOKEN}"}},
        "db": {
            "command": "db-mcp",
            "args": ["postgres://me:hunter22@db/x"],
            "env": {"DB_TOKEN": OPAQUE, "DB_HOST": "db", "A": "${A:-b}"},
        },
        "old": {"type": "sse", "url": "https://x.example/sse"},
    }
    state = {"mcpServers": servers, "projects": {"/p": {"mcpServers": {"local": {}}}}, "history": ["x" * 100_000]}
    write(home / ".claude.json", json.dumps(state))
    write(home / ".claude/CLAUDE.md", "# Mine\n\n@style.md\n@../../etc/passwd\n")
    write(home / ".claude/style.md", "Short lines.\n")
    write(home / ".claude/agents/reviewer.md", "---\nname: reviewer\n---\nReview.\n")
    write(home / ".claude/commands/git/sync.md", "Sync\n")
    haul = haul_of("claude", home)
    assert settings(haul)["terminal.approval"] == "auto-edit"
    assert str(settings(haul)["model"]).startswith("anthropic/claude-opus")
    assert settings(haul)["providers.anthropic.base_url"] == "https://gate.example"
    github, db = server(haul, "github"), server(haul, "db")
    assert github.keys["headers"] == {"Authorization": "Bearer ${GITHUB_AUTHORIZATION}"}
    assert github.secrets == {"GITHUB_AUTHORIZATION": TOKEN}
    assert db.keys["args"] == ["postgres://me:${DB_ARGUMENT}@db/x"]
    assert db.keys["env"] == {"DB_TOKEN": "${DB_TOKEN}", "DB_HOST": "db", "A": "${A:-b}"}
    assert db.secrets == {"DB_ARGUMENT": "hunter22", "DB_TOKEN": OPAQUE}
    assert haul.instructions[0].text == "# Mine\n\nShort lines.\n@../../etc/passwd\n"
    assert {one.path for one in haul.files} == {"reviewer.md", "git/sync.md"}
    for word in ("permissions.allow", "env.ANTHROPIC_API_KEY", "hooks", "old it speaks the old SSE", "local it is for /p"):
        assert word in left(haul)
    assert TOKEN not in left(haul) + repr(haul.servers)


def test_opencode(home: Path) -> None:
    write(
        home / ".config/opencode/opencode.jsonc",
        """{
  // comments, as everywhere
  "$schema": "https://opencode.ai/config.json",
  "model": "anthropic/claude-sonnet-4-5", /* mine */
  "permission": {"edit": "allow", "bash": {"*": "ask", "git *": "allow"}},
  "instructions": ["~/notes/team.md", "docs/*.md", "https://x.example/rules.md"],
  "command": {"test": {"template": "Run the tests: $ARGUMENTS", "description": "Tests, all of them"}},
  "agent": {"docs": {"prompt": "You write docs.", "description": "Docs"}, "build": {"model": "x/y"}},
  "mcp": {
    "local": {"type": "local", "command": ["bun", "x", "mcp"], "environment": {"URL": "http://x//y", "API_KEY": "{env:MY_KEY}"}},
    "remote": {"type": "remote", "url": "http://localhost:3000/mcp", "timeout": 5000},
    "file": {"type": "local", "command": ["x"], "environment": {"K": "{file:~/.secret}"}},
  },
}
""",
    )
    write(home / "notes/team.md", "We squash.\n")
    write(home / ".config/opencode/AGENTS.md", "Be brief.\n")
    planner = "description: plans\nmode: primary\nmodel: openai/gpt-6-luna\ntools:\n  write: false\npermission:\n  bash: deny\n"
    write(home / ".config/opencode/agent/planner.md", f"---\n{planner}---\nPlan.\n")
    haul = haul_of("opencode", home)
    assert settings(haul) == {"model": "anthropic/claude-sonnet-4-5", "terminal.approval": "auto-edit"}
    assert server(haul, "local").keys == {
        "command": "bun", "args": ["x", "mcp"], "env": {"URL": "http://x//y", "API_KEY": "${MY_KEY}"},
    }  # fmt: skip
    assert server(haul, "remote").keys == {"url": "http://localhost:3000/mcp", "private": True, "timeout": 5}
    assert [one.text for one in haul.instructions] == ["Be brief.\n", "We squash.\n"]
    files = {f"{one.kind}/{one.path}": one.content.decode() for one in haul.files}
    assert files["commands/test.md"] == '---\ndescription: "Tests, all of them"\n---\n\nRun the tests: $ARGUMENTS\n'
    assert set(files) == {"commands/test.md", "agents/docs.md", "agents/planner.md"}
    agent = persona_of(files["agents/planner.md"].encode(), where="planner.md")
    assert (agent.name, agent.model, agent.tools) == ("planner", "openai/gpt-6-luna", ("read", "search", "web", "todo", "agent"))
    assert persona_of(files["agents/docs.md"].encode(), where="docs.md").tools is None
    for word in ("docs/*.md", "https://x.example/rules.md", "{file:", "permission rules"):
        assert word in left(haul)


def test_cline(home: Path) -> None:
    store = home / ".config/Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"
    servers = {
        "My Server!": {"command": "node", "args": ["/srv/x.js"], "disabled": False, "autoApprove": ["a"], "timeout": 60},
        "hosted": {"type": "streamableHttp", "url": "https://x.example/mcp?api_key=" + OPAQUE},
    }
    write(store, json.dumps({"mcpServers": servers}))
    write(home / "Documents/Cline/Rules/style.md", "Tabs.\n")
    write(home / "Documents/Cline/Workflows/release.md", "Release it.\n")
    haul = haul_of("cline", home)
    assert server(haul, "My-Server").keys == {"command": "node", "args": ["/srv/x.js"], "timeout": 60}
    assert server(haul, "hosted").keys["url"] == "https://x.example/mcp?api_key=${HOSTED_URL}"
    assert [one.text for one in haul.instructions] == ["Tabs.\n"]
    assert [(one.kind, one.path) for one in haul.files] == [("commands", "release.md")]


def test_roo(home: Path) -> None:
    settings_folder = home / ".vscode-server/data/User/globalStorage/rooveterinaryinc.roo-cline/settings"
    servers = {"s": {"type": "streamable-http", "url": "https://x.example/mcp", "headers": {"X-Api-Key": "${env:ROO_KEY}"}}}
    write(settings_folder / "mcp_settings.json", json.dumps({"mcpServers": servers}))
    modes = """customModes:
  - slug: docs-writer
    name: 📝 Documentation Writer
    roleDefinition: You are a technical writer.
    whenToUse: For docs
    customInstructions: Be clear.
    groups:
      - read
      - - edit
        - fileRegex: \\.md$
      - browser
  - slug: ""
"""
    write(settings_folder / "custom_modes.yaml", modes)
    write(home / ".roo/rules/a.md", "Rule A.\n")
    haul = haul_of("roo", home)
    assert server(haul, "s").keys["headers"] == {"X-Api-Key": "${ROO_KEY}"}
    agent = next(one for one in haul.files if one.kind == "agents").content.decode()
    assert persona_of(agent.encode(), where="x.md").tools == ("Read", "Grep", "Glob", "Edit", "Write")
    assert agent.startswith('---\nname: "docs-writer"\ndescription: "For docs"\ntools: "Read, Grep, Glob, Edit, Write"\n---\n')
    assert agent.endswith("You are a technical writer.\n\nBe clear.\n")
    assert "which files it may edit" in left(haul)
    assert haul.instructions[0].text == "Rule A.\n"


def test_projects_are_looked_at_without_following_a_link(tmp_path: Path, home: Path) -> None:
    project = tmp_path / "project"
    secret = write(home / ".ssh/id", "SECRET\n")
    write(project / "opencode.json", '{"model": "openai/gpt-6-luna"}')
    write(project / ".clinerules/a.md", "Rule A.\n")
    write(project / ".clinerules/workflows/go.md", "Go.\n")
    (project / ".clinerules/b.md").symlink_to(secret)
    write(project / ".roo/rules/c.md", "Rule C.\n")
    (project / ".roo/commands").symlink_to(home / ".ssh")
    (project / ".roomodes").symlink_to(secret)
    write(project / ".mcp.json", "{}")
    found = hauls(NAMES, Place(project, home, {}, project=True))
    everything = "".join(left(haul) for haul in found)
    assert "SECRET" not in repr(found)
    assert everything.count("it is a link") == 3
    assert [one.text for haul in found for one in haul.instructions] == ["Rule A.\n", "Rule C.\n"]
    assert "it is read as it lies" in everything


@pytest.mark.parametrize(
    "broken", ["{", "[1]", "null", '{"mcpServers": [1], "mcp": 3, "model": []}', "\x00\xff", '{"a":' * 5000, ""]
)
def test_broken_files_are_named_and_stop_nothing(home: Path, broken: str) -> None:
    data = broken.encode("latin-1")
    for path in (
        ".codex/config.toml",
        ".claude/settings.json",
        ".claude.json",
        ".config/opencode/opencode.json",
        ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/custom_modes.yaml",
    ):
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).write_bytes(data)
    write(home / ".codex/AGENTS.md", "Still there.\n")
    found = hauls(NAMES, Place(home, home, {}))
    assert [one.text for haul in found for one in haul.instructions] == ["Still there.\n"]
    assert not any(haul.settings or haul.servers for haul in found)


def test_floods_and_what_is_no_file_are_left_out(home: Path) -> None:
    write(home / ".codex/AGENTS.md", "x" * (300 << 10))
    (home / ".claude").mkdir()
    os.mkfifo(home / ".claude/CLAUDE.md")
    write(home / ".claude/skills/big/SKILL.md", "x" * (2 << 20))
    yaml_bomb = "a: &a [x,x]\nb: &b [*a,*a]\ncustomModes: [*b]\n"
    write(home / ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/custom_modes.yaml", yaml_bomb)
    found = "".join(left(haul) for haul in hauls(NAMES, Place(home, home, {})))
    for why in ("larger than 256 KiB", "not a plain file", "larger than 1024 KiB", "it has aliases"):
        assert why in found


def test_a_second_import_changes_nothing_and_ones_own_edits_stay(home: Path) -> None:
    write(home / ".codex/config.toml", 'approval_policy = "never"\nmodel = "gpt-6-luna"\n')
    write(home / ".codex/AGENTS.md", "Use uv.\n")
    write(home / ".codex/prompts/review.md", "Review\n")
    config = home / ".config/pullwright"
    write(config / "AGENTS.md", "My own text.\n")
    write(config / "config.toml", '# mine\nmodel = "deep"\n')
    first = plan(home)
    assert {step.what: step.state for step in first.steps} == {
        'model = "gpt-6-luna"': "kept", 'approval_policy = "never"': "new", "instructions": "new", "command": "new",
    }  # fmt: skip
    apply(first, None)
    assert plan(home).nothing
    text = (config / "AGENTS.md").read_text()
    assert text.startswith("My own text.\n")
    assert "Use uv." in text
    assert (config / "config.toml").read_text().startswith('# mine\nmodel = "deep"\n')
    # Theirs changes: ours follows. Ours is edited: it stays, until the person says otherwise.
    write(home / ".codex/AGENTS.md", "Use poetry.\n")
    apply(plan(home), None)
    assert "Use uv." not in (config / "AGENTS.md").read_text()
    write(config / "AGENTS.md", (config / "AGENTS.md").read_text().replace("poetry", "hatch"))
    write(config / "commands/review.md", "My own review\n")
    assert plan(home).nothing
    assert {step.state for step in plan(home).steps} == {"kept", "same"}
    apply(plan(home, replace=True), None)
    assert "Use poetry." in (config / "AGENTS.md").read_text()
    assert (config / "commands/review.md").read_text() == "Review\n"
    assert 'model = "openai/gpt-6-luna"' in (config / "config.toml").read_text()


def test_of_two_sources_that_say_different_things_the_first_counts_and_the_other_is_named(home: Path) -> None:
    write(home / ".codex/config.toml", 'approval_policy = "never"\n')
    write(home / ".claude/settings.json", '{"permissions": {"defaultMode": "default"}}')
    found = plan(home)
    assert found.changes == {"terminal.approval": "full-auto"}
    assert [step.state for step in found.steps] == ["new", "kept"]
    assert "from another source" in found.steps[1].note


def test_a_link_out_of_our_folder_is_not_written_through(home: Path, tmp_path: Path) -> None:
    write(home / ".codex/prompts/review.md", "Review\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    (home / ".config/pullwright").mkdir(parents=True)
    (home / ".config/pullwright/commands").symlink_to(outside)
    with pytest.raises(FixSettings, match="a link leads out"):
        apply(plan(home), None)
    assert list(outside.iterdir()) == []


def test_present_names_who_is_there(home: Path) -> None:
    assert present(Place(home, home, {})) == []
    write(home / ".codex/AGENTS.md", "x\n")
    write(home / ".claude/settings.json", '{"hooks": {}}')
    assert present(Place(home, home, {})) == ["codex"]


@given(st.text())
def test_every_servers_name_becomes_one_of_ours(name: str) -> None:
    assert NAME.fullmatch(name_of(name))


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(["codex ~/x", "claude ~/y (z)"]))
def test_a_block_is_found_again_and_what_is_around_it_stays(before: str, text: str, name: str) -> None:
    block = Block(name, text.replace("\r", "").strip("\n") + "\n")
    before = before.replace("<!--", "")
    whole = with_block(before, block)
    assert whole.startswith(before)
    assert blocks_of(whole)[name].changed is False
    assert with_block(whole, block) == whole
    other = with_block(whole, Block(name, "other\n"))
    assert blocks_of(other)[name].text == "other\n"
    assert other.startswith(before)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_is_json_with_comments(value: Any) -> None:
    for indent in (None, 2):
        assert parse_jsonc(json.dumps(value, indent=indent, ensure_ascii=False)) == value


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("GITHUB_TOKEN", OPAQUE, True),
        ("OPENAI_API_KEY", "x", True),
        ("anything", TOKEN, True),
        ("DB_PASSWORD", "hunter2", True),
        ("API_KEY", "${API_KEY}", False),
        ("TOKEN_FILE", "/run/token", False),
        ("MAX_TOKENS", "4096", False),
        ("AUTH_ENABLED", "true", False),
        ("LOG_LEVEL", "debug", False),
    ],
)
def test_what_is_a_secret(name: str, value: str, secret: bool) -> None:
    assert is_secret(name, value) is secret


def test_secrets_in_the_arguments_of_wrappers_and_in_addresses() -> None:
    secrets = Secrets("x")
    docker = ["run", "-e", "NOTION_TOKEN=ntn-hunter2", "--env=PIN_SECRET=31415926", "-e", "HOME=/h"]
    remote = ["--header", "Authorization: Bearer hunter2", "--header=X-Api-Key: hunter3", "-H", "Accept: text/plain", "a=b"]
    told = secrets.arguments([*docker, *remote])
    assert told == [
        *("run", "-e", "NOTION_TOKEN=${NOTION_TOKEN}", "--env=PIN_SECRET=${PIN_SECRET}", "-e", "HOME=/h"),
        *("--header", "Authorization: Bearer ${X_AUTHORIZATION}", "--header=X-Api-Key: ${X_X_API_KEY}"),
        *("-H", "Accept: text/plain", "a=b"),
    ]
    assert sorted(secrets.found.values()) == ["31415926", "hunter2", "hunter3", "ntn-hunter2"]
    assert is_secret("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/T0/B0/hunter2")
    assert not is_secret("MAX_KEYS", "100")
    haul = Haul("claude")
    for address in (
        "https://me:hunter2@proxy.example/v1",
        "https://proxy.example/v1?api_key=hunter2",
        "https://proxy.example/v1",
    ):
        take_address(haul, Setting(at="f", theirs="t", key="providers.anthropic.base_url", value=address))
    assert [setting.value for setting in haul.settings] == ["https://proxy.example/v1"]
    assert len(haul.left) == 2
    assert "hunter2" not in str(haul.left)


def test_secrets_are_kept_only_when_asked_and_never_in_a_settings_file(home: Path) -> None:
    write(home / ".codex/config.toml", CODEX)
    found = plan(home)
    assert found.secrets == {"CONTEXT7_API_KEY": OPAQUE}
    credentials = Credentials(folders({"PULLWRIGHT_HOME": str(home / "pw")}))
    apply(found, None)
    everything = b"".join(path.read_bytes() for path in (home / ".config").rglob("*") if path.is_file())
    assert OPAQUE.encode() not in everything
    assert credentials.places() == {}
    assert any("kept in" in line for line in apply(found, credentials))
    assert credentials.get("secret:CONTEXT7_API_KEY") == OPAQUE


def test_imported_servers_read_back_as_servers_with_their_secrets_from_elsewhere(home: Path) -> None:
    write(home / ".codex/config.toml", CODEX)
    credentials = Credentials(folders({"HOME": str(home)}))
    apply(plan(home), credentials)
    loaded = load(env={"HOME": str(home)})
    assert loaded.notices == ()
    found = {one.name: one for one in servers(loaded, {"GITHUB_PAT": "pat", "HTTPS_PROXY": "http://proxy"}, credentials)}
    assert found["context7"].args[-1] == OPAQUE
    assert found["context7"].env == {"HTTPS_PROXY": "http://proxy"}
    assert found["github"].headers["Authorization"] == "Bearer pat"
    assert "off" not in found
    assert plan(home).nothing


def test_a_server_that_is_there_stays_and_is_replaced_whole(home: Path) -> None:
    write(home / ".codex/config.toml", '[mcp_servers.github]\nurl = "https://x.example/mcp"\n')
    mine = '[mcp.servers.github]\ncommand = "mine"\nargs = ["--x"]\nenv = { A = "b" }\nstart_timeout = 5\n'
    config = write(home / ".config/pullwright/config.toml", mine)
    kept = plan(home)
    assert [step.state for step in kept.steps] == ["kept"]
    assert kept.nothing
    apply(plan(home, replace=True), None)
    (found,) = servers(load(env={"HOME": str(home)}), {}, Credentials(folders({"HOME": str(home)})))
    assert (found.command, found.args, found.env, found.url) == ("", (), {}, "https://x.example/mcp")
    assert "start_timeout = 5" in config.read_text()


@pytest.mark.parametrize(
    "hostile",
    [
        '{"a": 1,' + "/**/" * 20_000 + "x",
        '{"a": "' + '\\"' * 100_000,
        "{" + "/*" * 100_000,
        "[" + "," * 100_000,
        '{"a": "x",' + " \n" * 50_000 + ",",
    ],
)
def test_no_text_takes_longer_than_its_length(hostile: str) -> None:
    """Each was quadratic or worse to a reader that looks back; the test's own time limit is the measure."""
    with pytest.raises(ValueError, match=r"line|column|char"):
        parse_jsonc(hostile)


def test_long_arguments_and_addresses_take_no_longer_than_their_length(home: Path) -> None:
    servers_ = {"s": {"command": "x", "args": ["?" + "k" * 500_000, "-" + "e" * 500_000, "://" + "a:" * 200_000]}}
    write(home / ".claude.json", json.dumps({"mcpServers": servers_}))
    assert len(haul_of("claude", home).servers) == 1


@pytest.mark.parametrize("name", ["AGENTS.md", ".pullwright", ".pullwright/config.toml"])
def test_a_projects_links_are_neither_read_nor_written_through(tmp_path: Path, name: str) -> None:
    """Without the guard the secret would come into a file of the repository."""
    project = make_project(tmp_path / "project")
    write(project / ".clinerules", "Rule.\n")
    secret = write(tmp_path / "secret/config.toml", "SECRET = 1\n")
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).symlink_to(secret.parent if name == ".pullwright" else secret)
    with pytest.raises(FixSettings, match="is a link"):
        look(NAMES, project)
    assert secret.read_text() == "SECRET = 1\n"


def test_a_persons_own_links_stay_links(home: Path) -> None:
    write(home / ".codex/config.toml", 'approval_policy = "never"\n')
    write(home / ".codex/AGENTS.md", "Use uv.\n")
    dotfiles = home / "dotfiles"
    config = home / ".config/pullwright"
    config.mkdir(parents=True)
    for name in ("config.toml", "AGENTS.md"):
        (config / name).symlink_to(write(dotfiles / name, ""))
    apply(plan(home), None)
    assert (config / "config.toml").is_symlink()
    assert "full-auto" in (dotfiles / "config.toml").read_text()
    assert "Use uv." in (dotfiles / "AGENTS.md").read_text()


def test_beginnings_without_an_end_are_text_and_cost_no_more(home: Path) -> None:
    text = "<!-- brought over from x (0123456789ab) -->\n" * 20_000
    assert blocks_of(text) == {}
    assert with_block(text, Block("x", "new\n")).startswith(text)
