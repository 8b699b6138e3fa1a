"""The terminal itself: looks, keys, clipboard, editor, history, bell; what is only the screen's says so elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pullwright.cli.terminal.face import Option
from pullwright.protocol.errors import FixSettings

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face
    from pullwright.cli.terminal.screen.app import ScreenFace

THEMES = (
    ("auto", "dark or light, as the terminal's background is"),
    ("dark", "for a dark background"),
    ("light", "for a light background"),
    ("terminal", "only the sixteen colours of the terminal"),
    ("none", "no colour"),
)
NOTIFY = (
    ("bell", "the terminal's bell"),
    ("desktop", "a desktop notification"),
    ("bell,desktop", "both"),
    ("off", "neither"),
)


async def clear(face: Face, arguments: str) -> None:
    """An empty screen; the conversation stays."""
    face.clear()


async def quit(face: Face, arguments: str) -> None:  # noqa: A001
    """End the program."""
    face.quit()


async def help(face: Face, arguments: str) -> None:  # noqa: A001
    """The commands in their groups, or all about one of them."""
    from pullwright.cli.terminal.slash.calling import find
    from pullwright.cli.terminal.slash.registry import SLASHES

    if arguments:
        slash = find(arguments.removeprefix("/"))
        if slash is None:
            raise FixSettings(f"there is no command /{arguments.removeprefix('/')}", fix="/help lists them")
        face.say(f"/{slash.name} {slash.usage}".rstrip() + f"\n{slash.help}", "code")
        return
    groups = list(dict.fromkeys(slash.group for slash in SLASHES.values()))
    width = max(len(name) for name in SLASHES) + 1
    for group in groups:
        face.say(group, "heading")
        rows = [f"/{slash.name:<{width}} {slash.help}" for slash in SLASHES.values() if slash.group == group]
        face.say("\n".join(rows), "code")
    face.say("@ names a file, ! runs a command in the sandbox, /keys shows the keys.")


def help_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The commands."""
    from pullwright.cli.terminal.slash.registry import SLASHES

    return [(slash.name, slash.help) for slash in SLASHES.values()]


async def keys(face: Face, arguments: str) -> None:
    """All keys."""
    from pullwright.cli.terminal.screen.keys import bound, table

    found = table(bound(face.pairing.rules.settings.terminal.bindings))
    width = max(len(key) for key, _ in found)
    face.say("Keys", "heading")
    face.say("\n".join(f"{key:<{width}}  {what}" for key, what in found), "code")


async def theme(face: Face, arguments: str) -> None:
    """Other colours, from now on and kept."""
    word = arguments or await _chosen(face, "Which theme?", THEMES)
    if not word:
        return
    from pullwright.cli.terminal.screen.theming import look

    screen = _screen(face, "theme")
    _keep(face, "terminal.theme", word)
    look(screen, word)


def theme_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The themes."""
    return THEMES


async def vim(face: Face, arguments: str) -> None:
    """Vim's keys on or off, kept."""
    screen = _screen(face, "vim")
    on = not screen.vim
    _keep(face, "terminal.keys", "vim" if on else "emacs")
    screen.use_vim(on)
    face.say("vim keys: Esc, then the commands you know" if on else "vim keys are off")


async def notify(face: Face, arguments: str) -> None:
    """How a person is called when they are needed, kept."""
    word = arguments or await _chosen(face, "When you are needed:", NOTIFY)
    if word:
        _keep(face, "terminal.notify", word)
        _screen(face, "notify").reload()
        face.say(f"notify: {word}")


def notify_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The ways."""
    return NOTIFY


async def copy(face: Face, arguments: str) -> None:
    """The last answer into the clipboard."""
    from pullwright.cli.terminal.screen.outside import copy as put
    from pullwright.cli.terminal.slash.exporting import last_answer

    text = last_answer(face.pairing.log)
    if not text:
        raise FixSettings("there is no answer to copy yet")
    if not put(_screen(face, "copy"), text):
        raise FixSettings("the answer is too long for a terminal's clipboard", fix="/export FILE writes the whole conversation")
    face.say(f"copied: {len(text):,} characters")


async def export(face: Face, arguments: str) -> None:
    """The session in a file: Markdown, or an HTML page."""
    from pullwright.cli.terminal.slash.exporting import write_session

    name = arguments or f"pullwright-{face.pairing.state.session[:12]}.md"
    path = write_session(face.pairing.log, face.pairing.state.project / name)
    face.say(f"written: {path}")


async def editor(face: Face, arguments: str) -> None:
    """Write the next prompt in the person's own editor."""
    text = await face.edit("", suffix=".md")
    if text:
        face.fill(text.rstrip("\n"))


async def history(face: Face, arguments: str) -> None:
    """Search what was sent before, or forget it."""
    screen = _screen(face, "history")
    if arguments == "clear":
        screen.editor.history.clear()
        face.say("this project's history is empty now")
    elif arguments:
        raise FixSettings(f"/history {arguments} means nothing", fix="/history, or /history clear")
    else:
        from pullwright.cli.terminal.screen.looking import search_history

        await search_history(screen)


def history_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """What can be done with it."""
    return (("clear", "forget what was sent in this project"),)


async def _chosen(face: Face, title: str, words: Sequence[tuple[str, str]]) -> str:
    picked = await face.choose(title, [Option(word, hint) for word, hint in words])
    return words[picked][0] if picked is not None else ""


def _keep(face: Face, dotted: str, value: str) -> None:
    """Write a setting into the person's own file, and have it here at once."""
    import msgspec

    from pullwright.cli.settings.change import set_key

    rules = face.pairing.rules
    typed = set_key(rules.loaded.folders.config_file, dotted, value)
    terminal = msgspec.structs.replace(rules.settings.terminal, **{dotted.removeprefix("terminal."): typed})
    rules.loaded = msgspec.structs.replace(rules.loaded, settings=msgspec.structs.replace(rules.settings, terminal=terminal))


def _screen(face: Face, name: str) -> ScreenFace:
    """The face as a screen. Raises `FixSettings` on any other."""
    from pullwright.cli.terminal.screen.app import ScreenFace

    if isinstance(face, ScreenFace):
        return face
    raise FixSettings(f"/{name} is for a screen, and this terminal is shown line by line", fix="leave --plain out")
