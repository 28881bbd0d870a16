"""What asking a model will take, before it is loaded: its tokenizer counts a random sample of what it would read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lake.catalog import Lake
from lake.relations import run
from pipelines.signalling.sources import Source
from scorers.batch import Batch
from scorers.engines import speeds
from scorers.engines.estimates import Forecast, estimated, forecast
from scorers.engines.tokenizer import HubTokenizer
from scorers.models.weights import at_hand
from scorers.signals.asking import Asked, Reader, Sample, Signal, asked_of

SAMPLED = 300
"""Samples whose tokens are counted, of each dataset."""

Texts = Callable[[Batch], Sequence[Sample]]


def forecaster(
    signal: Signal, source: Source, length: int, texts: Texts
) -> Callable[[Lake, str, int], Forecast | None]:
    """A function that says what asking about so many samples of a dataset will take; None where nothing can count."""

    def of(lake: Lake, dataset: str, samples: int) -> Forecast | None:
        most = min(SAMPLED, samples)
        rows = run(lake.connection, "sampled_rows", columns=list(signal.reads), dataset=dataset, most=most)
        return forecast_of(signal, source, length, texts(Batch(rows.to_arrow_table())), samples)

    return of


def forecast_of(signal: Signal, source: Source, length: int, sampled: Sequence[Sample], texts: int) -> Forecast | None:
    """What asking about so many texts will take, by some of them drawn by chance; None where nothing can count."""
    found = at_hand(source.facts, hashed=False)
    if found is None:
        return None
    reader = Reader(HubTokenizer(found.folder), length or source.facts.max_length, signal.parity)
    counts = [_tokens(signal, sample, reader) for sample in sampled]
    speed = speeds.known(source.facts.id, f"{source.engine}+{source.dtype}".strip("+"), signal.capability)
    return forecast(source.facts, estimated(counts, texts=texts), speed=speed)


def _tokens(signal: Signal, sample: Sample, reader: Reader) -> int:
    """The tokens the model would read of a sample; none where it would not be asked."""
    found = asked_of(signal, sample, reader)
    return sum(len(request.ids) for request in found.requests) if isinstance(found, Asked) else 0
