"""The ways to sign in: each asks for what it needs and gives a `SignIn`, not yet shown to the provider."""

from __future__ import annotations

import importlib.util
from urllib.parse import urlsplit

from pullwright.cli.setup.asker import Asker, Back, Option
from pullwright.cli.setup.plan import SignIn
from pullwright.cli.setup.scene import Scene, named
from pullwright.cli.setup.servers import is_loopback
from pullwright.models.catalog import provider as catalogued
from pullwright.models.choice import Wire

WIRES: tuple[tuple[Wire, str], ...] = (
    ("chat", "Chat Completions: most servers"),
    ("responses", "Responses"),
    ("anthropic", "Anthropic Messages"),
)


def with_key(asker: Asker, scene: Scene, provider: str) -> SignIn:
    """A provider of the catalogue with a key that is typed now."""
    return SignIn(provider=provider, key=ask_key(asker, provider))


def ask_key(asker: Asker, provider: str, *, optional: bool = False) -> str:
    """A key, asked for until it could be one: a whole line with no blank in it."""
    while True:
        key = asker.secret(f"Key for {named(provider)}", optional=optional)
        if key.isprintable() and not any(character.isspace() for character in key):
            return key
        asker.say("That is no key: it has blanks or control characters in it.", "yellow")


def azure(asker: Asker, scene: Scene) -> SignIn:
    """An Azure resource, with its key or Entra ID."""
    known = next((scene.env[name] for name in catalogued("azure").base_url_env if scene.env.get(name)), "")
    asker.say("The endpoint is shown in the Azure portal under Keys and Endpoint: https://NAME.openai.azure.com", "dim")
    url = ask_url(asker, "Endpoint", known)
    asker.back = True
    how = asker.choose(
        "Sign in to Azure with",
        (
            Option("A key"),
            Option("Entra ID", "your Azure sign-in (az login), a managed identity, or AZURE_CLIENT_ID and its kin"),
        ),
    )
    if how == 0:
        return SignIn(provider="azure", base_url=url, key=ask_key(asker, "azure"), entra=False)
    if not entra_installed():
        asker.say("Entra ID needs one package more: pip install 'pullwright[azure]'. Then run pullwright setup again.", "yellow")
        raise Back
    return SignIn(provider="azure", base_url=url, entra=True)


def entra_installed() -> bool:
    """True when azure-identity is there; does not import it."""
    try:
        return importlib.util.find_spec("azure.identity") is not None
    except ModuleNotFoundError:
        return False


def server(asker: Asker, scene: Scene) -> SignIn:
    """Any compatible server by its address."""
    own = scene.settings.providers.get("custom")
    url = ask_url(asker, "Address, such as http://127.0.0.1:8000/v1", own.base_url if own else "")
    asker.back = True
    wire = WIRES[asker.choose("Which API does it speak?", [Option(words) for _, words in WIRES])][0]
    key = ask_key(asker, "custom", optional=True)
    if key and url.startswith("http://") and not is_loopback(url):
        asker.say("Note: this address is not encrypted, and the key goes over the network as it is.", "yellow")
    return SignIn(provider="custom", base_url=url, wire=wire, key=key)


def ask_url(asker: Asker, title: str, default: str = "") -> str:
    """An http address, asked for until it is one; without a scheme it is http for this machine, else https."""
    while True:
        text = asker.text(title, default)
        url = text if "://" in text else f"http://{text}" if is_loopback(f"http://{text}") else f"https://{text}"
        if is_address(url):
            return url.rstrip("/")
        asker.say("That is no address: write it as https://example.org/v1.", "yellow")


def is_address(url: str) -> bool:
    """True for a whole http or https address without blanks or a password in it."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    plain = url.isprintable() and not any(character.isspace() for character in url)
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
