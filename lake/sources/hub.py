"""Dataset repositories of the Hugging Face hub: listed once per commit, downloaded file by file, kept in a cache."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import orjson
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from lake.errors import SourceError, UnknownNameError
from lake.sources.hub_address import HubAddress
from lake.sources.hub_errors import endpoint, in_plain_words, is_transient
from lake.sources.hub_progress import forwarding
from lake.sources.names import has_data_suffix, is_hidden
from lake.sources.tree import Watcher
from lake.whole_file import write_whole

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_COMMIT = re.compile(r"[0-9a-f]{40}")
_ANSWER_SECONDS = 10.0
_ATTEMPTS = 3
_DOWNLOADS = 8
_LISTED_AT_ONCE = 50_000
"""The hub cuts the file list of a repository's description at about this many; longer ones are paged."""


def open_repository(address: HubAddress, cache: Path | None) -> HubTree:
    """The files of a repository at one commit; asks the hub unless that commit is known from before.

    Raises SourceError in plain words when the hub cannot be reached (after about half a minute at most) or refuses.
    """
    pinned = address.revision if address.revision and _COMMIT.fullmatch(address.revision) else None
    sizes = _remembered(address, pinned, cache) if pinned else None
    if pinned and sizes is not None:
        return HubTree(address, pinned, sizes, cache)
    # Costs about 0.3 s, and only sources of the hub need it.
    from huggingface_hub import HfApi

    retrying = Retrying(
        retry=retry_if_exception(is_transient),
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_exponential(multiplier=0.25, max=2.0),
        reraise=True,
    )
    try:
        with in_plain_words(address):
            commit, sizes = retrying(_list, HfApi(endpoint=endpoint(), library_name="oda-lake"), address)
    except SourceError as error:
        kept = _kept_commits(address, cache)
        if kept and is_transient(error.__cause__ or error):
            error.hint += f" A download of before can be read: hf://{address.repository}@{kept[0]}"
        raise
    _remember(address, commit, sizes, cache)
    return HubTree(address, commit, sizes, cache)


def _list(api: HfApi, address: HubAddress) -> tuple[str, dict[str, int]]:
    info = api.dataset_info(address.repository, revision=address.revision, files_metadata=True, timeout=_ANSWER_SECONDS)
    if not info.sha or info.siblings is None:
        raise ValueError("no commit or no list of files")
    if len(info.siblings) < _LISTED_AT_ONCE:
        sizes = {file.rfilename: file.size or 0 for file in info.siblings}
    else:
        entries = api.list_repo_tree(address.repository, recursive=True, revision=info.sha, repo_type="dataset")
        sizes = {entry.path: entry.size for entry in entries if hasattr(entry, "size")}
    return info.sha, {name: sizes[name] for name in sorted(sizes) if _is_safe(name) and not is_hidden(name)}


def _is_safe(name: str) -> bool:
    """Whether a name stays inside the cache folder on every system."""
    parts = name.split("/")
    return not any(part in ("", ".", "..") or "\\" in part or "\0" in part or ":" in part for part in parts)


class HubTree:
    """The files of a dataset repository at one commit; a file is downloaded when it is fetched."""

    def __init__(self, address: HubAddress, commit: str, sizes: dict[str, int], cache: Path | None) -> None:
        self._address = address
        self._sizes = sizes
        self._cache = cache
        self.commit = commit

    @property
    def place(self) -> str:
        """The address of the repository."""
        return f"hf://{self._address.repository}"

    @property
    def names(self) -> tuple[str, ...]:
        """Every file of the commit, sorted."""
        return tuple(self._sizes)

    @property
    def unfollowed(self) -> tuple[str, ...]:
        """None: the links of the download cache are ours."""
        return ()

    def folder(self, path: str) -> str:
        """The prefix of names that a folder or file of the repository stands for.

        Raises UnknownNameError with close matches when nothing is there.
        """
        if path in self._sizes:
            if not has_data_suffix(path):
                raise SourceError("it is not a data file", file=f"{self.place}/{path}")
            return path
        if any(name.startswith(f"{path}/") for name in self._sizes):
            return f"{path}/"
        folders = {str(parent) for name in self._sizes for parent in PurePosixPath(name).parents} - {"."}
        raise UnknownNameError.of(f"file or folder of {self.place}", path, folders | set(self._sizes))

    def fetch(self, name: str) -> Path:
        """Download one file unless the cache holds it."""
        with in_plain_words(self._address):
            return self._download(name, None)

    def fetch_all(self, names: list[str], watcher: Watcher | None) -> list[Path]:
        """Download the files several at a time; on a failure those that are complete stay in the cache."""
        if watcher is not None:
            total = sum(self._sizes[name] for name in names)
            watcher.start(f"download {self._address.repository}", total or None, "bytes")
        pool = ThreadPoolExecutor(max_workers=min(_DOWNLOADS, len(names)) or 1)
        try:
            with in_plain_words(self._address):
                return list(pool.map(lambda name: self._download(name, watcher), names))
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
            if watcher is not None:
                watcher.finish()

    def _download(self, name: str, watcher: Watcher | None) -> Path:
        from huggingface_hub import hf_hub_download

        path = hf_hub_download(
            self._address.repository,
            name,
            repo_type="dataset",
            revision=self.commit,
            cache_dir=None if self._cache is None else self._cache / "files",
            endpoint=endpoint(),
            library_name="oda-lake",
            tqdm_class=forwarding(watcher),
        )
        return Path(path)


def _listing(address: HubAddress, commit: str, cache: Path) -> Path:
    return cache / "listings" / address.repository.replace("/", "--") / f"{commit}.json"


def _remember(address: HubAddress, commit: str, sizes: dict[str, int], cache: Path | None) -> None:
    if cache is None:
        return
    path = _listing(address, commit, cache)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, orjson.dumps(sizes))


def _remembered(address: HubAddress, commit: str, cache: Path | None) -> dict[str, int] | None:
    if cache is None:
        return None
    try:
        sizes = orjson.loads(_listing(address, commit, cache).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return dict(sizes)


def _kept_commits(address: HubAddress, cache: Path | None) -> list[str]:
    """Commits of the repository in the cache, the one listed last first."""
    if cache is None:
        return []
    folder = _listing(address, "", cache).parent
    listed = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [path.stem for path in listed]
