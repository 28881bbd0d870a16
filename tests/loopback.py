"""A server of this machine that speaks the protocol of OpenAI and misbehaves as the prompts tell it; for tests.

A prompt of words such as `500 500 ok` is answered with these in turn, one for each try of it.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[str], str]
"""The text of the answer to a prompt."""


class Loopback(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Answer, models: tuple[str, ...], key: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.models = models
        self.key = key
        self.requests: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.tries: Counter[str] = Counter()
        self.open = self.most_open = 0
        self.lock = threading.Lock()
        self.connections: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.append(request)
        super().process_request(request, client_address)

    def stop(self) -> None:
        """Be gone, with every connection that is kept open."""
        self.shutdown()
        self.server_close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


@contextmanager
def loopback(
    answer: Answer = lambda prompt: prompt, *, models: tuple[str, ...] = ("mine",), key: str = ""
) -> Iterator[Loopback]:
    server = Loopback(answer, models, key)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Loopback

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self._allowed():
            self._send(200, {"data": [{"id": name, "owned_by": "loopback"} for name in self.server.models]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        server = self.server
        with server.lock:
            server.requests.append(body)
            server.times.append(time.monotonic())
            server.open += 1
            server.most_open = max(server.most_open, server.open)
            prompt = body["messages"][-1]["content"] if "messages" in body else str(body["prompt"])
            words = prompt.split()
            tried = server.tries[prompt]
            server.tries[prompt] += 1
        try:
            if self._allowed():
                self._behave(words[min(tried, len(words) - 1)] if words else "ok", prompt, body)
        finally:
            with server.lock:
                server.open -= 1

    def _behave(self, word: str, prompt: str, body: dict[str, Any]) -> None:
        if word.isdigit() and 400 <= int(word) < 600:
            self._send(int(word), {"error": {"message": f"told to answer {word}; key {self.headers['Authorization']}"}})
        elif word == "wait":
            self._send(429, {"error": {"message": "too many requests"}}, {"Retry-After": "0.4"})
        elif word == "long":
            self._send(400, {"error": {"message": "This model's maximum context length is 8 tokens."}})
        elif word == "reset":
            self.close_connection = True
            self.connection.close()
        elif word == "silent":
            self.rfile.read(1)  # until the client gives up
            self.close_connection = True
        elif word == "cut":
            data = json.dumps(self._answer(prompt, body)).encode()
            self._head(200, len(data))
            self.wfile.write(data[: len(data) // 2])
            self.close_connection = True
        elif word == "junk":
            self._head(200, 12)
            self.wfile.write(b'{"choices": ')
        elif word == "empty":
            self._send(200, {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 0}})
        else:
            if word == "held":
                time.sleep(0.1)
            self._send(200, self._answer(prompt, body, finish="length" if word == "length" else "stop"))

    def _answer(self, prompt: str, body: dict[str, Any], finish: str = "stop") -> dict[str, Any]:
        text = self.server.answer(prompt)
        choices = [
            {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
            for index in range(body.get("n", 1))
        ]
        return {
            "choices": choices,
            "usage": {"prompt_tokens": len(prompt.split()), "completion_tokens": 2 * len(choices)},
        }

    def _allowed(self) -> bool:
        if self.server.key and self.headers["Authorization"] != f"Bearer {self.server.key}":
            self._send(401, {"error": {"message": f"Incorrect API key: {self.headers['Authorization']}"}})
            return False
        return True

    def _head(self, status: int, length: int, further: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(length),
            **(further or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, status: int, document: dict[str, Any], further: dict[str, str] | None = None) -> None:
        data = json.dumps(document).encode()
        self._head(status, len(data), further)
        self.wfile.write(data)
