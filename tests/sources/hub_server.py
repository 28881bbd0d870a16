"""A server on the loopback device that speaks the part of the hub's file API that downloads need."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


def commit_hash(name: str, files: dict[str, bytes]) -> str:
    return hashlib.sha1(repr((name, sorted(files.items()))).encode()).hexdigest()


class Hub:
    """Repositories as {name: {revision: {file: bytes}}}, and the faults to show.

    - gated: token that opens a repository, by its name; the description of a gated repository is public.
    - busy: how many of the next requests are answered 503.
    - cut: files whose body breaks off once, half-way.
    - missing: files that are listed but not there.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, dict[str, dict[str, bytes]]] = {}
        self.gated: dict[str, str] = {}
        self.busy = 0
        self.cut: set[str] = set()
        self.missing: set[str] = set()
        self.requests: list[tuple[str, str, str | None]] = []
        self.url = ""

    def add(self, name: str, files: dict[str, bytes | str], revision: str = "main") -> str:
        content = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
        self.repositories.setdefault(name, {})[revision] = content
        return commit_hash(name, content)

    def find(self, name: str, revision: str) -> tuple[str, dict[str, bytes]] | None:
        for label, files in self.repositories[name].items():
            commit = commit_hash(name, files)
            if revision in (label, commit):
                return commit, files
        return None

    def downloads(self) -> list[str]:
        return [path for method, path, _ in self.requests if method == "GET" and "/resolve/" in path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def _answer(self, *, body: bool) -> None:
        path = urlsplit(self.path).path
        self.hub.requests.append((self.command, path, self.headers.get("Range")))
        if self.hub.busy > 0:
            self.hub.busy -= 1
            self._send(503, b"busy", body=body)
        elif path.startswith("/api/datasets/"):
            self._describe(path.removeprefix("/api/datasets/"), body=body)
        elif path.startswith("/datasets/") and "/resolve/" in path:
            self._file(path.removeprefix("/datasets/"), body=body)
        else:
            self._refuse(404, "", body=body)

    def _describe(self, path: str, *, body: bool) -> None:
        if "/tree/" in path:
            self._tree(*path.split("/tree/"), body=body)
            return
        name, _, revision = path.partition("/revision/")
        name = unquote(name)
        if name not in self.hub.repositories:
            self._refuse(404, "RepoNotFound", body=body)
            return
        found = self.hub.find(name, unquote(revision) or "main")
        if found is None:
            self._refuse(404, "RevisionNotFound", body=body)
            return
        commit, files = found
        siblings = [{"rfilename": file, "size": len(data), "blobId": _etag(data)} for file, data in files.items()]
        answer = {"id": name, "sha": commit, "private": False, "gated": name in self.hub.gated, "siblings": siblings}
        self._send(200, json.dumps(answer).encode(), {"Content-Type": "application/json"}, body=body)

    def _tree(self, name: str, commit: str, *, body: bool) -> None:
        """Pages of two entries, the next one named in a Link header."""
        _, files = self.hub.find(name, commit) or ("", {})
        start = int(dict(parse_qsl(urlsplit(self.path).query)).get("cursor", 0))
        entries = [
            {"type": "file", "path": file, "size": len(data), "oid": _etag(data)} for file, data in files.items()
        ]
        entries.append({"type": "directory", "path": "data", "size": 0, "oid": commit})
        following = f'<{self.hub.url}/api/datasets/{name}/tree/{commit}?cursor={start + 2}>; rel="next"'
        headers = {"Link": following} if start + 2 < len(entries) else {}
        self._send(200, json.dumps(entries[start : start + 2]).encode(), headers, body=body)

    def _file(self, path: str, *, body: bool) -> None:
        name, _, rest = path.partition("/resolve/")
        revision, _, file = rest.partition("/")
        file = unquote(file)
        token = self.hub.gated.get(name)
        if token and self.headers.get("Authorization") != f"Bearer {token}":
            self._refuse(401 if self.headers.get("Authorization") is None else 403, "GatedRepo", body=body)
            return
        found = self.hub.find(name, unquote(revision)) if name in self.hub.repositories else None
        if found is None or file not in found[1] or file in self.hub.missing:
            self._refuse(404, "EntryNotFound", body=body)
            return
        commit, files = found
        data = files[file]
        headers = {"X-Repo-Commit": commit, "ETag": f'"{_etag(data)}"', "Accept-Ranges": "bytes"}
        start = 0
        if wanted := self.headers.get("Range"):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        if body and file in self.hub.cut:
            self.hub.cut.discard(file)
            self._break_off(data[start:], headers)
            return
        self._send(206 if wanted else 200, data[start:], headers, body=body)

    def _break_off(self, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for key, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        self.wfile.flush()
        self.close_connection = True

    def _refuse(self, status: int, code: str, *, body: bool) -> None:
        self._send(status, b"{}", {"X-Error-Code": code} if code else {}, body=body)

    def _send(self, status: int, data: bytes, headers: dict[str, str] | None = None, *, body: bool) -> None:
        self.send_response(status)
        for key, value in {**(headers or {}), "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        self.end_headers()
        if body:
            self.wfile.write(data)


def _etag(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@contextmanager
def serving() -> Iterator[Hub]:
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
