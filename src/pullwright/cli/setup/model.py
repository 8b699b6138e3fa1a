"""Question 2: the default model, fast or deep; where the catalogue does not know what they stand for, that as well."""

from __future__ import annotations

from typing import Literal

from pullwright.cli.settings.model import CLASSES, default_provider
from pullwright.cli.setup.asker import Asker, Back, Option
from pullwright.cli.setup.picking import pick
from pullwright.cli.setup.plan import Models, SignIn
from pullwright.cli.setup.scene import Scene, named
from pullwright.models.catalog import Prices, class_default
from pullwright.protocol.errors import FixSettings, PullwrightError

Word = Literal["fast", "deep"]
WHAT: dict[Word, str] = {"fast": "quick and cheap, for everyday work", "deep": "thinks longer, for hard tasks"}
QUESTION = "2. Default model"


def ask_model(asker: Asker, scene: Scene, sign_in: SignIn | None) -> Models:
    """The default and the two classes at the provider of `sign_in`, else at the one in use. Raises `Skipped`, `Back`."""
    provider, names = _where(scene, sign_in)
    means = _means(scene, provider)
    if provider and not all(means.values()):
        means = _asked(asker, provider, names, means)
        if means["fast"] == means["deep"]:
            asker.say(f"{QUESTION}: fast and deep both stand for {means['fast']}.")
            return models(scene, provider, "fast", means)
    while True:
        options = [Option(word, _hint(scene, means[word], word, names)) for word in CLASSES]
        if provider:
            options.append(Option("Let fast and deep stand for other models", f"of {named(provider)}"))
        now = scene.settings.model
        own = now not in CLASSES and (not provider or now.startswith(f"{provider}/"))
        options += [Option(now, "as it is now")] if own else []
        default = len(options) - 1 if own else CLASSES.index(now) if now in CLASSES else 0
        number = asker.choose(f"{QUESTION}: fast or deep?", options, default)
        if number < len(CLASSES):
            return models(scene, provider, CLASSES[number], means)
        if own and number == len(options) - 1:
            return models(scene, provider, now, means)
        try:
            means = _asked(asker, provider, names, means)
        except Back:
            continue


def _where(scene: Scene, sign_in: SignIn | None) -> tuple[str, tuple[str, ...]]:
    """The provider whose models are meant (empty: none is known), and those that it listed."""
    if sign_in:
        return sign_in.provider, sign_in.names
    try:
        return default_provider(scene.settings, scene.env, scene.credentials), ()
    except PullwrightError:
        return "", ()


def meaning(scene: Scene, provider: str, word: Word) -> str:
    """The model that a class stands for at `provider`: the person's choice, else the catalogue's; empty: not said."""
    configured = getattr(scene.settings.models, word).model
    if configured.startswith(f"{provider}/"):
        return str(configured.removeprefix(f"{provider}/"))
    try:
        return class_default(provider, word, scene.env)[0]
    except PullwrightError:
        return ""


def models_for(scene: Scene, sign_in: SignIn | None, word: str) -> Models:
    """What a word means, without asking: a class, provider/name, or a name at the provider. Raises `FixSettings`."""
    if sign_in is None:
        return Models(default=word)
    provider, names = sign_in.provider, sign_in.names
    known = _means(scene, provider)
    name = "" if word in CLASSES else word.removeprefix(f"{provider}/")
    if not all(known.values()):
        only = name or (names[0] if len(names) == 1 else "")
        if not only:
            some = f": {', '.join(names[:8])}{', …' * (len(names) > 8)}" if names else ""
            raise FixSettings(f"which model of {provider} is meant is not said{some}", fix=f"add --model {provider}/NAME")
        for of in CLASSES:
            known[of] = known[of] or only
    return models(scene, provider, f"{provider}/{name}" if name else word or "fast", known)


def _means(scene: Scene, provider: str) -> dict[Word, str]:
    return {word: meaning(scene, provider, word) for word in CLASSES}


def models(scene: Scene, provider: str, default: str, means: dict[Word, str]) -> Models:
    """The answer; a class that stands for what the catalogue says is left to the catalogue."""

    def own(word: Word) -> str:
        try:
            usual = class_default(provider, word, {})[0]
        except PullwrightError:
            usual = ""
        return f"{provider}/{means[word]}" if means[word] and means[word] != usual else ""

    return Models(default=default, fast=own("fast"), deep=own("deep"))


def _asked(asker: Asker, provider: str, names: tuple[str, ...], means: dict[Word, str]) -> dict[Word, str]:
    """What the classes stand for, asked one by one. A single model is both."""
    if len(names) == 1 and provider != "azure":
        return {"fast": names[0], "deep": names[0]}
    if provider == "azure":
        asker.say("On Azure a model is called by its deployment's name, which you chose in the portal.", "dim")
        names = ()
    noun = "Deployment" if provider == "azure" else "Model"
    fast = pick(asker, f"{noun} for fast ({WHAT['fast']})", names, means["fast"])
    deep = pick(asker, f"{noun} for deep ({WHAT['deep']})", names, means["deep"] or fast)
    return {"fast": fast, "deep": deep}


def _hint(scene: Scene, model: str, word: Word, names: tuple[str, ...]) -> str:
    if not model:
        return WHAT[word]
    price = Prices(scene.prices).find(model)
    money = f"${price.input:.2f} in, ${price.output:.2f} out a million tokens" if price else "price unknown"
    absent = "; the provider does not list it" if names and model not in names else ""
    return f"{model}: {WHAT[word]}; {money}{absent}"
