"""The certificate authority of one attempt, and the bundles of trusted roots.

The CA's key and the leaf key exist only in this process's memory: OpenSSL reads the leaf from an anonymous memory file
where the system has them. Inside, only the CA's certificate is seen; nothing else on any machine trusts it.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import KeyUsage

TRUST_VARIABLES = (
    "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CARGO_HTTP_CAINFO",
    "CURL_CA_BUNDLE", "NPM_CONFIG_CAFILE",
)  # fmt: skip
"""By which the usual tools are told whom to trust."""

_SYSTEM_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
)  # fmt: skip


class Authority:
    """A CA of one attempt. Making it costs one import of `cryptography` and two P-256 keys."""

    def __init__(self) -> None:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec

        now = datetime.now(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        # The name is another for each attempt: OpenSSL looks issuers up by name, and two of one name would hide each other.
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Pullwright egress, attempt {os.urandom(8).hex()}")])
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=7))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .add_extension(_key_usage(ca=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem: bytes = self._certificate.public_bytes(serialization.Encoding.PEM)
        self._leaves: dict[str, bytes] = {}

    def server_context(self, host: str, on_other_name: Callable[[str | None], None]) -> ssl.SSLContext:
        """A TLS server context for this host alone: a ClientHello that names another, or none, is refused and told."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        with _memory_file(self._leaf(host)) as path:
            context.load_cert_chain(path)

        def check(_socket: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> int | None:
            if name is not None and name.lower() == host:
                return None
            on_other_name(name)
            return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)

        context.sni_callback = check
        return context

    def _leaf(self, host: str) -> bytes:
        """Leaf certificate and key as PEM, made once a host."""
        if host not in self._leaves:
            if len(self._leaves) >= 256:
                self._leaves.clear()
            self._leaves[host] = self._make_leaf(host)
        return self._leaves[host]

    def _make_leaf(self, host: str) -> bytes:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.x509.oid import ExtendedKeyUsageOID

        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host[:64])]))
            .issuer_name(self._certificate.subject)
            .public_key(self._leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=6))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        key = self._leaf_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return certificate.public_bytes(serialization.Encoding.PEM) + key


def trusted_roots(environ: Mapping[str, str]) -> bytes:
    """The host's trusted roots as PEM: the system's bundle (else certifi's), and what the host's own variables add."""
    system = next((bundle for path in _SYSTEM_BUNDLES if (bundle := _read(Path(path)))), b"")
    if not system:
        import certifi

        system = Path(certifi.where()).read_bytes()
    pieces = [system]
    for path in dict.fromkeys(host_bundles(environ)):
        own = _read(path)
        if own and own not in pieces:
            pieces.append(own)
    return b"\n".join(piece.rstrip() for piece in pieces) + b"\n"


def host_bundles(environ: Mapping[str, str]) -> list[Path]:
    """Files of roots that the host's own variables name, such as a company's; without the system's own bundle."""
    paths = [Path(environ[name]) for name in TRUST_VARIABLES if environ.get(name)]
    return [path for path in paths if str(path) not in _SYSTEM_BUNDLES and path.is_file()]


def names_roots(environ: Mapping[str, str]) -> bool:
    """Whether the host tells its tools whom to trust. So must it be inside, also where that is the system's own bundle: tools
    that bring roots of their own (pip of a virtual environment, npm) would not look there."""
    return any(environ.get(name) for name in TRUST_VARIABLES)


def client_context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """How the proxy itself verifies servers: the same roots, names checked, HTTP/1.1 only."""
    context = ssl.create_default_context(cadata=trusted_roots(environ).decode("ascii", "ignore"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@contextlib.contextmanager
def _memory_file(content: bytes) -> Iterator[str]:
    """A path under which `content` can be read until the block ends, and that only this user's processes can open."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("leaf", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, content)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            yield file.name


def _key_usage(*, ca: bool) -> KeyUsage:
    from cryptography.x509 import KeyUsage

    return KeyUsage(
        digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
