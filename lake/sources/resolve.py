"""A source as the user writes it, resolved into files, splits and a description."""

from __future__ import annotations

import difflib
import glob
import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lake.errors import SourceError
from lake.sources import description, hub, names
from lake.sources.description import Description
from lake.sources.hub_address import HubAddress, is_hub_address
from lake.sources.links import leads_outside, unfollowed_links
from lake.sources.survey import Survey, matching, survey
from lake.sources.tree import LocalTree, Tree, Watcher, printable, readable


@dataclass(frozen=True)
class SourceFile:
    """One data file: where it lies, its POSIX name within the source, bytes, and its split if it names one."""

    path: Path
    name: str
    size: int
    split: str | None


@dataclass(frozen=True)
class ResolvedSource:
    """A source ready to be read.

    - uri: absolute path, glob or `hf://` address without the revision: the same source, the same uri.
    - revision: commit of a hub repository.
    - ignored: other files of a folder, by name.
    - left_out: those of them that are more than a description of the others, where nobody asked to leave them out.
    - unfollowed: symbolic links of a folder that were not followed, each with where it leads.
    """

    uri: str
    revision: str | None
    files: tuple[SourceFile, ...]
    description: Description
    suggested_name: str
    ignored: tuple[str, ...] = ()
    unfollowed: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def resolve(
    source: str | Path,
    *,
    revision: str | None = None,
    cache: Path | None = None,
    progress: Watcher | None = None,
    splits: Collection[str] = (),
    follow_links: bool = False,
) -> ResolvedSource:
    """Resolve a file, folder, glob, `FOLDER#config` or `hf://org/name[@revision][/folder][#config]`.

    - revision: branch, tag or commit of a hub repository, instead of `@revision`.
    - cache: folder for downloads (default: the one of `huggingface_hub`); a commit kept there needs no network.
    - progress: told the bytes downloaded.
    - splits: the only splits to read; a file asked for by name is read whatever its split.
    - follow_links: read also what symbolic links within a folder lead to outside of it; a source that is itself a
      link is read in any case.

    Raises SourceError when there is nothing to read, UsageError when the source or an option makes no sense.
    """
    text = str(source)
    if is_hub_address(text):
        return _from_hub(HubAddress.parse(text, revision=revision), cache, progress, splits)
    if revision is not None:
        raise SourceError("only sources of the hub have a revision", file=text, hint="Leave the revision out.")
    path = Path(text).expanduser()
    if "\0" in text:
        raise SourceError("a path cannot hold a NUL character", file=repr(text))
    if _exists(path):
        return _from_path(path, None, splits, follow_links)
    folder, mark, config = text.rpartition("#")
    if mark and Path(folder).expanduser().is_dir():
        return _from_path(Path(folder).expanduser(), config, splits, follow_links)
    if glob.has_magic(text):
        return _from_glob(str(path), splits, follow_links)
    raise _missing(path, text)


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except PermissionError:
        raise SourceError("no permission", file=path, hint="Give yourself the right to read it.") from None
    except (OSError, ValueError):
        return False
    return True


def _absolute(path: Path | str) -> str:
    return printable(os.path.abspath(path))  # noqa: PTH100 - links are kept, they may carry the suffix


def _from_path(path: Path, config: str | None, splits: Collection[str], follow_links: bool) -> ResolvedSource:
    where = _absolute(path)
    if path.is_dir():
        tree = LocalTree(path, follow_links=follow_links)
        found = survey(tree, config=config, splits=splits)
        uri = where if config is None else f"{where}#{config}"
        return _resolved(uri, tree, found, names.suggested_name(where))
    readable(path)
    if not names.has_data_suffix(path.name) and not names.is_archive(path.name):
        raise SourceError(
            f"no container reads {path.suffix or 'files without a suffix'}",
            file=path,
            hint=f"Data files end with {names.UNDERSTOOD}.",
        )
    name = printable(path.name)
    file = SourceFile(path, name, path.stat().st_size, names.split_of(name))
    beside = [path.with_name(f"{path.name}.yaml"), path.with_name(f"{names.stem(path.name)}.yaml")]
    beside = [each for each in (*beside, path.with_name("dataset.yaml")) if each.is_file()]
    unfollowed = [each for each in beside if not follow_links and leads_outside(each, path.parent)]
    said = _beside(path, next((each for each in beside if each not in unfollowed), None))
    told = tuple(f"{printable(each.name)} -> {printable(os.path.realpath(each))}" for each in unfollowed)
    return ResolvedSource(where, None, (file,), said, names.suggested_name(where), unfollowed=told)


def _beside(path: Path, nearest: Path | None) -> Description:
    """What the nearest of `<file>.yaml`, `<stem>.yaml` and `dataset.yaml` beside a file says.

    A `dataset.yaml` that stands beside several data files describes them all, so its name is not the file's.
    """
    if nearest is None:
        return Description()
    said = description.read(nearest)
    if nearest.name != "dataset.yaml":
        return said
    alone = not any(names.is_data(other.name) and other.name != path.name for other in path.parent.iterdir())
    return said if alone else said.model_copy(update={"name": None})


def _from_glob(pattern: str, splits: Collection[str], follow_links: bool) -> ResolvedSource:
    fixed = Path(pattern).parts
    magic = next(number for number, part in enumerate(fixed) if glob.has_magic(part))
    root = Path(*fixed[:magic])
    tree = _GlobTree(pattern, root, fixed[magic:], follow_links=follow_links)
    if not tree.names:
        left, hint = unfollowed_links(tree.unfollowed), _nearby(root / fixed[magic])
        raise SourceError(
            "the pattern matches no files" + (f", only {left[0]}" if left else ""),
            file=pattern,
            hint=left[1] if left else hint,
        )
    found = survey(tree, splits=splits)
    if len(found.chosen) == 1:
        suggested = names.suggested_name(_absolute(root / found.chosen[0][0]))
    else:
        suggested = names.suggested_name(_absolute(root))
    return _resolved(_absolute(pattern), tree, found, suggested)


class _GlobTree(LocalTree):
    """The files a pattern matches, and those in the folders it matches; a `dataset.yaml` at its root belongs to it."""

    def __init__(self, pattern: str, root: Path, parts: tuple[str, ...], *, follow_links: bool) -> None:
        # From `**` on our own walk looks, which enters no folder twice; glob follows links in circles there.
        fixed = parts[: parts.index("**")] if "**" in parts else parts
        matches = map(Path, glob.glob(os.path.join(root, *fixed)))  # noqa: PTH118, PTH207 - Path.glob takes relative ones
        starts = [("" if match == root else os.fspath(match.relative_to(root)), match) for match in sorted(matches)]
        super().__init__(root, follow_links=follow_links, starts=starts)
        if "**" in parts:
            rest = "/".join(parts)
            wanted = set(matching(rest, {part for name in self.names for part in _with_folders(name)}))
            self._paths = {name: path for name, path in self._paths.items() if wanted & set(_with_folders(name))}
        described = root / "dataset.yaml"
        if self._paths and described.is_file() and (follow_links or not leads_outside(described, root)):
            self._paths = dict(sorted({**self._paths, "dataset.yaml": described}.items()))
        self._pattern = pattern

    @property
    def place(self) -> str:
        """The pattern."""
        return self._pattern


def _with_folders(name: str) -> list[str]:
    """A name, and those of the folders it lies in."""
    return [name, *(parent.as_posix() for parent in PurePosixPath(name).parents)]


def _from_hub(
    address: HubAddress, cache: Path | None, progress: Watcher | None, splits: Collection[str]
) -> ResolvedSource:
    tree = hub.open_repository(address, cache)
    within = tree.folder(address.path) if address.path else ""
    found = survey(tree, config=address.config, splits=splits, within=within)
    last = [address.config or PurePosixPath(address.path).name]
    suggested = "-".join([address.repository.rpartition("/")[2], *filter(None, last)])
    return _resolved(address.uri, tree, found, suggested, revision=tree.commit, progress=progress)


def _resolved(
    uri: str,
    tree: Tree,
    found: Survey,
    suggested: str,
    *,
    revision: str | None = None,
    progress: Watcher | None = None,
) -> ResolvedSource:
    paths = tree.fetch_all([name for name, _ in found.chosen], progress)
    files = tuple(
        SourceFile(path, name, path.stat().st_size, split)
        for path, (name, split) in zip(paths, found.chosen, strict=True)
    )
    return ResolvedSource(
        uri, revision, files, found.description, suggested, found.ignored, tree.unfollowed, found.left_out
    )


def _missing(path: Path, text: str) -> SourceError:
    if page := re.match(r"https?://(?:huggingface\.co|hf\.co)/datasets/([\w.-]+/[\w.-]+)", text):
        return SourceError("web pages are not read", file=text, hint=f"Write hf://{page[1]}")
    if re.match(r"[a-z][a-z0-9+.-]*://", text):
        return SourceError(
            "only local files and hf:// addresses are read",
            file=text,
            hint="Download it first; a dataset of the hub is hf://org/name.",
        )
    hint = _nearby(path)
    if re.fullmatch(r"[\w.-]+/[\w.-]+", text) and not path.parent.is_dir():
        hint = f"{hint} For the dataset of the hub write hf://{text}".strip()
    return SourceError("there is no such file or folder", file=path, hint=hint)


def _nearby(path: Path) -> str:
    """A hint: entries of the folder that look like the name asked for."""
    folder = path.parent
    try:
        entries = sorted(printable(entry.name) for entry in folder.iterdir())
    except PermissionError:
        return f"The folder {folder} cannot be listed: no permission."
    except OSError:
        return f"The folder {folder} does not exist either."
    close = difflib.get_close_matches(path.name, entries, n=3)
    return f"Did you mean {', '.join(str(folder / name) for name in close)}?" if close else ""
