"""From a choice to an open model: `open_model`, `list_models`; `relay/open.py` opens one for the API with the same parts.

What the choice leaves empty is filled from the provider's entry and the environment. Nothing is sent yet;
the connection is opened by the first call.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec

from pullwright.models.catalog import Prices, Provider, family, provider, quirks_for
from pullwright.models.choice import ModelChoice
from pullwright.models.credentials import Credential, EntraCredential, KeyCredential
from pullwright.models.faults import Fault, FaultReader
from pullwright.models.http import Broken, Client
from pullwright.models.model import Model
from pullwright.models.retry import Backoff
from pullwright.models.wired import MAX_ERROR_BODY, WiredModel
from pullwright.models.wires.wire import Quirks, Wire
from pullwright.protocol.errors import FixSettings, MissingCredential, ModelUnavailable

_MODELS_LIMIT = 16 << 20
_ANTHROPIC_VERSION = "2023-06-01"


class _Row(msgspec.Struct):
    id: str


class _Listed(msgspec.Struct):
    data: list[_Row] | None
    has_more: bool | None = None
    last_id: str | None = None


async def open_model(
    choice: ModelChoice,
    *,
    environ: Mapping[str, str] | None = None,
    prices: Path | None = None,
    backoff: Backoff | None = None,
) -> Model:
    """The model that `choice` names; close it with `aclose()`.

    `prices` is a file of the form of prices.toml that goes over ours. Raises `FixSettings` for an unknown provider
    or a missing base URL, `MissingCredential` where the provider needs a key and none is known.
    """
    environ = os.environ if environ is None else environ
    entry = provider(choice.provider)
    kind, facts = family(choice.model)
    wire_name = choice.wire or entry.wire
    table = Prices(prices)
    credential = credential_for(choice, entry, environ)
    return WiredModel(
        name=choice.model,
        provider=choice.provider,
        family=kind,
        window=choice.window or facts.window,
        wire=wire_for(wire_name, choice.model, quirks_for(entry, facts, choice.quirks)),
        client=Client(base_url(choice, environ), environ, idle_timeout=choice.idle_timeout),
        credential=credential,
        faults=faults_for(choice, entry, environ, credential),
        cost=table.cost,
        effort=choice.effort,
        retries=choice.retries,
        backoff=backoff,
    )


async def list_models(choice: ModelChoice, *, environ: Mapping[str, str] | None = None) -> list[str]:
    """The names of the models that the provider serves, sorted. Raises what a model call raises; no retries."""
    environ = os.environ if environ is None else environ
    entry = provider(choice.provider)
    credential = credential_for(choice, entry, environ)
    faults = faults_for(choice, entry, environ, credential)
    names: list[str] = []
    try:
        async with Client(base_url(choice, environ), environ, idle_timeout=min(choice.idle_timeout, 30.0)) as client:
            headers = {"accept": "application/json", **await credential.headers()}
            after = ""
            if entry.proof:
                await _prove(client, headers, entry.proof, faults)
            while True:
                page, after = await _page(client, headers, after, faults)
                names += page
                if not after:
                    return sorted(set(names))
    except Broken as broken:
        raise faults.broken(broken.reason).error from None
    except Fault as fault:
        raise fault.error from None
    finally:
        await credential.aclose()


async def _prove(client: Client, headers: dict[str, str], path: str, faults: FaultReader) -> None:
    """Show the key where a wrong one is refused. A proxy that does not know the path proves nothing, and stops nothing."""
    async with client.request("GET", path, headers) as response:
        body = await response.read(MAX_ERROR_BODY)
        if response.status in (401, 403):
            raise faults.refused(response.status, response.headers, body)


async def _page(client: Client, headers: dict[str, str], after: str, faults: FaultReader) -> tuple[list[str], str]:
    """One page of names, and after which name the next one begins (empty: there is none)."""
    path = f"/models?after_id={quote(after)}" if after else "/models"
    async with client.request("GET", path, headers) as response:
        if response.status != 200:
            raise faults.refused(response.status, response.headers, await response.read(MAX_ERROR_BODY))
        body = await response.read(_MODELS_LIMIT)
    try:
        listed = msgspec.json.decode(body, type=_Listed)
    except (msgspec.DecodeError, RecursionError):
        raise ModelUnavailable(
            "the server's list of models cannot be read", fix="check base_url: it usually ends in /v1"
        ) from None
    return [row.id for row in listed.data or []], (listed.last_id or "") if listed.has_more else ""


def base_url(choice: ModelChoice, environ: Mapping[str, str]) -> str:
    """The URL that paths are added to: the choice's, else the environment's, else the provider's own."""
    entry = provider(choice.provider)
    url = choice.base_url or _first(entry.base_url_env, environ) or entry.base_url
    if not url:
        names = " or ".join(entry.base_url_env)
        raise FixSettings(f"{choice.provider} needs a base URL", fix=f"set base_url in the configuration, or {names}")
    parts = urlsplit(url if "://" in url else f"http://{url}")
    path = parts.path.rstrip("/")
    if not path or (entry.suffix_always and not path.endswith(entry.suffix)):
        parts = parts._replace(path=path + entry.suffix)
    return urlunsplit(parts)


def wire_for(name: str, model: str, quirks: Quirks) -> Wire:
    """The codec of the wire `name`."""
    if name == "responses":
        from pullwright.models.wires.responses import ResponsesWire

        return ResponsesWire(model, quirks)
    if name == "chat":
        from pullwright.models.wires.chat import ChatWire

        return ChatWire(model, quirks)
    from pullwright.models.wires.anthropic import AnthropicWire

    return AnthropicWire(model, quirks)


def credential_for(choice: ModelChoice, entry: Provider, environ: Mapping[str, str]) -> Credential:
    """The credential that the choice or the environment has. Raises `MissingCredential` where there should be one."""
    headers: dict[str, str] = {}
    if (choice.wire or entry.wire) == "anthropic":
        headers["anthropic-version"] = _ANTHROPIC_VERSION
    headers |= {name.lower(): value for name, value in choice.headers.items()}
    if choice.entra:
        return EntraCredential(choice.entra_scope or entry.entra_scope, headers)
    key = (choice.key or _first(entry.key_env, environ)).strip()
    token = "" if key else _first(entry.token_env, environ)
    if key and entry.auth != "none":
        auth = "x-api-key" if entry.auth == "bearer" and choice.wire == "anthropic" else entry.auth
        headers = {("authorization" if auth == "bearer" else auth): f"Bearer {key}" if auth == "bearer" else key, **headers}
    elif token:
        headers = {"authorization": f"Bearer {token}", **headers}
    elif not entry.key_optional and "authorization" not in headers:
        raise MissingCredential(f"no key for {choice.provider} is known", fix=_sign_in(choice, entry))
    return KeyCredential(headers)


def _sign_in(choice: ModelChoice, entry: Provider) -> str:
    ways = [f"`pullwright login {choice.provider}`"] + [f"set {name}" for name in entry.key_env]
    if entry.entra_scope:
        ways.append("set entra = true for Entra ID")
    return ", or ".join(ways)


def faults_for(choice: ModelChoice, entry: Provider, environ: Mapping[str, str], credential: Credential) -> FaultReader:
    """The reader of the provider's faults; it knows every secret of the choice, and takes it out of what it passes on."""
    secrets = (choice.key, *(environ.get(name, "") for name in (*entry.key_env, *entry.token_env)), *choice.headers.values())
    return FaultReader(
        choice.provider,
        choice.model,
        sign_in=_sign_in(choice, entry),
        secrets=secrets,
        wire=choice.wire or entry.wire,
        address=_address_source(choice, entry, environ),
        credential=credential,
    )


def _address_source(choice: ModelChoice, entry: Provider, environ: Mapping[str, str]) -> str:
    """What a person changes to change the address: the configuration's key, or the variable that is set or could be."""
    variable = next((name for name in entry.base_url_env if environ.get(name)), "")
    if choice.base_url and choice.base_url != environ.get(variable):
        return "base_url"
    return variable or next(iter(entry.base_url_env), "")


def _first(names: tuple[str, ...], environ: Mapping[str, str]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")
