"""The web app's routes. Its own scripts run and nobody else's; it talks to this server alone."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pullwright.protocol.errors import NotFound
from pullwright.server.pages.frame import page
from pullwright.server.pages.markup import element
from pullwright.server.routing import Call, Routes
from pullwright.server.web.files import BuiltFile, built_files

ROUTES = Routes("Web app")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
LASTING = "public, max-age=31536000, immutable"


@ROUTES.get("/app", open=True, status=303)
async def web_app(call: Call) -> Response:
    """Go to the web app."""
    return RedirectResponse("/app/", 303)


@ROUTES.get("/app/{path:path}", open=True, gives={"text/html": {"type": "string"}})
async def web_app_file(call: Call, path: str) -> Response:
    """A file of the web app; whatever else is asked for below it is one of its pages."""
    files = built_files()
    if not files:
        return _unbuilt()
    if path in files:
        return _sent(files[path], call.request)
    if path.startswith("assets/"):
        raise NotFound("the web app has no such file", fix="Load the page again: the server has a newer one.")
    return _sent(files["index.html"], call.request)


def _sent(file: BuiltFile, request: Request) -> Response:
    headers = {
        "Cache-Control": LASTING if file.lasting else "no-cache",
        "Content-Security-Policy": POLICY,
        "ETag": file.tag,
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match", "").removeprefix("W/") == file.tag:
        return Response(None, 304, headers)
    data, encoding = file.told(request.headers.get("accept-encoding", ""))
    return Response(data, headers={**headers, "Content-Encoding": encoding} if encoding else headers, media_type=file.media)


def _unbuilt() -> Response:
    words = "This installation has no web app: it was built without npm. Command line and API work all the same."
    return page(
        "The web app was not built",
        element("p", words),
        element("p", "With Node.js and npm, run `make web` in the checkout, and start the server again."),
        element("p", element("a", "Tasks and reviews without scripts", href="/")),
    )
