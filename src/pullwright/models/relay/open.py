"""From a choice to an open relay."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pullwright.models.catalog import Prices, family, provider, quirks_for
from pullwright.models.choice import ModelChoice
from pullwright.models.open import base_url, credential_for, faults_for
from pullwright.models.relay.passing import PassingRelay
from pullwright.models.relay.pool import Pool
from pullwright.models.relay.relay import Relay


def open_relay(choice: ModelChoice, *, environ: Mapping[str, str] | None = None, prices: Path | None = None) -> Relay:
    """The relay to the model that `choice` names, for any number of calls at once; close it with `aclose()`.

    `prices` as for `open_model`. Nothing is sent yet. Raises `FixSettings` for an unknown provider or a missing base URL,
    `MissingCredential` where the provider needs a key and none is known.
    """
    environ = os.environ if environ is None else environ
    entry = provider(choice.provider)
    _, facts = family(choice.model)
    quirks = quirks_for(entry, facts, choice.quirks)
    pool = Pool(base_url(choice, environ), environ, idle_timeout=choice.idle_timeout)
    credential = credential_for(choice, entry, environ)
    faults = faults_for(choice, entry, environ, credential)
    cost = Prices(prices).cost
    wire = choice.wire or entry.wire
    if wire == "responses":
        return PassingRelay(
            provider=choice.provider,
            model=choice.model,
            pool=pool,
            credential=credential,
            faults=faults,
            cost=cost,
            quirks=quirks,
            effort=choice.effort,
        )
    from pullwright.models.relay.translating import TranslatingRelay

    return TranslatingRelay(
        provider=choice.provider,
        model=choice.model,
        wire=wire,
        pool=pool,
        credential=credential,
        faults=faults,
        cost=cost,
        quirks=quirks,
        effort=choice.effort,
    )
