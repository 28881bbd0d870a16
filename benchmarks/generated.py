"""Generated samples with planted near-duplicates: any number, the same for a seed, without holding them in memory.

One sample in five is a copy of an earlier one with one to four words replaced. A sample is a function of its number, so a copy
makes its original again instead of remembering it.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numba
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from lake.catalog import Connection, Lake
from lake.tables import SAMPLES

WORDS = 180
ASKED = 30
MOST_EDITS = 4
VOCABULARY = 50_000
PLANTED = 5
BATCH = 50_000
FILE_ROWS = 1_000_000


def vocabulary(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Bytes and offsets of made-up words of 2 to 9 letters."""
    generator = np.random.default_rng(seed)
    lengths = generator.integers(2, 10, VOCABULARY)
    offsets = np.zeros(VOCABULARY + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return generator.integers(97, 123, offsets[-1]).astype(np.uint8), offsets


@numba.njit(cache=True, nogil=True)
def mixed(value):
    value = np.uint64(value)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@numba.njit(cache=True, nogil=True)
def original(number):
    """The number a sample is a copy of, or -1; originals of copies are never copies."""
    if number < PLANTED or number % PLANTED != PLANTED - 1:
        return np.int64(-1)
    found = np.int64(mixed(number + 1_000_003) % np.uint64(number))
    if found % PLANTED == PLANTED - 1:
        found -= 1
    return found


@numba.njit(cache=True, nogil=True)
def written(first, count, words, starts, asked, answered):
    """Write samples; returns (instruction ends, response ends)."""
    asked_ends = np.zeros(count + 1, dtype=np.int64)
    answered_ends = np.zeros(count + 1, dtype=np.int64)
    edits = np.zeros(MOST_EDITS, dtype=np.int64)
    a, b = 0, 0
    for row in range(count):
        number = np.int64(first + row)
        source = original(number)
        edited = 0
        if source >= 0:
            edited = np.int64(1 + mixed(number + 77) % np.uint64(MOST_EDITS))
            for edit in range(edited):
                edits[edit] = np.int64(mixed(number * 31 + edit) % np.uint64(WORDS))
        base = mixed((source if source >= 0 else number) + 12345)
        for place in range(WORDS):
            draw = mixed(base + np.uint64(place) * np.uint64(0x9E3779B97F4A7C15))
            for edit in range(edited):
                if edits[edit] == place:
                    draw = mixed(np.uint64(number) * np.uint64(1_000_033) + np.uint64(place))
            share = (draw >> np.uint64(11)) * 1.1102230246251565e-16
            word = np.int64(VOCABULARY * share * share)
            for byte in range(starts[word], starts[word + 1]):
                if place < ASKED:
                    asked[a] = words[byte]
                    a += 1
                else:
                    answered[b] = words[byte]
                    b += 1
            if place < ASKED - 1:
                asked[a] = 32
                a += 1
            elif ASKED <= place < WORDS - 1:
                answered[b] = 32
                b += 1
        asked_ends[row + 1] = a
        answered_ends[row + 1] = b
    return asked_ends, answered_ends


@numba.njit(cache=True)
def planted(samples):
    """(copy, original, words replaced at most) of all copies among so many samples."""
    found = np.empty((samples // PLANTED + 1, 3), dtype=np.int64)
    n = 0
    for number in range(samples):
        source = original(number)
        if source >= 0:
            found[n] = number, source, 1 + mixed(number + 77) % np.uint64(MOST_EDITS)
            n += 1
    return found[:n]


def batches(first: int, count: int, seed: int = 1) -> Iterator[tuple[int, pa.Array, pa.Array]]:
    """(number of the first, instructions, responses) of a run of samples."""
    words, starts = vocabulary(seed)
    for begin in range(first, first + count, BATCH):
        rows = min(BATCH, first + count - begin)
        asked, answered = np.empty(rows * ASKED * 10, np.uint8), np.empty(rows * WORDS * 10, np.uint8)
        ends = written(begin, rows, words, starts, asked, answered)
        pair = (
            pa.LargeStringArray.from_buffers(rows, pa.py_buffer(end), pa.py_buffer(data[: end[-1]]))
            for end, data in zip(ends, (asked, answered), strict=True)
        )
        yield (begin, *pair)


def fill(lake: Lake, samples: int, datasets: int = 10, seed: int = 1) -> None:
    """Put generated samples into a lake: the number of a sample counts through the datasets one after the other."""
    rows = -(-samples // datasets)
    for number in range(1, datasets + 1):
        first, count = (number - 1) * rows, min(rows, samples - (number - 1) * rows)
        if count <= 0:
            break
        name = f"set{number:02}"
        jobs = [
            (
                lake.staging_file(SAMPLES, dataset=name),
                number,
                begin,
                min(FILE_ROWS, first + count - begin),
                first,
                seed,
            )
            for begin in range(first, first + count, FILE_ROWS)
        ]
        with ThreadPoolExecutor(lake.settings.threads) as pool:
            list(pool.map(lambda job: _write(*job), jobs))
        files = [job[0] for job in jobs]

        def work(connection: Connection, name=name, number=number, count=count, files=files) -> None:
            lake.add_files(connection, SAMPLES, files)
            connection.execute(
                "insert into datasets (dataset, dataset_no, kind, rows, ingested) values (?, ?, 'train', ?, now())",
                [name, number, count],
            )

        lake.transact(work, message=f"fill {name}")


def _write(path: Path, number: int, begin: int, count: int, first: int, seed: int) -> None:
    schema = pa.schema([field for field in SAMPLES.arrow_schema if field.name != "dataset"])
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=1, use_dictionary=False) as writer:
        for start, asked, answered in batches(begin, count, seed):
            numbers = np.arange(start, start + len(asked), dtype=np.int64)
            ids = np.zeros((len(asked), 2), dtype=">u8")
            ids[:, 1] = numbers
            uuids = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(asked), [None, pa.py_buffer(ids.tobytes())])
            columns = {
                "sample_id": (number << 32) + numbers - first,
                "row_no": numbers - first,
                "content_id": pa.ExtensionArray.from_storage(pa.uuid(), uuids),
                "instruction_id": pa.ExtensionArray.from_storage(pa.uuid(), uuids),
                "instruction": asked.cast(pa.string()),
                "response": answered.cast(pa.string()),
                "n_turns": np.ones(len(asked), np.int32),
            }
            arrays = [columns.get(f.name) for f in schema]
            filled = [
                pa.nulls(len(asked), field.type)
                if a is None
                else pa.array(a, field.type)
                if isinstance(a, np.ndarray)
                else a
                for a, field in zip(arrays, schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(filled, schema=schema))
