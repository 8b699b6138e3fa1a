"""Whom to trust: the person's CA files, else the system's store, else certifi's."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

from pullwright.protocol.errors import FixSettings


def trust(environ: Mapping[str, str]) -> ssl.SSLContext:
    """A verifying client context.

    SSL_CERT_FILE and SSL_CERT_DIR, else REQUESTS_CA_BUNDLE (a file or a folder), replace the default store, as they
    do for curl, Python and requests. Raises `FixSettings` when one of them cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, folder = environ.get("SSL_CERT_FILE", ""), environ.get("SSL_CERT_DIR", "")
    bundle = environ.get("REQUESTS_CA_BUNDLE", "")
    if not (file or folder) and bundle:
        file, folder = ("", bundle) if Path(bundle).is_dir() else (bundle, "")
    if file or folder:
        _load(context, file, folder)
    elif _system_store():
        context.set_default_verify_paths()
    else:
        import certifi

        _load(context, certifi.where(), "")
    return context


def _system_store() -> bool:
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile) or bool(paths.capath and any(Path(paths.capath).iterdir()))


def _load(context: ssl.SSLContext, file: str, folder: str) -> None:
    try:
        context.load_verify_locations(cafile=file or None, capath=folder or None)
    except (OSError, ssl.SSLError) as error:
        raise FixSettings(
            f"the CA certificates in {file or folder} cannot be read: {error}",
            fix="point SSL_CERT_FILE at a PEM file, or unset it",
        ) from None
