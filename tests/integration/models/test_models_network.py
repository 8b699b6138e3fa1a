"""The connection itself: kept and replaced, through a company's proxy, with a company's CA."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pullwright.models.choice import ModelChoice
from pullwright.models.credentials import EntraCredential, KeyCredential
from pullwright.models.http import Broken, Client
from pullwright.models.mock.script import Answer, Script
from pullwright.models.mock.server import MockServer
from pullwright.models.model import ItemDone, Model, ModelRequest
from pullwright.models.open import open_model
from pullwright.models.proxy import proxy_for
from pullwright.models.retry import Backoff
from pullwright.protocol import errors
from pullwright.protocol.items import user_message


async def ask(model: Model) -> int:
    """How many items the model's answer has."""
    request = ModelRequest(instructions="", tools=(), items=[user_message("hi")])
    return len([event async for event in model.stream(request) if isinstance(event, ItemDone)])


class TinyProxy:
    """A CONNECT and absolute-form proxy; `asked` are the request lines that came, `wants` the credential it asks for."""

    def __init__(self, wants: str = "") -> None:
        self.asked: list[str] = []
        self.wants = wants

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head.split("\r\n")[0])
            if self.wants and base64.b64encode(self.wants.encode()).decode() not in head:
                writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n")
                return
            method, target, _ = head.split(" ", 2)
            authority = target if method == "CONNECT" else target.split("/")[2]
            host, _, port = authority.rpartition(":")
            up_reader, up_writer = await asyncio.open_connection(host, int(port))
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                up_writer.write(head.encode())
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, up_writer))
                group.create_task(self._pump(up_reader, writer))
        except (OSError, asyncio.IncompleteReadError, ExceptionGroup):
            pass
        finally:
            writer.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.close()

    @asynccontextmanager
    async def running(self, credential: str = "") -> AsyncIterator[str]:
        """Serve; gives the proxy's URL with `credential` in it."""
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        try:
            port = server.sockets[0].getsockname()[1]
            yield f"http://{credential + '@' if credential else ''}127.0.0.1:{port}"
        finally:
            server.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A company's CA file, and a server context with a certificate of it for 127.0.0.1."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder = tmp_path_factory.mktemp("ca")
    now = datetime.datetime.now(datetime.UTC)

    def certificate(name: str, issuer: str, key: Any, signer: Any, ca: bool) -> Any:
        names = [x509.NameAttribute(x509.NameOID.COMMON_NAME, text) for text in (name, issuer)]
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name(names[:1]))
            .issuer_name(x509.Name(names[1:]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .sign(signer, hashes.SHA256())
        )

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    ca_file, server_file = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(certificate("Company CA", "Company CA", ca_key, ca_key, True).public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    server_file.write_bytes(private + certificate("127.0.0.1", "Company CA", key, ca_key, False).public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    return ca_file, context


async def open_at(url: str, environ: dict[str, str], **fields: Any) -> Model:
    where = ModelChoice(provider="custom", model="m", base_url=url, retries=0, **fields)
    return await open_model(where, environ=environ, backoff=Backoff(first=0.001))


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_companys_ca_is_honoured_and_without_it_the_server_is_not_trusted(
    authority: tuple[Path, ssl.SSLContext], variable: str
) -> None:
    ca_file, context = authority

    async def run() -> None:
        async with MockServer(Script(lambda _: Answer(text="hi")), tls=context) as server:
            stranger = await open_at(server.url, {})
            with pytest.raises(errors.FixSettings, match="not trusted") as raised:
                await ask(stranger)
            assert "SSL_CERT_FILE" in raised.value.fix
            model = await open_at(server.url, {variable: str(ca_file)})
            assert await ask(model) == 1
            assert await ask(model) == 1
            assert server.connections == 1  # a refused handshake is not accepted as one
            await model.aclose()

    asyncio.run(run())


def test_a_ca_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    async def run() -> None:
        model = await open_at("https://127.0.0.1:9/v1", {"SSL_CERT_FILE": str(tmp_path / "none.pem")})
        with pytest.raises(errors.FixSettings, match=r"none\.pem cannot be read"):
            await ask(model)

    asyncio.run(run())


def test_through_a_proxy_with_connect_and_its_login(authority: tuple[Path, ssl.SSLContext]) -> None:
    ca_file, context = authority

    async def run() -> None:
        proxy = TinyProxy(wants="me:s@cret")
        async with MockServer(Script(lambda _: Answer(text="hi")), tls=context) as server, proxy.running("me:s%40cret") as url:
            model = await open_at(server.url, {"HTTPS_PROXY": url, "SSL_CERT_FILE": str(ca_file)})
            assert await ask(model) == 1
            assert await ask(model) == 1
            assert proxy.asked == [f"CONNECT {server.root.removeprefix('https://')} HTTP/1.1"]
            assert all("proxy-authorization" not in received.headers for received in server.requests)
            await model.aclose()
            direct = await open_at(server.url, {"HTTPS_PROXY": url, "NO_PROXY": "127.0.0.1", "SSL_CERT_FILE": str(ca_file)})
            assert await ask(direct) == 1
            assert len(proxy.asked) == 1
            await direct.aclose()

    asyncio.run(run())


def test_a_proxy_that_wants_a_login_says_so(authority: tuple[Path, ssl.SSLContext]) -> None:
    async def run() -> None:
        async with TinyProxy(wants="me:secret").running() as url:
            model = await open_at("https://127.0.0.1:9/v1", {"https_proxy": url, "SSL_CERT_FILE": str(authority[0])})
            with pytest.raises(errors.FixSettings, match="407"):
                await ask(model)

    asyncio.run(run())


def test_plain_http_goes_through_the_proxy_in_absolute_form() -> None:
    async def run() -> None:
        proxy = TinyProxy()
        async with MockServer(Script([Answer(text="hi")])) as server, proxy.running() as url:
            model = await open_at(server.url, {"HTTP_PROXY": url})
            assert await ask(model) == 1
            assert proxy.asked == [f"POST {server.url}/chat/completions HTTP/1.1"]
            await model.aclose()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("url", "environ", "host"),
    [
        ("https://a.test/v1", {"HTTPS_PROXY": "http://p:8"}, "p"),
        ("https://a.test/v1", {"https_proxy": "q:8", "HTTPS_PROXY": "http://p:8"}, "q"),
        ("https://a.test/v1", {"HTTP_PROXY": "http://p:8"}, None),
        ("https://a.test/v1", {"ALL_PROXY": "http://p:8"}, "p"),
        ("https://a.test/v1", {"HTTPS_PROXY": "http://p:8", "NO_PROXY": "b.test, .test"}, None),
        ("https://a.test/v1", {"HTTPS_PROXY": "http://p:8", "NO_PROXY": "est"}, "p"),
        ("https://a.test:444/v1", {"HTTPS_PROXY": "http://p:8", "NO_PROXY": "a.test:443"}, "p"),
        ("https://10.1.2.3/v1", {"HTTPS_PROXY": "http://p:8", "NO_PROXY": "10.0.0.0/8"}, None),
        ("http://a.test/v1", {"HTTP_PROXY": "http://p:8", "REQUEST_METHOD": "GET"}, None),
        ("http://a.test/v1", {"HTTP_PROXY": "http://p:8", "NO_PROXY": "*"}, None),
    ],
)
def test_which_proxy(url: str, environ: dict[str, str], host: str | None) -> None:
    proxy = proxy_for(url, environ)
    assert (proxy.host if proxy else None) == host


def test_a_proxy_hides_its_login_and_socks_is_refused_in_words() -> None:
    proxy = proxy_for("https://a.test", {"HTTPS_PROXY": "http://me:secret@p:8"})
    assert "secret" not in repr(proxy)
    with pytest.raises(errors.FixSettings, match="socks5"):
        proxy_for("https://a.test", {"ALL_PROXY": "socks5://p:8"})


class OnceServer:
    """Answers one request on each connection, then closes it without having said so: what a stale keep-alive looks like."""

    ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\n\r\nok"

    def __init__(self, *, hold: bool) -> None:
        self.connections = 0
        self.hold = hold

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(self.ANSWER)
        await writer.drain()
        if self.hold:
            await reader.readuntil(b"\r\n\r\n")  # the second request arrives, and only then the connection goes
        writer.close()


@pytest.mark.parametrize("hold", [False, True], ids=["closed while idle", "closed on the next request"])
def test_a_stale_connection_is_replaced_quietly(hold: bool) -> None:
    async def run() -> None:
        once = OnceServer(hold=hold)
        server = await asyncio.start_server(once.serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Client(url, {}) as client:
            for _ in range(3):
                async with client.request("GET", "/x", {}) as response:
                    assert await response.read(100) == b"ok"
                await asyncio.sleep(0.02)
            assert client.connections == 3

    asyncio.run(run())


def test_a_fresh_connection_that_closes_is_not_tried_for_ever() -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(slam, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, Client(url, {}) as client:
            with pytest.raises(Broken):
                async with client.request("GET", "/x", {}):
                    pass
            assert client.connections == 1

    asyncio.run(run())


def test_a_key_that_cannot_be_a_header_is_refused_without_being_shown() -> None:
    async def run() -> None:
        model = await open_at("http://127.0.0.1:9/v1", {}, key="sk-secret\nsecond line")
        with pytest.raises(errors.FixSettings, match="characters that HTTP forbids") as raised:
            await ask(model)
        assert "sk-secret" not in f"{raised.value!r}{raised.value.fix}{raised.value.__cause__!r}"

    asyncio.run(run())


class Tokens:
    """Stands where azure-identity's credential stands: the same two methods."""

    def __init__(self, lives: float) -> None:
        self.lives = lives
        self.scopes: list[str] = []
        self.closed = False

    def get_token(self, scope: str) -> Any:
        import time

        from azure.core.credentials import AccessToken

        self.scopes.append(scope)
        return AccessToken(f"token-{len(self.scopes)}", int(time.time() + self.lives))

    def close(self) -> None:
        self.closed = True


def test_entra_tokens_are_kept_until_they_are_about_to_end() -> None:
    async def run() -> None:
        for lives, fetched in ((3600, 1), (60, 2)):
            source = Tokens(lives)
            credential = EntraCredential("https://ai.azure.com/.default", {"x": "y"}, source)
            await credential.headers()
            headers = await credential.headers()
            assert headers == {"x": "y", "authorization": f"Bearer token-{fetched}"}
            assert source.scopes == ["https://ai.azure.com/.default"] * fetched
            await credential.aclose()
            assert source.closed
            assert "token" not in repr(credential)

    asyncio.run(run())


def test_azure_with_entra_sends_the_token_and_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    azure = pytest.importorskip("azure.identity")

    class Signed(Tokens):
        def __init__(self) -> None:
            super().__init__(3600)

    async def run() -> None:
        # azure-identity's chain would ask the network; a class with its two methods stands in its place.
        monkeypatch.setattr(azure, "DefaultAzureCredential", Signed)
        async with MockServer(Script([Answer(text="hi")]), key="token-1") as server:
            chosen = ModelChoice(provider="azure", model="deployment", base_url=server.root, entra=True)
            model = await open_model(chosen, environ={"AZURE_OPENAI_API_KEY": "sk-not-used"})
            assert await ask(model) == 1
            [received] = server.requests
            assert received.headers["authorization"] == "Bearer token-1"
            assert "api-key" not in received.headers
            assert received.json["model"] == "deployment"
            await model.aclose()

    asyncio.run(run())


def test_entra_without_a_sign_in_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        def get_token(self, scope: str) -> Any:
            raise ValueError("a long story with a-secret-in-it")

        def close(self) -> None: ...

    async def run() -> None:
        with pytest.raises(errors.MissingCredential) as raised:
            await EntraCredential("scope", {}, Refusing()).headers()
        assert "az login" in raised.value.fix
        assert "a-secret" not in str(raised.value)

    asyncio.run(run())
    assert "sk-x" not in repr(KeyCredential({"authorization": "Bearer sk-x"}))
