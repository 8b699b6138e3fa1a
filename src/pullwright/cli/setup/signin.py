"""Question 1: which provider, with what; shown to the provider before it counts."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pullwright.cli.settings.model import in_environment
from pullwright.cli.setup.asker import Asker, Back, Option
from pullwright.cli.setup.check import check, known_key
from pullwright.cli.setup.found import Found, counted, known
from pullwright.cli.setup.plan import SignIn
from pullwright.cli.setup.scene import Scene, named
from pullwright.cli.setup.servers import answering
from pullwright.cli.setup.ways import ask_key, azure, server, with_key
from pullwright.models.catalog import providers
from pullwright.protocol.errors import ModelRefused, PullwrightError

TYPED = (
    ("openai", "API key"),
    ("anthropic", "API key"),
    ("openrouter", "API key; many makers' models"),
)


class Way(msgspec.Struct, frozen=True):
    """One line of the question, and what asks the rest."""

    option: Option
    ask: Callable[[Asker, Scene], SignIn]


def ask_sign_in(asker: Asker, scene: Scene) -> SignIn:
    """A sign-in that its provider accepted, or that is to be kept unchecked. Raises `Skipped`."""
    ways = ways_of(scene)
    while True:
        asker.back = False
        number = asker.choose("1. Sign-in: where do the models come from?", [way.option for way in ways])
        try:
            asker.back = True
            return proved(asker, scene, ways[number].ask(asker, scene))
        except Back:
            continue


def ways_of(scene: Scene) -> list[Way]:
    """What is there already first, then what can be given."""
    servers = answering(scene.env)
    there = {one.sign_in.provider for one in servers}
    found = [one for one in known(scene) if one.sign_in.provider not in there]
    ready = [Way(Option(one.label, f"found: {one.hint}"), _ready(one)) for one in (*found, *servers)]
    has = {one.sign_in.provider for one in found}
    typed = [Way(Option(named(name), f"another {hint}" if name in has else hint), _typed(name)) for name, hint in TYPED]
    other = "Ollama, LM Studio, vLLM, llama.cpp, a gateway: anything that speaks OpenAI's or Anthropic's API"
    none = "" if servers else " (no local one answers on its usual port)"
    return [
        *ready,
        *typed,
        Way(Option(named("azure"), "endpoint, with a key or Entra ID"), azure),
        Way(Option("Another server", other + none), server),
    ]


def _ready(one: Found) -> Callable[[Asker, Scene], SignIn]:
    def ask(asker: Asker, scene: Scene) -> SignIn:
        if not one.locked:
            return one.sign_in
        return msgspec.structs.replace(one.sign_in, key=ask_key(asker, one.sign_in.provider))

    return ask


def _typed(provider: str) -> Callable[[Asker, Scene], SignIn]:
    return lambda asker, scene: with_key(asker, scene, provider)


def complete(asker: Asker, scene: Scene, given: SignIn) -> SignIn:
    """A sign-in that came from flags: its key is asked for where none is known, then it is shown to its provider."""
    entry = providers().get(given.provider)
    keyless = given.key or given.entra or not entry or entry.key_optional or in_environment(given.provider, scene.env)
    keyless = keyless or known_key(given, scene)
    try:
        asker.back = False
        return proved(asker, scene, given if keyless else msgspec.structs.replace(given, key=ask_key(asker, given.provider)))
    except Back:
        return ask_sign_in(asker, scene)


def proved(asker: Asker, scene: Scene, sign_in: SignIn) -> SignIn:
    """`sign_in`, shown to its provider until it is accepted or to be kept unchecked. Raises `Back` for another way."""
    name = named(sign_in.provider)
    while True:
        asker.say(f"Asking {name} …", "dim")
        try:
            seen = check(sign_in, scene)
        except ModelRefused as error:
            asker.say(f"{error}", "red")
            sign_in = _again(asker, sign_in)
        except PullwrightError as error:
            asker.say(f"{error}", "red")
            if error.fix:
                asker.say(f"fix: {error.fix}")
            if _kept_unchecked(asker):
                return sign_in
        else:
            asker.say(f"{name} answers after {seen.milliseconds} ms, with {counted(len(seen.names), 'model')}.", "green")
            return msgspec.structs.replace(sign_in, names=seen.names, checked=True)


def _again(asker: Asker, sign_in: SignIn) -> SignIn:
    """Another key in place of one that was refused."""
    if sign_in.entra:
        options = (Option("Try again"), Option("Choose another way"))
        if asker.choose("Entra ID signed you in, but the resource refuses. What now?", options) == 1:
            raise Back
        return sign_in
    asker.say("Give it once more; nothing (Enter) skips this question, b goes back.")
    return msgspec.structs.replace(sign_in, key=ask_key(asker, sign_in.provider))


def _kept_unchecked(asker: Asker) -> bool:
    """Whether to keep what could not be checked; False tries once more."""
    options = (
        Option("Try again"),
        Option("Keep it unchecked", "for when you are offline; pullwright doctor checks it later"),
        Option("Choose another way"),
    )
    number = asker.choose("What now?", options)
    if number == 2:
        raise Back
    return number == 1
