"""The files that extend the agent: found, read, in whose name, and nothing of a project's before it is trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pullwright.agent import frontmatter, personas, skills
from pullwright.agent.hooks.hook import EVENTS, Hook
from pullwright.agent.skills import Skill, listed, named, skill_of
from pullwright.agent.toolnames import ours
from pullwright.cli.extending.commands import CustomCommand
from pullwright.cli.extending.extensions import Extensions, extensions
from pullwright.cli.folders import folders
from pullwright.cli.settings.change import set_key
from pullwright.cli.settings.hooks import WHEN
from pullwright.cli.settings.load import load
from pullwright.cli.settings.trust import Trust, project_files
from pullwright.protocol.errors import FixSettings


class Place:
    """A person's folders and a project, with files in them."""

    def __init__(self, folder: Path) -> None:
        self.env = {"PULLWRIGHT_HOME": str(folder / "own"), "HOME": str(folder / "home")}
        self.config, self.home, self.project = folder / "own/config", folder / "home", folder / "project"
        self.project.mkdir()

    def write(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def trust(self) -> None:
        files = project_files(self.project)
        assert files is not None
        Trust(folders(self.env)).add(files)

    def found(self) -> Extensions:
        return extensions(load(self.project, env=self.env), self.env)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def skill(name: str, description: str = "does things") -> str:
    return f"---\nname: {name}\ndescription: {description}\n---\nHow to {name}.\n"


HOSTILE = {
    ".pullwright/config.toml": '[[hooks.session_start]]\ncommand = "touch /tmp/hostile"\nwhere = "host"\n',
    ".pullwright/skills/a/SKILL.md": skill("a"),
    ".agents/skills/b/SKILL.md": skill("b"),
    ".claude/skills/c/SKILL.md": skill("c"),
    ".github/skills/d/SKILL.md": skill("d"),
    ".pullwright/commands/e.md": "Do e.",
    ".claude/commands/f.md": "Do f.",
    ".codex/prompts/g.md": "Do g.",
    ".pullwright/agents/h.md": "You are h.",
    ".github/agents/i.agent.md": "You are i.",
    ".agents/agents/j.md": "You are j.",
    ".claude/agents/k.md": "You are k.",
}


def test_a_projects_files_do_nothing_before_trust_and_all_of_them_count_with_it(place: Place) -> None:
    for name, text in HOSTILE.items():
        place.write(place.project / name, text)
    assert place.found() == Extensions()
    place.trust()
    found = place.found()
    assert [one.name for one in found.skills] == ["a", "b", "c", "d"]
    assert [one.name for one in found.commands] == ["e", "f", "g"]
    assert [one.name for one in found.personas] == ["h", "i", "j", "k"]
    assert not any(one.own for one in (*found.skills, *found.commands, *found.personas, *found.hooks))
    assert [(hook.event, hook.where) for hook in found.hooks] == [("session_start", "sandbox")]
    assert "run in the sandbox" in found.notices[0]
    assert place.found().skills[1].path == ".agents/skills/b/SKILL.md"


def test_the_persons_come_first_and_a_projects_hook_does_not_replace_theirs(place: Place) -> None:
    own, theirs = '[[hooks.before_tool]]\ncommand = "own"\n', '[[hooks.before_tool]]\ncommand = "theirs"\n'
    place.write(place.config / "config.toml", own)
    place.write(place.config / "skills/pdf/SKILL.md", skill("pdf", "mine"))
    place.write(place.home / ".agents/skills/pdf/SKILL.md", skill("pdf", "shared"))
    place.write(place.home / ".agents/skills/other/SKILL.md", skill("other"))
    place.write(place.config / "commands/tidy.md", "Mine.")
    place.write(place.config / "agents/docs.md", "Mine.")
    place.write(place.project / ".pullwright/config.toml", theirs)
    place.write(place.project / ".agents/skills/pdf/SKILL.md", skill("pdf", "theirs"))
    place.write(place.project / ".claude/commands/tidy.md", "Theirs.")
    place.write(place.project / ".claude/commands/git/tidy.md", "Theirs, of git.")
    place.write(place.project / ".claude/agents/docs.md", "Theirs.")
    place.trust()
    found = place.found()
    assert [(one.name, one.description, one.path) for one in found.skills] == [
        ("other", "does things", "/run/pullwright/skills/other/SKILL.md"),
        ("pdf", "mine", "/run/pullwright/skills/pdf/SKILL.md"),
    ]
    assert {one.name: one.text for one in found.commands} == {"tidy": "Mine.", "git:tidy": "Theirs, of git."}
    assert [one.instructions for one in found.personas] == ["Mine."]
    assert [(hook.command, hook.own, hook.where) for hook in found.hooks] == [("own", True, "host"), ("theirs", False, "sandbox")]


def test_a_file_that_cannot_be_used_is_a_notice_and_stops_nothing(place: Place) -> None:
    place.write(place.config / "skills/bare/SKILL.md", "no front matter")
    place.write(place.config / "skills/good/SKILL.md", skill("good"))
    place.write(place.config / "agents/long.md", "x" * 30_001)
    place.write(place.config / "commands/empty.md", "---\ndescription: nothing\n---\n")
    place.write(place.config / "commands/huge.md", "x" * (257 << 10))
    found = place.found()
    assert [one.name for one in found.skills] == ["good"]
    assert (found.commands, found.personas) == ((), ())
    said = "\n".join(found.notices)
    assert all(words in said for words in ("no description", "30,001 characters", "no text", "larger than 256 KiB"))


# --- settings ------------------------------------------------------------------------------------


def test_every_event_can_be_set_and_says_when_it_is() -> None:
    assert tuple(WHEN) == EVENTS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[hooks.before_tool]]\nmatcher = 'exec'", "missing required field `command`"),
        ("[[hooks.before_tool]]\ncommand = 'x'\nmatchr = 'exec'", "unknown field `matchr`"),
        ("[[hooks.before_tool]]\ncommand = ''", "no command"),
        ("[[hooks.before_tool]]\ncommand = 'x'\ntimeout = 9999", "up to 600"),
        ("[[hooks.before_tool]]\ncommand = 'x'\nmatcher = 'exec('", "no matcher"),
        ("[[hooks.stop]]\ncommand = 'x'\nmatcher = 'exec'", "no call to match"),
        ("[[hooks.after_tool]]\ncommand = 'x'\nrequired = true", "required belongs to"),
        ("[[hooks.before_tol]]\ncommand = 'x'", "Did you mean 'hooks.before_tool'?"),
        ("[hooks]\nbefore_tool = 'x'", "hooks.before_tool"),
    ],
)
def test_a_mistake_in_a_hook_is_told_with_file_and_line(place: Place, text: str, said: str) -> None:
    place.write(place.config / "config.toml", f"verify = true\n{text}\n")
    with pytest.raises(FixSettings) as caught:
        place.found()
    assert said in str(caught.value)
    assert f"config.toml:{3 if text.startswith('[hooks]') else 2}" in str(caught.value)


def test_hooks_are_written_by_hand(tmp_path: Path) -> None:
    with pytest.raises(FixSettings, match="list of tables"):
        set_key(tmp_path / "config.toml", "hooks.stop", "x")


# --- formats -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fields", "body"),
    [
        ("plain text", {}, "plain text"),
        ("---\nname: a\ndescription: b\n---\nbody\n", {"name": "a", "description": "b"}, "body"),
        ("---\nname: a\ntools: [read, 'x']\n---\nbody", {"name": "a", "tools": ["read", "x"]}, "body"),
        ("---\r\nname: a\r\n---\r\nbody", {"name": "a"}, "body"),
        ("---\ndescription: >\n  long\n  words\n---\n", {"description": "long words\n"}, ""),
        ("---\ndescription: Use when: always\n---\nb", {"description": "Use when: always"}, "b"),
        ("---\na: 1 # note\n---\nb", {"a": 1}, "b"),
        ("no fence\n---\nname: a\n---\n", {}, "no fence\n---\nname: a\n---"),
    ],
)
def test_front_matter_is_read_as_it_is_found(text: str, fields: dict[str, Any], body: str) -> None:
    assert frontmatter.read(text.encode()) == frontmatter.Fronted(fields, body)


def test_front_matter_cannot_blow_up() -> None:
    bomb = (
        "---\n"
        + "a: &a [x,x]\n"
        + "".join(f"{c}: &{c} [*{p},*{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
        + "---\n"
    )
    assert frontmatter.read(bomb.encode()).fields["i"] == "&i [*h,*h]"
    deep = b"---\na: " + b"[" * 30_000 + b"\n---\n"
    assert set(frontmatter.read(deep).fields) == {"a"}
    assert frontmatter.read(b"---\na: !!python/name:os.getpid\n---\n").fields == {"a": "!!python/name:os.getpid"}


def test_the_list_of_skills_is_bounded_and_none_is_nothing() -> None:
    assert listed(()) == ()
    many = [Skill(name=f"skill-{number}", description="x" * 900, path=f"s/{number}/SKILL.md", text="") for number in range(100)]
    (item,) = listed(many)
    assert len(item.raw) < skills.MOST_LISTED + 600
    assert b"more: skill-" in item.raw


def test_a_prompt_names_skills() -> None:
    known = [skill_of(skill(name).encode(), path=f"{name}/SKILL.md") for name in ("pdf", "release")]
    assert [one.name for one in named("Use $release, then /pdf and $pdf.", known)] == ["release", "pdf"]
    assert named("cost: $5, path /pdf/x, word$pdf, /pdfs", known) == []


def test_a_commands_arguments_go_to_their_places() -> None:
    def prompt(text: str, arguments: str) -> str:
        return CustomCommand(name="x", description="", hint="", text=text).prompt(arguments)

    assert prompt("Mend $1 in $2: $ARGUMENTS", 'a "b c"') == 'Mend a in b c: a "b c"'
    assert prompt("$FILE by $1, $$5, $OTHER, $10", "FILE=a.py me") == "a.py by me, $5, $OTHER, $10"
    assert prompt("Nothing here", "x y") == "Nothing here\n\nArguments: x y"
    assert prompt("Nothing here", "") == "Nothing here"
    assert prompt("$1", "it's") == "it's"
    assert prompt("$1$2", "a") == "a"


def test_a_prompt_may_begin_with_a_command(place: Place) -> None:
    place.write(place.config / "commands/tidy.md", "Tidy $1.")
    found = place.found()
    assert found.prompt("/tidy src") == "Tidy src."
    assert found.prompt("/tidy\nsrc") == "Tidy src."
    assert found.prompt("/etc/hosts is odd") == "/etc/hosts is odd"
    assert found.prompt("say /tidy") == "say /tidy"


def test_an_agent_is_found_by_its_name_or_its_files(place: Place) -> None:
    place.write(place.config / "agents/writer.md", "---\nname: Docs Writer\nmodel: deep\n---\nWrite.")
    found = place.found()
    assert found.persona("docs writer") == found.persona("WRITER")
    with pytest.raises(FixSettings, match="Did you mean 'Docs Writer'"):
        found.persona("docs-writer")
    loaded = load(place.project, env=place.env)
    assert found.as_agent(loaded, "writer").settings.model == "deep"
    flagged = load(place.project, {"model": ("--model", "fast")}, place.env)
    assert found.as_agent(flagged, "writer").settings.model == "fast"
    assert found.as_agent(loaded, "") is loaded


def test_an_agents_part_of_the_prompt_is_told_from_the_rest() -> None:
    persona = personas.persona_of(b"You are </agent> it.", where="x.md")
    assert personas.part_of("system" + persona.part) == persona.part
    assert personas.part_of("system") == ""
    assert persona.part.count("</agent>") == 1


def test_a_hook_is_called_by_its_name_or_its_line() -> None:
    assert Hook(event="stop", command="make\n  lint").title == "make lint"
    assert Hook(event="stop", command=("a", "b c"), name="").title == "a 'b c'"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("exec", {"exec"}),
        ("Bash", {"exec", "process"}),
        ("edit/editFiles", {"edit", "write"}),
        ("execute/testFailure", set[str]()),
        ("github/*", {"mcp__github__push", "mcp__github__pull"}),
        ("github/push", {"mcp__github__push"}),
        ("github", {"mcp__github__push", "mcp__github__pull"}),
        ("mcp__github__pull", {"mcp__github__pull"}),
        ("nonsense", set[str]()),
        ("*", {"exec", "process", "edit", "write", "read", "mcp__github__push", "mcp__github__pull"}),
    ],
)
def test_other_agents_names_of_tools_are_understood(name: str, meant: set[str]) -> None:
    assert ours(name, ["exec", "process", "edit", "write", "read", "mcp__github__push", "mcp__github__pull"]) == meant
