"""A bucket that checks signatures: the server's side of AWS Signature Version 4, as its specification says."""

import hashlib
import hmac
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def _signed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signature(secret: str, method: str, path: str, headers: dict[str, str], signed: list[str], scope: str, payload: str) -> str:
    """The signature of a request without a query."""
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in signed)
    request = "\n".join([method, path, "", lines, ";".join(signed), payload])
    date, region, service, end = scope.split("/")
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(request.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, end):
        key = _signed(key, part)
    return _signed(key, text).hex()


class Bucket(ThreadingHTTPServer):
    """Keeps what is put into it, in order."""

    def __init__(self, user: str, secret: str):
        self.user, self.secret = user, secret
        self.objects: dict[str, bytes] = {}
        super().__init__(("127.0.0.1", 0), Put)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/bucket"


class Put(BaseHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = re.match(
            r"AWS4-HMAC-SHA256 Credential=([^/]+)/([^,]+), ?SignedHeaders=([^,]+), ?Signature=(\w+)", headers.get("authorization", "")
        )
        payload = hashlib.sha256(body).hexdigest()
        allowed = (
            found is not None
            and found[1] == self.server.user
            and headers.get("x-amz-content-sha256", payload) == payload
            and found[4] == signature(self.server.secret, "PUT", self.path, headers, found[3].split(";"), found[2], payload)
        )
        if allowed:
            # The order tells what was there before the index was.
            self.server.objects.pop(self.path, None)
            self.server.objects[self.path] = body
        self.send_response(200 if allowed else 403)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
