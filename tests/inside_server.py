"""What an agent may have started inside: a small web server, which tells what it was sent."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        path = self.path.partition("?")[0]
        told = {"method": self.command, "path": self.path, "headers": dict(self.headers.items()), "body": body}
        media, data = "application/json", json.dumps(told).encode()
        extra: dict[str, str] = {}
        if path == "/":
            media, data = "text/html", b"<!doctype html><title>Inside</title><p id=p>no script</p><script src=/app.js></script>"
        elif path.endswith("app.js"):
            media, data = "text/javascript", b"document.getElementById('p').textContent = 'it runs: ' + origin"
        elif path == "/hostile":
            extra = {
                "Set-Cookie": "pullwright=stolen; Path=/",
                "Clear-Site-Data": '"cookies"',
                "Content-Security-Policy": "default-src *",
                "Service-Worker-Allowed": "/",
                "Refresh": "0; url=https://example.org/",
                "Access-Control-Allow-Credentials": "true",
                "X-Frame-Options": "ALLOWALL",
            }
        elif path == "/moved":
            extra = {"Location": f"http://localhost:{sys.argv[1]}/there?x=1"}
        elif path == "/away":
            extra = {"Location": "https://example.org/"}
        self.send_response(302 if "Location" in extra else 200)
        for name, value in {"Content-Type": media, "Content-Length": str(len(data)), **extra}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - as http.server wants them

    def log_message(self, *args: object) -> None:
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
