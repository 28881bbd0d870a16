"""Requests to a server: many at once, tried again where that may help, each with an answer or a reason at its place."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from lake.errors import UsageError
from lake.redaction import learn, redact
from scorers.engines.interface import Calls, EngineError, Failed
from scorers.engines.openai.pace import Pace, backoff, retry_after
from scorers.engines.options import Options
from scorers.models.facts import ModelFacts

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_TOO_LONG = ("context length", "maximum context", "context_length_exceeded", "max_model_len", "too many tokens")
_KEPT = 300


@dataclass(frozen=True)
class Request:
    """What to post: path below the server's address (`root`: below its root), body, tokens it is thought to need."""

    path: str
    body: dict[str, Any]
    tokens: int
    root: bool = False


class Client:
    """A server. Its own thread runs the requests; `ask` waits for them and may be interrupted."""

    def __init__(self, facts: ModelFacts, options: Options, calls: Calls) -> None:
        import httpx  # late: 0.2 s

        self._httpx = httpx
        self._facts = facts
        self._options = options = replace(
            options,
            concurrency=facts.concurrency or options.concurrency,
            timeout=facts.timeout or options.timeout,
        )
        self._calls = calls
        self._pace = Pace(facts.requests_per_minute, facts.tokens_per_minute)
        self._given_up = 0
        self._address = facts.server.rstrip("/")
        self._root = self._address.removesuffix("/v1")
        self._http = httpx.AsyncClient(
            headers=_headers(facts),
            timeout=httpx.Timeout(options.timeout, connect=min(10.0, options.timeout)),
            limits=httpx.Limits(max_connections=options.concurrency, max_keepalive_connections=options.concurrency),
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="oda-openai", daemon=True)
        self._thread.start()

    @property
    def place(self) -> str:
        """The server without what may be secret in its address."""
        parts = urlsplit(self._address)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    def ask(self, requests: Sequence[Request | Failed]) -> list[dict[str, Any] | Failed]:
        """The answers, each at its place; raises EngineError with those that came where the server is to blame."""
        future = asyncio.run_coroutine_threadsafe(self._all(requests), self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def get(self, path: str) -> dict[str, Any] | None:
        """What the server tells at a path; None where it knows no such path."""
        future = asyncio.run_coroutine_threadsafe(self._get(path), self._loop)
        return future.result()

    def close(self) -> None:
        """Close all connections."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._http.aclose(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _all(self, requests: Sequence[Request | Failed]) -> list[dict[str, Any] | Failed]:
        outcomes: list[Any] = [each if isinstance(each, Failed) else None for each in requests]
        waiting = iter([place for place, each in enumerate(outcomes) if each is None])
        workers = [
            asyncio.ensure_future(self._work(waiting, requests, outcomes)) for _ in range(self._options.concurrency)
        ]
        try:
            await asyncio.gather(*workers)
        except EngineError as error:
            error.partial = outcomes
            raise
        finally:
            for worker in workers:
                worker.cancel()
        return outcomes

    async def _work(self, waiting: Iterator[int], requests: Sequence[Any], outcomes: list[Any]) -> None:
        for place in waiting:
            outcomes[place] = await self._one(requests[place])

    async def _one(self, request: Request) -> dict[str, Any] | Failed:
        url = (self._root if request.root else self._address) + request.path
        reason, unreachable = "", False
        for tries in range(1, self._options.attempts + 1):
            if tries > 1:
                self._calls.retries += 1
                await asyncio.sleep(backoff(tries - 1))
            await self._pace.turn(request.tokens)
            try:
                response = await self._http.post(url, json=request.body)
            except self._httpx.TransportError as error:
                unreachable = isinstance(error, (self._httpx.ConnectError, self._httpx.ConnectTimeout))
                reason = _told(error, self._options.timeout)
                continue
            unreachable = False
            if response.status_code == 200:
                found = _object(response)
                if found is not None:
                    self._given_up = 0
                    self._count(request, found)
                    return found
                reason = "the answer of the server is not whole JSON"
                continue
            reason = f"the server answered {response.status_code}: {_message(response)}"
            if response.status_code not in _AGAIN:
                return self._refusal(response.status_code, reason)
            if wait := retry_after(response.headers.get("retry-after")):
                self._pace.pause(wait)
        self._given_up += 1
        if unreachable or self._given_up >= self._options.restarts:
            raise EngineError(
                f"The server {self.place} gives no answers: {reason}.",
                hint="Nothing was stored of what it did not answer; look at the server, then run again.",
            )
        return Failed("failed", redact(f"no answer in {self._options.attempts} tries; {reason}")[:_KEPT])

    def _refusal(self, status: int, reason: str) -> Failed:
        if status in (401, 403):
            variable = self._facts.key or "none is named"
            raise EngineError(
                f"The server {self.place} refuses the key: {reason}.",
                hint=f"The key is taken from the variable that the facts of {self._facts.name} name: {variable}.",
            )
        if status == 404:
            raise EngineError(
                f"The server {self.place} does not know {self._facts.id}, or not this use of it: {reason}.",
                hint="Serve that model there, or correct `id` and `server` of the model.",
            )
        too_long = any(words in reason.lower() for words in _TOO_LONG)
        return Failed("too_long" if too_long else "failed", redact(reason)[:_KEPT])

    def _count(self, request: Request, found: dict[str, Any]) -> None:
        usage = found.get("usage") or {}
        read, written = int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)
        self._pace.correct(read + written - request.tokens)
        self._calls.prompt_tokens += read
        self._calls.generated_tokens += written
        self._calls.price += (read * self._facts.price_in + written * self._facts.price_out) / 1e6

    async def _get(self, path: str) -> dict[str, Any] | None:
        for left in reversed(range(self._options.attempts)):
            try:
                response = await self._http.get(self._address + path)
                break
            except self._httpx.TransportError as error:
                if left and isinstance(error, self._httpx.ReadTimeout):  # it is there, but busy
                    continue
                raise EngineError(
                    f"The server {self.place} cannot be reached: {_told(error, self._options.timeout)}.",
                    hint=f"Start it, or correct `server` in the facts of {self._facts.name}.",
                ) from None
        if response.status_code in (401, 403):
            self._refusal(response.status_code, f"the server answered {response.status_code}: {_message(response)}")
        return _object(response) if response.status_code == 200 else None


def _headers(facts: ModelFacts) -> dict[str, str]:
    if not facts.key:
        return {}
    key = os.environ.get(facts.key, "")
    if not key:
        raise UsageError(
            f"The key of {facts.name} is missing: the variable {facts.key} is not set.",
            hint=f"export {facts.key}=… ; keys are read from the environment only.",
        )
    learn(key)
    return {"Authorization": f"Bearer {key}"}


def _told(error: Exception, timeout: float) -> str:
    kind = type(error).__name__
    if "Timeout" in kind:
        return f"no answer within {timeout:g} s"
    return redact(f"the connection failed ({kind}: {error})" if str(error) else f"the connection failed ({kind})")


def _object(response: Any) -> dict[str, Any] | None:
    try:
        found = response.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _message(response: Any) -> str:
    found = _object(response) or {}
    inner = found.get("error", found)
    text = inner.get("message") if isinstance(inner, dict) else inner
    return redact(str(text or response.reason_phrase or "no message").strip().splitlines()[0])[:_KEPT]
