"""Archives (.zip, .tar and packed .tar): their data files, unpacked into a folder and named by their place within."""

from __future__ import annotations

import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from lake.containers.packed import UNPACK_RATIO, Growth, opened
from lake.errors import SourceError
from lake.sources import names
from lake.sources.resolve import SourceFile

_PIECE = 4 << 20


def unpacked_files(archive: SourceFile, folder: Path, ratio: int = UNPACK_RATIO) -> tuple[list[SourceFile], list[str]]:
    """The data files of an archive in the order of their names, and the names of its other files.

    - folder: where they are unpacked, under numbers: a name within an archive never becomes a path.

    Raises SourceError for an archive that is damaged, locked or grows beyond measure, StorageError for a full disk.
    """
    found: list[SourceFile] = []
    left_out: list[str] = []
    growth = Growth(archive.name, archive.size, ratio, folder)
    folder.mkdir(parents=True, exist_ok=True)
    with _members(archive) as members:
        for place, stream in members:
            name = "/".join(part for part in PurePosixPath(place).parts if part not in ("/", ".", ".."))
            shown = f"{archive.name}/{name}"
            if names.is_hidden(name):
                continue
            if not names.is_data(name) or names.is_archive(name):
                if not names.is_beside(name):
                    left_out.append(shown)
                continue
            target = folder / f"{len(found)}{''.join(names.suffixes(name))}"
            with target.open("wb") as out:
                while piece := stream.read(_PIECE):
                    growth.add(len(piece))
                    out.write(piece)
            if target.stat().st_size:
                found.append(SourceFile(target, shown, target.stat().st_size, names.split_of(name) or archive.split))
    return sorted(found, key=lambda file: file.name), sorted(left_out)


@contextmanager
def _members(archive: SourceFile) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """The regular files of an archive with their names, each to be read before the next."""
    try:
        if archive.name.lower().endswith(".zip"):
            with zipfile.ZipFile(archive.path) as packed:
                yield ((info.filename, packed.open(info)) for info in packed.infolist() if not info.is_dir())
        else:
            with opened(archive.path, archive.name) as stream, tarfile.open(fileobj=stream, mode="r|*") as tape:
                yield ((info.name, _file(tape, info)) for info in tape if info.isreg())
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceError(f"a damaged archive: {error}", file=archive.name) from None
    except RuntimeError as error:  # what zipfile raises for a password
        raise SourceError(
            f"the archive cannot be opened: {error}", file=archive.name, hint="Unpack it yourself."
        ) from None


def _file(tape: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    stream = tape.extractfile(info)
    if stream is None:
        raise tarfile.ReadError(f"{info.name} cannot be read")
    return stream
