"""What file names say: whether a file is data, which split it belongs to, what to call the dataset."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from lake.formats.columns import SPLIT_WORDS

DATA_SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".arrow", ".feather")
COMPRESSIONS = (".gz", ".zst", ".xz", ".bz2")
ARCHIVES = (".zip", ".tar", ".tgz", ".tbz2", ".txz")
UNDERSTOOD = f"{' '.join(DATA_SUFFIXES)}, each also with {' '.join(COMPRESSIONS)} or within {' '.join(ARCHIVES[:2])}"

_OTHER_DATA = frozenset((
    ".txt", ".xlsx", ".xls", ".ods", ".pkl", ".pickle", ".npy", ".npz", ".h5", ".hdf5", ".sqlite", ".sqlite3", ".db",
    ".rar", ".7z", ".lz4", ".lzma", ".br", ".sz", ".z", ".avro", ".orc", ".msgpack", ".tfrecord", ".xml", ".rdf", ".nt",
    ".bin", ".dat", ".mdb", ".psv",
))  # fmt: skip
"""Suffixes of files that hold rows and that no container reads."""

_ABOUT = frozenset((
    ".md", ".rst", ".py", ".sh", ".cfg", ".ini", ".toml", ".yaml", ".yml", ".lock", ".ipynb", ".bib", ".cff", ".css",
    ".js", ".sha256", ".md5",
))  # fmt: skip
"""Suffixes of what stands around data: texts about it and programs."""

_NOT_DATA = frozenset(
    {
        "dataset.yaml",
        "dataset_dict.json",
        "dataset_info.json",
        "dataset_infos.json",
        "state.json",
        "manifest.json",
        "croissant.json",
    }
)
_NOT_DATA_STEMS = re.compile(r"(readme|licen[cs]e|notice|checksums?|md5(sums?)?|sha(1|256|512)(sums?)?)([-_.].*)?")

_SHARD = re.compile(r"(?P<split>[\w.-]+?)-\d{5}-of-\d{5}")
_GENERIC = frozenset(SPLIT_WORDS) | {"data", "dataset", "datasets", "default", "part", "all", "output", "samples"}


def suffixes(name: str) -> tuple[str, str]:
    """The data suffix and the compression of a file name, lower case; empty where there is none."""
    parts = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    packed = parts.pop() if parts and parts[-1] in COMPRESSIONS else ""
    return (parts[-1] if parts else ""), packed


def has_data_suffix(name: str) -> bool:
    """Whether some container reads files of this name."""
    return suffixes(name)[0] in DATA_SUFFIXES


def is_data(name: str) -> bool:
    """Whether a file found in a folder is data: a data suffix or an archive, and not a description of the folder."""
    base = PurePosixPath(name).name.lower()
    return (has_data_suffix(name) or is_archive(name)) and base not in _NOT_DATA and not _NOT_DATA_STEMS.fullmatch(base)


def is_archive(name: str) -> bool:
    """Whether a file holds files."""
    lower = PurePosixPath(name).name.lower()
    return lower.endswith((*ARCHIVES, *(f".tar{packed}" for packed in COMPRESSIONS)))


def is_beside(name: str) -> bool:
    """Whether a file only stands around data: hidden, a description, a licence, checksums, a program."""
    base = PurePosixPath(name).name.lower()
    suffix = PurePosixPath(base).suffix
    described = base in _NOT_DATA or _NOT_DATA_STEMS.fullmatch(base.removesuffix(suffix)) or suffix in _ABOUT
    return bool(described) or not suffix or is_hidden(name)


def looks_like_data(name: str) -> bool:
    """Whether a file that was not read looks as if it held rows."""
    parts = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    last = parts[-1] if parts else ""
    return last in _OTHER_DATA or last in DATA_SUFFIXES or last in COMPRESSIONS or is_archive(name)


def is_hidden(name: str) -> bool:
    """Whether a part of a relative name begins with a dot or two underscores, as on the hub."""
    return any(part.startswith((".", "__")) for part in PurePosixPath(name).parts)


def stem(name: str) -> str:
    """The last part of a name without data suffix and compression."""
    base = PurePosixPath(name).name
    data, packed = suffixes(name)
    if packed:
        base = base[: -len(packed)]
    return base[: -len(data)] if data in DATA_SUFFIXES else base


def split_of(name: str) -> str | None:
    """The split a relative name speaks of, when all of its parts that speak agree; else None.

    Shards like `data/code-00000-of-00002.parquet` name any split; elsewhere only the usual words count.
    """
    shard = _SHARD.fullmatch(stem(name))
    if shard and PurePosixPath(name).parent.name == "data":
        return SPLIT_WORDS.get(shard["split"].lower(), shard["split"])
    parts = [*PurePosixPath(name).parent.parts, stem(name)]
    words = {word for part in parts for word in re.split(r"[-._ 0-9]+", part.lower())}
    found = {SPLIT_WORDS[word] for word in words if word in SPLIT_WORDS}
    return found.pop() if len(found) == 1 else None


def suggested_name(path: str) -> str:
    """A name for the dataset at a path: its last part that says more than `train` or `data`."""
    parts = [part for part in PurePosixPath(path).parts if part != "/"]
    for depth, part in enumerate(reversed(parts)):
        name = stem(part) if depth == 0 else part
        shard = _SHARD.fullmatch(name)
        name = shard["split"] if shard else name
        if name.lower() not in _GENERIC:
            return name
    return stem(path)
