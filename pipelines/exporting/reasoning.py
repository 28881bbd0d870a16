"""Reasoning that a source has in a column of its own, or beside the content of its turns, put back before answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa

from lake.errors import UnknownNameError
from lake.exports.calls import with_reasoning


class Reasoning:
    """A column of the source whose texts go before the answers as `<think>`, and how many samples had one.

    - column: a column kept in `meta`, or a key that turns have beside their content.
    """

    def __init__(self, column: str) -> None:
        self.column = column
        self.samples = 0
        self._seen: set[str] = set()

    def put_back(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """The batches with answers that begin with their reasoning; an answer that has some stays as it is.

        Raises UnknownNameError at the end where no sample has text in the column.
        """

        def batches() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                yield self._put_back(batch)
            if not self.samples:
                raise UnknownNameError.of("column with reasoning", self.column, self._seen)

        return pa.RecordBatchReader.from_batches(reader.schema, batches())

    def _put_back(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = batch.select(["response", "messages", "meta"]).to_pylist()
        responses, messages = [], []
        for row in rows:
            turns = None if row["messages"] is None else orjson.loads(row["messages"])
            response = self._answer(row["response"], self._held(row["meta"]))
            found = response != row["response"]
            if isinstance(turns, list):
                found |= self._fill(turns, self._held(row["meta"]))
                response = row["response"] if response is None else response
            self.samples += found
            responses.append(response)
            messages.append(row["messages"] if turns is None else orjson.dumps(turns).decode())
        made = {"response": responses, "messages": messages}
        columns = [
            pa.array(made[name], pa.string()) if name in made else batch.column(name) for name in batch.schema.names
        ]
        return pa.record_batch(columns, schema=batch.schema)

    def _held(self, meta: str | None) -> str | None:
        """The text of the column in `meta`; other columns with text are remembered, to be named where there is none."""
        held = orjson.loads(meta) if meta else None
        if not isinstance(held, dict):
            return None
        self._seen |= {name for name, value in held.items() if isinstance(value, str)}
        value = held.get(self.column)
        return value if isinstance(value, str) and value.strip() else None

    def _answer(self, response: str | None, reasoning: str | None) -> str | None:
        return None if response is None else str(with_reasoning(response, reasoning))

    def _fill(self, turns: list[Any], held: str | None) -> bool:
        """Put reasoning into the content of the answers; that of the source's column belongs to the last one."""
        found = False
        for turn in turns:
            if not isinstance(turn, dict) or turn.get("role") != "assistant":
                continue
            own = turn.pop(self.column, None) if self.column not in ("role", "content") else None
            reasoning = own if isinstance(own, str) and own.strip() else held if turn is turns[-1] else None
            content = turn.get("content") or ""
            if reasoning and (thought := with_reasoning(content, reasoning)) != content:
                turn["content"] = thought
                found = True
        return found
