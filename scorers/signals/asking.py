"""The form of a signal: a sample to requests, requests to outcomes, outcomes to a stored row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scorers.engines.interface import Engine, Failed, Prompt, Scored, Tokenizer

Values = Mapping[str, Any]
"""Columns of a stored row beside its key, its status and its reason."""


@dataclass(frozen=True)
class Sample:
    """What signals read of a sample: texts, empty where it has none.

    - example: instruction and response of another sample.
    """

    instruction: str
    response: str
    reference: str = ""
    context: str = ""
    example: tuple[str, ...] = ()

    @property
    def both(self) -> str:
        """Instruction and response with a line feed between them, whatever is empty."""
        return f"{self.instruction}\n{self.response}"

    @property
    def joined(self) -> str:
        """Instruction and response with a line feed between them, where neither is empty."""
        return "\n".join(part for part in (self.instruction, self.response) if part)


@dataclass(frozen=True)
class Reader:
    """How a model reads.

    - tokenizer: the model's.
    - most: tokens it can read; 0: as many as there are.
    - parity: cut as the reference does, at the end of what is read, scaffold or not.
    """

    tokenizer: Tokenizer
    most: int = 0
    parity: bool = False

    def fits(self, length: int) -> bool:
        """Whether so many tokens can be read."""
        return not self.most or length <= self.most


@dataclass(frozen=True)
class Asked:
    """What is asked about a sample.

    - requests: what the engine is given, 1 or more.
    - cut: tokens of the content that were left out, so that the rest and the whole scaffold fit.
    - notes: what the row needs to know besides.
    """

    requests: tuple[Scored | Prompt, ...]
    cut: int = 0
    notes: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Signal:
    """What is asked of a model about every sample.

    - name: of the signal; with the model's name it says which row of the relation this is.
    - version: bumped by whoever changes its numbers; parameters: settings that decide them, part of the version.
    - relation: the stored relation that keeps it.
    - capability: what the engine has to be able to do.
    - reads: columns of samples it depends on.
    - ask: a sample to what is asked, or why nothing is.
    - call: the requests of many samples to their outcomes.
    - row: the outcomes of one sample to what is kept; a `Failed` among them has been dealt with.
    - parity: whether it asks as the reference implementation does, of texts as they are stored.
    """

    name: str
    version: str
    relation: str
    capability: str
    ask: Callable[[Sample, Reader], Asked | Failed]
    call: Callable[[Engine, Sequence[Any]], list[Any]]
    row: Callable[[Asked, Sequence[Any]], Values]
    parameters: Values = field(default_factory=dict)
    reads: tuple[str, ...] = ("instruction", "response")
    parity: bool = False

    @property
    def stamp(self) -> str:
        """The version with its parameters: `1`, `1+parity+size=512`."""
        given = [f"{name}={value}" for name, value in sorted(self.parameters.items())]
        return "+".join([self.version, *(["parity"] if self.parity else []), *given])


def answers(
    signal: Signal, engine: Engine, samples: Sequence[Sample], most: int = 0
) -> list[tuple[Values, Failed | None]]:
    """Ask about samples, all requests in one call: what is kept of each, or why there is nothing.

    A sample of which one request failed has failed with its reason.
    """
    reader = Reader(engine.tokenizer, most, signal.parity)
    asked = [asked_of(signal, sample, reader) for sample in samples]
    requests = [request for each in asked if isinstance(each, Asked) for request in each.requests]
    outcomes = iter(signal.call(engine, requests) if requests else [])
    found: list[tuple[Values, Failed | None]] = []
    for each in asked:
        if isinstance(each, Failed):
            found.append(({}, each))
            continue
        of = [next(outcomes) for _ in each.requests]
        failed = next((outcome for outcome in of if isinstance(outcome, Failed)), None)
        found.append(({}, failed) if failed else ({**signal.row(each, of), "cut": each.cut}, None))
    return found


def asked_of(signal: Signal, sample: Sample, reader: Reader) -> Asked | Failed:
    """What is asked about a sample, or why nothing is; whatever its texts are."""
    try:
        return signal.ask(sample, reader)
    except (ValueError, UnicodeError) as error:  # a text that the tokenizer cannot take
        return Failed("failed", f"{type(error).__name__}: {error}"[:300])
