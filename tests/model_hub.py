"""A hub of this machine with the few answers that fetching needs; for tests."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def hub(models: Mapping[str, Mapping[str, bytes]]) -> Iterator[str]:
    """The address of a hub with these files of models; a model without files is gated."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            for name, files in models.items():
                if path.startswith((f"/api/models/{name}", f"/{name}/resolve/")) and not files:
                    self._send(403, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted"})
                    return
                if path.startswith(f"/api/models/{name}/tree/"):
                    entries = [_entry(file, data) for file, data in files.items()]
                    self._send(200, json.dumps(entries).encode(), {"Content-Type": "application/json"})
                    return
                if path in (
                    f"/api/models/{name}",
                    f"/api/models/{name}/revision/main",
                    f"/api/models/{name}/revision/{COMMIT}",
                ):
                    siblings = [{"rfilename": file} for file in files]
                    document = {"_id": "1", "id": name, "modelId": name, "sha": COMMIT, "siblings": siblings}
                    self._send(200, json.dumps(document).encode(), {"Content-Type": "application/json"})
                    return
                for revision in ("main", COMMIT):
                    start = f"/{name}/resolve/{revision}/"
                    if path.startswith(start) and path.removeprefix(start) in files:
                        data = files[path.removeprefix(start)]
                        etag = f'"{_etag(path, data)}"'
                        self._send(200, data, {"ETag": etag, "X-Repo-Commit": COMMIT})
                        return
            self._send(404, b"{}", {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})

        def _send(self, status: int, data: bytes, further: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in {**further, "Content-Length": str(len(data))}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _entry(file: str, data: bytes) -> dict[str, Any]:
    return {"type": "file", "path": file, "size": len(data), "oid": _etag(file, data)}


def _etag(path: str, data: bytes) -> str:
    if path.endswith(".safetensors"):
        return hashlib.sha256(data).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
