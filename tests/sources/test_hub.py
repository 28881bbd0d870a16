from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import close_session

from lake.catalog import Lake
from lake.errors import SourceError, UnknownNameError, UsageError
from lake.sources.hub_address import HubAddress
from lake.sources.resolve import ResolvedSource, resolve
from pipelines.ingest import ingest
from tests.sources.hub_server import Hub, serving

ROWS = b'{"instruction": "add 1 and 2", "output": "3"}\n'


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with serving() as server:
        _use(monkeypatch, server.url)
        yield server
    close_session()


def _use(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    close_session()


def _closed_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def _names(source: ResolvedSource) -> list[tuple[str, str | None]]:
    return [(file.name, file.split) for file in source.files]


class Recorder:
    def __init__(self) -> None:
        self.labels: list[tuple[str, float | None, str]] = []
        self.bytes = 0.0
        self.finished = 0

    def start(self, label: str, total: float | None, unit: str = "rows") -> None:
        self.labels.append((label, total, unit))

    def advance(self, amount: float) -> None:
        self.bytes += amount

    def finish(self) -> None:
        self.finished += 1


def test_the_data_files_of_a_repository_are_downloaded_and_its_card_is_read(hub: Hub, tmp_path: Path) -> None:
    commit = hub.add(
        "acme/sums",
        {
            "README.md": "---\nlicense: mit\ntags: [math, synthetic]\n---\n# Sums\nAdditions.\n",
            ".gitattributes": "x",
            "data/train-00000-of-00001.jsonl": ROWS * 3,
            "data/test-00000-of-00001.jsonl": ROWS,
            "logo.png": b"\x89PNG",
        },
    )
    found = resolve("hf://acme/sums", cache=tmp_path)
    assert found.uri == "hf://acme/sums"
    assert found.revision == commit
    assert found.suggested_name == "sums"
    assert _names(found) == [
        ("data/test-00000-of-00001.jsonl", "test"),
        ("data/train-00000-of-00001.jsonl", "train"),
    ]
    assert [file.size for file in found.files] == [len(ROWS), 3 * len(ROWS)]
    assert found.files[1].path.read_bytes() == ROWS * 3
    assert found.files[1].path.is_relative_to(tmp_path)
    assert found.ignored == ("README.md", "logo.png")
    assert found.description.model_dump(exclude_defaults=True) == {
        "license": "mit",
        "domains": ["math"],
        "card": "# Sums\nAdditions.",
    }
    assert not [path for path in hub.downloads() if path.endswith((".png", ".gitattributes"))]


def test_a_revision_is_resolved_to_its_commit(hub: Hub, tmp_path: Path) -> None:
    hub.add("acme/sums", {"new.jsonl": ROWS})
    old = hub.add("acme/sums", {"old.jsonl": ROWS}, revision="v1")
    converted = hub.add("acme/sums", {"default/train/0000.parquet": b"PAR1"}, revision="refs/convert/parquet")
    assert [resolve(source, cache=tmp_path).revision for source in (
        "hf://acme/sums@v1", f"hf://acme/sums@{old}", "hf://acme/sums@refs/convert/parquet"
    )] == [old, old, converted]  # fmt: skip
    by_option = resolve("hf://acme/sums", revision="v1", cache=tmp_path)
    assert (by_option.uri, by_option.revision, _names(by_option)) == ("hf://acme/sums", old, [("old.jsonl", None)])


def test_only_the_wanted_splits_are_downloaded(hub: Hub, tmp_path: Path) -> None:
    hub.add("acme/sums", {"train.jsonl": ROWS, "test.jsonl": ROWS, "validation.csv": "a,b\n1,2\n"})
    found = resolve("hf://acme/sums", cache=tmp_path, splits=["test"])
    assert _names(found) == [("test.jsonl", "test")]
    assert [path.rpartition("/")[2] for path in hub.downloads()] == ["test.jsonl"]
    with pytest.raises(SourceError, match=r"no file belongs to the split dev\nSplits found: test, train, validation"):
        resolve("hf://acme/sums", cache=tmp_path, splits=["dev"])


def test_a_folder_a_file_or_a_configuration_of_a_repository(hub: Hub, tmp_path: Path) -> None:
    card = """---
configs:
- config_name: easy
  data_files:
  - {split: train, path: "easy/part-*.jsonl"}
- config_name: hard
  data_files: hard/*.jsonl
---
"""
    hub.add(
        "acme/sums",
        {"README.md": card, "easy/part-1.jsonl": ROWS, "hard/a.jsonl": ROWS, "hard/deep/b.jsonl": ROWS},
    )
    folder = resolve("hf://acme/sums/hard", cache=tmp_path)
    assert (folder.uri, folder.suggested_name) == ("hf://acme/sums/hard", "sums-hard")
    assert _names(folder) == [("hard/a.jsonl", None), ("hard/deep/b.jsonl", None)]
    file = resolve("hf://acme/sums/hard/a.jsonl", cache=tmp_path)
    assert _names(file) == [("hard/a.jsonl", None)]
    easy = resolve("hf://acme/sums#easy", cache=tmp_path)
    assert (easy.uri, easy.suggested_name) == ("hf://acme/sums#easy", "sums-easy")
    assert _names(easy) == [("easy/part-1.jsonl", "train")]
    assert _names(resolve("hf://acme/sums#hard", cache=tmp_path)) == [("hard/a.jsonl", None)]
    with pytest.raises(SourceError, match="it has 2 configurations: easy, hard\nChoose one by adding #NAME"):
        resolve("hf://acme/sums", cache=tmp_path)
    with pytest.raises(UnknownNameError, match=r"Unknown configuration of hf://acme/sums 'esy'.\nDid you mean easy\?"):
        resolve("hf://acme/sums#esy", cache=tmp_path)
    with pytest.raises(UnknownNameError, match="Did you mean hard"):
        resolve("hf://acme/sums/herd", cache=tmp_path)


def test_a_second_time_nothing_is_downloaded_and_a_kept_commit_needs_no_network(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = hub.add("acme/sums", {"README.md": "text", "train.jsonl": ROWS})
    resolve("hf://acme/sums", cache=tmp_path)
    hub.requests.clear()
    again = resolve("hf://acme/sums", cache=tmp_path)
    assert [method for method, _, _ in hub.requests] == ["GET"]
    _use(monkeypatch, _closed_port())
    offline = resolve(f"hf://acme/sums@{commit}", cache=tmp_path)
    assert offline == again
    with pytest.raises(SourceError, match=f"A download of before can be read: hf://acme/sums@{commit}"):
        resolve("hf://acme/sums", cache=tmp_path)


def test_a_repository_of_very_many_files_is_listed_in_pages(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"part-{number}.jsonl" for number in range(5)]
    commit = hub.add("acme/sums", dict.fromkeys(names, ROWS))
    monkeypatch.setattr("lake.sources.hub._LISTED_AT_ONCE", 5)
    assert [file.name for file in resolve("hf://acme/sums", cache=tmp_path).files] == names
    pages = [path for _, path, _ in hub.requests if "/tree/" in path]
    assert pages == [f"/api/datasets/acme/sums/tree/{commit}"] * 3


def test_a_dataset_of_the_hub_becomes_samples_and_follows_its_repository(hub: Hub, lake: Lake) -> None:
    hub.add("acme/sums", {"README.md": "---\nlicense: mit\n---\nSums.", "train.jsonl": ROWS})
    first = ingest(lake, "hf://acme/sums")
    assert (first.dataset, first.status, first.samples) == ("sums", "ingested", 1)
    assert ingest(lake, "hf://acme/sums").status == "unchanged"
    commit = hub.add("acme/sums", {"train.jsonl": ROWS + ROWS.replace(b"1", b"4"), "test.jsonl": ROWS})
    again = ingest(lake, "hf://acme/sums")
    assert (again.status, again.samples) == ("replaced", 3)
    assert lake.rows("select source, revision, license from datasets") == [("hf://acme/sums", commit, None)]
    assert lake.rows("select split, count(*) from samples group by all order by all") == [("test", 1), ("train", 2)]


def test_progress_counts_the_bytes_downloaded(hub: Hub, tmp_path: Path) -> None:
    hub.add("acme/sums", {"a.jsonl": ROWS * 1000, "b.jsonl": ROWS * 500})
    progress = Recorder()
    resolve("hf://acme/sums", cache=tmp_path, progress=progress)
    size = 1500 * len(ROWS)
    assert progress.labels == [("download acme/sums", size, "bytes")]
    assert (progress.bytes, progress.finished) == (size, 1)


def test_a_download_that_breaks_off_goes_on_where_it_was(hub: Hub, tmp_path: Path) -> None:
    content = b'{"text": "a row"}\n' * 1_500_000  # the client keeps what it has in steps of 10 MB
    hub.add("acme/sums", {"big.jsonl": content})
    hub.cut.add("big.jsonl")
    found = resolve("hf://acme/sums", cache=tmp_path)
    assert found.files[0].path.read_bytes() == content
    ranges = [wanted for method, path, wanted in hub.requests if method == "GET" and path.endswith("big.jsonl")]
    assert len(ranges) == 2
    assert ranges[0] is None
    assert ranges[1] == "bytes=10485760-"


def test_files_that_a_newer_commit_leaves_as_they_were_are_not_downloaded_again(hub: Hub, tmp_path: Path) -> None:
    hub.add("acme/sums", {"a.jsonl": ROWS})
    before = resolve("hf://acme/sums", cache=tmp_path)
    hub.requests.clear()
    hub.add("acme/sums", {"a.jsonl": ROWS, "b.jsonl": ROWS * 2})
    after = resolve("hf://acme/sums", cache=tmp_path)
    assert after.revision != before.revision
    assert [file.path.read_bytes() for file in after.files] == [ROWS, ROWS * 2]
    assert [path.rpartition("/")[2] for path in hub.downloads()] == ["b.jsonl"]


def test_a_failed_download_keeps_what_was_complete(hub: Hub, tmp_path: Path) -> None:
    hub.add("acme/sums", {"a.jsonl": ROWS, "b.jsonl": ROWS * 2})
    hub.missing.add("b.jsonl")
    with pytest.raises(SourceError, match=r"refused the request \(HTTP 404\)"):
        resolve("hf://acme/sums", cache=tmp_path)
    hub.missing.clear()
    hub.requests.clear()
    assert len(resolve("hf://acme/sums", cache=tmp_path).files) == 2
    assert [path.rpartition("/")[2] for path in hub.downloads()] == ["b.jsonl"]


def test_a_busy_hub_is_asked_again(hub: Hub, tmp_path: Path) -> None:
    hub.add("acme/sums", {"train.jsonl": ROWS})
    hub.busy = 2
    assert len(resolve("hf://acme/sums", cache=tmp_path).files) == 1
    hub.busy = 100
    with pytest.raises(SourceError, match=r"failed \(HTTP 503\)\nRun it again later"):
        resolve("hf://acme/sums", cache=tmp_path)


def test_a_gated_dataset_needs_a_token(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.add("acme/secret", {"train.jsonl": ROWS})
    hub.gated["acme/secret"] = "hf_right"
    with pytest.raises(SourceError) as refused:
        resolve("hf://acme/secret", cache=tmp_path)
    assert refused.value.message == (
        "Cannot read hf://acme/secret: the dataset is gated: its owner wants its terms accepted first"
    )
    assert refused.value.hint == (
        f"Accept them at {hub.url}/datasets/acme/secret and set HF_TOKEN to your access token."
    )
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(SourceError, match="gated"):
        resolve("hf://acme/secret", cache=tmp_path)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    assert resolve("hf://acme/secret", cache=tmp_path).files[0].path.read_bytes() == ROWS


def test_unknown_repositories_and_revisions(hub: Hub, tmp_path: Path) -> None:
    hub.add("acme/sums", {"train.jsonl": ROWS})
    with pytest.raises(SourceError, match="knows no such dataset, or it is private\nCheck the name; set HF_TOKEN"):
        resolve("hf://acme/sum", cache=tmp_path)
    with pytest.raises(SourceError, match=r"it has no revision 'v9'\nBranches and tags: http"):
        resolve("hf://acme/sums@v9", cache=tmp_path)


def test_a_repository_without_data_says_what_it_holds(hub: Hub, tmp_path: Path) -> None:
    hub.add("acme/script", {"README.md": "x", "script.py": "print()"})
    with pytest.raises(SourceError) as refused:
        resolve("hf://acme/script", cache=tmp_path)
    assert refused.value.reason == "it holds no data files, only README.md, script.py"
    assert refused.value.hint.endswith("The hub may hold a converted copy: hf://acme/script@refs/convert/parquet")


def test_file_names_of_a_hostile_repository_stay_inside_the_cache(hub: Hub, tmp_path: Path) -> None:
    names = ["../../escape.jsonl", "/etc/absolute.jsonl", "a/../../b.jsonl", "back\\slash.jsonl", "c:/d.jsonl"]
    good = ["'; drop table samples; --.jsonl", "sp ace [1] #2 %41.jsonl", "zwölf.jsonl"]
    hub.add("acme/evil", dict.fromkeys([*names, *good], ROWS))
    found = resolve("hf://acme/evil", cache=tmp_path / "cache")
    assert [file.name for file in found.files] == good
    assert all(file.path.read_bytes() == ROWS for file in found.files)
    assert not list(tmp_path.rglob("*escape*"))


@pytest.mark.parametrize("endpoint", ["closed", "http://no-such-host.invalid", "https://127.0.0.1:1"])
def test_an_unreachable_hub_is_said_quickly(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = _closed_port() if endpoint == "closed" else endpoint
    _use(monkeypatch, url)
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    began = time.monotonic()
    with pytest.raises(SourceError) as refused:
        resolve("hf://acme/sums", cache=tmp_path)
    assert time.monotonic() - began < 15
    assert refused.value.message.startswith(f"Cannot read hf://acme/sums: cannot reach {url} (")
    assert "Check the network" in refused.value.hint


def test_a_hub_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lake.sources.hub._ANSWER_SECONDS", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        _use(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(SourceError, match="did not answer in time"):
            resolve("hf://acme/sums", cache=tmp_path)


def test_a_server_that_is_no_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _use(monkeypatch, "not a url")
    with pytest.raises(UsageError, match="HF_ENDPOINT is not an address: 'not a url'"):
        resolve("hf://acme/sums", cache=tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hf://acme/sums", HubAddress("acme/sums")),
        ("hf://datasets/acme/sums", HubAddress("acme/sums")),
        ("HF://acme/sums@v1.0", HubAddress("acme/sums", "v1.0")),
        ("hf://acme/sums@a%2Fb/data/x.csv", HubAddress("acme/sums", "a/b", "data/x.csv")),
        ("hf://acme/sums@refs/pr/12/data", HubAddress("acme/sums", "refs/pr/12", "data")),
        ("hf://acme/sums/data/#hard", HubAddress("acme/sums", None, "data", "hard")),
        ("hf://squad", HubAddress("squad")),
    ],
)
def test_addresses(text: str, expected: HubAddress) -> None:
    assert HubAddress.parse(text) == expected


@pytest.mark.parametrize(
    "text", ["hf://", "hf://@v1", "hf://a b/c", "hf://a/..", "hf://models/a/b", "hf://a/b/../c", "hf://a/b#", "hf:///x"]
)
def test_wrong_addresses(text: str) -> None:
    with pytest.raises(UsageError, match="Write it as hf://org/name|Names on the hub"):
        HubAddress.parse(text)


def test_two_revisions_contradict() -> None:
    with pytest.raises(UsageError, match="Two revisions are given: 'v1' and 'v2'"):
        HubAddress.parse("hf://acme/sums@v1", revision="v2")
