"""A hash of everything that decides what an ingest gives: equal means there is nothing to do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import orjson
from xxhash import xxh3_128

from lake.errors import SourceError
from lake.sources.description import Description
from lake.sources.resolve import ResolvedSource, SourceFile

CONVERTER_VERSION = 3
"""Raised whenever conversion gives other rows for the same source, so that sources are read again."""

_SEGMENT = 64 << 20
_READ = 4 << 20


def fingerprint(resolved: ResolvedSource, *, mapping: Mapping[str, str], description: Description) -> str:
    """32 hexadecimal digits (XXH3-128), equal for an unchanged source wherever it lies.

    Covers names, splits, sizes and bytes of the files, the mapping, the description and the converter's version.
    Reads every byte once, in segments of 64 MB by as many threads as there are cores (xxHash and reading both
    release the interpreter lock). Raises SourceError when a file cannot be read or is cut short meanwhile.
    """
    segments = [(file, start) for file in resolved.files for start in range(0, max(file.size, 1), _SEGMENT)]
    with ThreadPoolExecutor(max_workers=max(1, min(len(segments), os.cpu_count() or 1))) as pool:
        digests = list(pool.map(_digest, segments))
    said = {
        "converter": CONVERTER_VERSION,
        "files": [[file.name, file.size, file.split] for file in resolved.files],
        "mapping": dict(mapping),
        "description": description.model_dump(mode="json", exclude_defaults=True),
    }
    whole = xxh3_128(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
    for digest in digests:
        whole.update(digest)
    return str(whole.hexdigest())


def _digest(segment: tuple[SourceFile, int]) -> bytes:
    file, start = segment
    left = min(_SEGMENT, file.size - start)
    hasher = xxh3_128()
    buffer = memoryview(bytearray(max(1, min(_READ, left))))
    try:
        with file.path.open("rb", buffering=0) as handle:
            handle.seek(start)
            while left:
                count = handle.readinto(buffer[: min(left, _READ)])
                if not count:
                    raise SourceError("the file became shorter while it was read", file=file.path)
                hasher.update(buffer[:count])
                left -= count
    except OSError as error:
        reason = "no permission" if isinstance(error, PermissionError) else (error.strerror or str(error)).lower()
        raise SourceError(reason, file=file.path, hint="It could be opened a moment ago; run it again.") from None
    return bytes(hasher.digest())
