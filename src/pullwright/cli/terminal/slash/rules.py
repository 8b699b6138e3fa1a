"""Model and rules: what the next turns are run with, and who is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pullwright.cli.terminal.face import Option
from pullwright.protocol.errors import PullwrightError

if TYPE_CHECKING:
    from pullwright.cli.terminal.face import Face

MODES = (
    ("suggest", "each edit and each command that can change something is shown first"),
    ("auto-edit", "edits are made at once, commands that can change something ask"),
    ("full-auto", "edits and commands go ahead, inside the sandbox"),
)
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
ACCESSES = (
    ("read-only", "nothing can be written but scratch space"),
    ("workspace-write", "the project's files, nothing else of yours"),
    ("full-access", "no sandbox: your files, your network, your user"),
)


async def plan(face: Face, arguments: str) -> None:
    """Plan mode on or off; with words, on and asked at once."""
    pairing = face.pairing
    pairing.rules.plan = bool(arguments) or not pairing.rules.plan
    pairing.refresh()
    if arguments:
        await pairing.submit(arguments)
    elif pairing.rules.plan:
        face.say("plan first: the agent looks and answers with a plan, nothing is changed. /plan again when it may go ahead")
    else:
        face.say("plan mode is off: files may be changed again")


async def model(face: Face, arguments: str) -> None:
    """Another model, from the next turn on."""
    word = arguments or await _chosen_model(face)
    if not word:
        return
    before = face.pairing.rules.loaded
    _set(face, "model", word)
    try:
        choice = face.pairing.rules.model()
    except PullwrightError:
        face.pairing.rules.loaded = before
        face.pairing.refresh()
        raise
    face.say(f"model: {choice.provider}/{choice.model}" + (f", effort {choice.effort}" if choice.effort else ""))


async def _chosen_model(face: Face) -> str:
    words = model_arguments(face)
    chosen = await face.choose("Which model?", [Option(value, hint) for value, hint in words])
    return words[chosen][0] if chosen is not None else ""


def model_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The two classes with what they mean, and the model in use."""
    import os

    from pullwright.cli.credentials import Credentials
    from pullwright.cli.settings.model import class_words, default_provider

    rules = face.pairing.rules
    try:
        provider = default_provider(rules.settings, os.environ, Credentials(rules.loaded.folders))
        means = {
            word: name for name, words in class_words(provider, rules.settings, os.environ).items() for word in words.split(", ")
        }
    except PullwrightError:
        means = {}
    known = [("fast", means.get("fast", "for speed")), ("deep", means.get("deep", "for depth"))]
    state = face.pairing.state
    return [*known, *([(f"{state.provider}/{state.model}", "in use")] if state.provider else [])]


async def effort(face: Face, arguments: str) -> None:
    """How long the model thinks before it answers."""
    word = arguments
    if not word:
        chosen = await face.choose("How long shall the model think?", [Option(one) for one in EFFORTS])
        if chosen is None:
            return
        word = EFFORTS[chosen]
    _set(face, "effort", word)
    face.say(f"effort: {word}")


def effort_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The levels."""
    return [(one, "") for one in EFFORTS]


async def approvals(face: Face, arguments: str) -> None:
    """Who is asked before an effect."""
    word = arguments or await _chosen(face, "Who is asked before an effect?", MODES, face.pairing.state.approval)
    if word:
        _set(face, "terminal.approval", word)
        later = " (the turn that runs does not ask more than before)" if face.pairing.state.busy else ""
        face.say(f"approvals: {word}, {dict(MODES)[face.pairing.state.approval]}{later}")


def approvals_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The three modes."""
    return MODES


async def permissions(face: Face, arguments: str) -> None:
    """What was allowed, and taking it back."""
    grants = face.pairing.rules.grants
    session = [asked.scope for asked in face.pairing.past().grants]
    always = grants.list()
    for_now = [scope for scope in session if scope not in always]
    if for_now:
        face.say("allowed for this session:\n" + "\n".join(f"  {scope}" for scope in for_now))
    if not always:
        face.say("nothing is allowed for good in this project")
        return
    chosen = await face.choose("Allowed for good in this project. Ask again about:", [Option(scope) for scope in always])
    if chosen is not None:
        grants.remove(always[chosen])
        face.say(f"asked again from the next turn on: {always[chosen]}")


async def access(face: Face, arguments: str) -> None:
    """What the sandbox may write. Another access opens the sandbox anew."""
    word = arguments or await _chosen(face, "What may the sandbox write?", ACCESSES, face.pairing.state.access)
    if not word:
        return
    if word == "full-access" and not await _sure(face):
        return
    _set(face, "access", word)
    face.say(f"access: {word}. The next turn opens the sandbox anew; background commands end with the old one")


async def _sure(face: Face) -> bool:
    options = [Option("no, keep the sandbox"), Option("yes, run without a sandbox, as me")]
    return await face.choose("Without a sandbox commands can do whatever you can do.", options) == 1


def access_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """The three kinds."""
    return ACCESSES


async def network(face: Face, arguments: str) -> None:
    """What the sandbox may reach."""
    word = arguments
    if not word:
        given = await face.ask(
            "What may the sandbox reach? off, registries, host names with commas", default=face.pairing.state.network
        )
        if given is None:
            return
        word = given.strip() or "off"
    _set(face, "network", word)
    face.say(f"network: {word}. The next turn opens the sandbox anew; background commands end with the old one")


def network_arguments(face: Face) -> Sequence[tuple[str, str]]:
    """Words that stand for something."""
    return [("off", "nothing"), ("registries", "package registries, as pip, npm, cargo and apt are set up here")]


async def budget(face: Face, arguments: str) -> None:
    """Ceilings of a turn; of the one that runs, too."""
    from pullwright.cli.settings.budget import parse_budget

    word = arguments
    if not word:
        given = await face.ask(
            "Ceilings of a turn, such as 2usd,100ktokens,50steps,10m", default=face.pairing.rules.settings.budget
        )
        if given is None:
            return
        word = given
    word = ",".join(word.replace(",", " ").split())
    word = "" if word in ("none", "off") else word
    _set(face, "budget", word)
    face.pairing.raise_budget(parse_budget(word))
    face.say(f"budget of a turn: {word or 'none'}")


async def _chosen(face: Face, title: str, words: Sequence[tuple[str, str]], now: str) -> str:
    names = [name for name, _ in words]
    options = [Option(name, hint) for name, hint in words]
    chosen = await face.choose(title, options, default=names.index(now) if now in names else 0)
    return names[chosen] if chosen is not None else ""


def _set(face: Face, key: str, value: Any) -> None:
    face.pairing.rules.set(key, value)
    face.pairing.refresh()
