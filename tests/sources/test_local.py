from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake.errors import SourceError
from lake.sources.description import Description
from lake.sources.resolve import ResolvedSource, SourceFile, resolve

ROW = '{"instruction": "add 1 and 2", "output": "3"}\n'


def _write(folder: Path, *names: str, text: str = ROW) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _names(source: ResolvedSource) -> list[tuple[str, str | None]]:
    return [(file.name, file.split) for file in source.files]


def test_a_file(tmp_path: Path) -> None:
    _write(tmp_path, "sums.train.jsonl", "other.csv")
    path = tmp_path / "sums.train.jsonl"
    assert resolve(path) == ResolvedSource(
        uri=str(path),
        revision=None,
        files=(SourceFile(path, "sums.train.jsonl", len(ROW), "train"),),
        description=Description(),
        suggested_name="sums.train",
        ignored=(),
    )


def test_a_folder_is_read_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    folder = tmp_path / "sums"
    _write(folder, "b.jsonl", "a/train.csv", "a/Test.JSON.gz", ".git/x.json", "__MACOSX/y.json", ".hidden.json")
    _write(folder, "notes.txt", "model.bin", "README.md", "LICENSE", "dataset_infos.json", "a/.DS_Store")
    found = resolve(folder)
    assert _names(found) == [("a/Test.JSON.gz", "test"), ("a/train.csv", "train"), ("b.jsonl", None)]
    assert found.ignored == ("LICENSE", "README.md", "dataset_infos.json", "model.bin", "notes.txt")
    assert (found.uri, found.suggested_name) == (str(folder), "sums")
    assert [file.size for file in found.files] == [len(ROW)] * 3
    assert all(file.path.read_text() == ROW for file in found.files)


def test_a_relative_path_and_an_absolute_one_are_the_same_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "sums/a.jsonl")
    monkeypatch.chdir(tmp_path)
    assert resolve("sums/../sums").uri == resolve(tmp_path / "sums").uri == resolve("./sums/").uri
    assert resolve("sums/a.jsonl").uri == f"{tmp_path}/sums/a.jsonl"


def test_splits_are_chosen(tmp_path: Path) -> None:
    _write(tmp_path, "train.jsonl", "test.jsonl", "rest.jsonl")
    assert _names(resolve(tmp_path, splits=["test"])) == [("test.jsonl", "test")]
    (tmp_path / "dataset.yaml").write_text("splits: [train]")
    assert _names(resolve(tmp_path)) == [("train.jsonl", "train")]
    with pytest.raises(SourceError, match=r"no file belongs to the split dev\nSplits found: \(none\), test, train"):
        resolve(tmp_path, splits=["dev"])


def test_a_glob(tmp_path: Path) -> None:
    _write(tmp_path, "part-1.jsonl", "part-2.jsonl", "part-3.txt", "other.jsonl", "x/part-4.jsonl", "x/y/z.csv")
    found = resolve(str(tmp_path / "part-*"))
    assert _names(found) == [("part-1.jsonl", None), ("part-2.jsonl", None)]
    assert found.ignored == ("part-3.txt",)
    assert found.uri == f"{tmp_path}/part-*"
    assert _names(resolve(f"{tmp_path}/**/*.jsonl")) == [
        ("other.jsonl", None),
        ("part-1.jsonl", None),
        ("part-2.jsonl", None),
        ("x/part-4.jsonl", None),
    ]
    assert _names(resolve(f"{tmp_path}/x*")) == [("x/part-4.jsonl", None), ("x/y/z.csv", None)]
    assert resolve(f"{tmp_path}/oth*.jsonl").suggested_name == "other"
    assert resolve(f"{tmp_path}/x/*").suggested_name == "x"


def test_a_glob_without_matches(tmp_path: Path) -> None:
    _write(tmp_path, "part-1.txt")
    with pytest.raises(SourceError, match="the pattern matches no files"):
        resolve(f"{tmp_path}/*.jsonl")
    with pytest.raises(SourceError, match=r"it holds no data files, only part-1.txt\nData files end with .json "):
        resolve(f"{tmp_path}/part*")


def test_descriptions_beside_the_data(tmp_path: Path) -> None:
    _write(tmp_path, "sums.jsonl.gz", "others.jsonl")
    (tmp_path / "dataset.yaml").write_text("license: mit\nname: both")
    assert resolve(tmp_path / "sums.jsonl.gz").description == Description(license="mit")
    assert resolve(tmp_path).description == Description(license="mit", name="both")
    (tmp_path / "others.jsonl").unlink()
    assert resolve(tmp_path / "sums.jsonl.gz").description == Description(license="mit", name="both")
    (tmp_path / "sums.yaml").write_text("license: apache-2.0")
    assert resolve(tmp_path / "sums.jsonl.gz").description == Description(license="apache-2.0")
    assert resolve(f"{tmp_path}/*.gz").description == Description(license="mit", name="both")


def test_a_description_wins_over_the_card(tmp_path: Path) -> None:
    _write(tmp_path, "a.jsonl")
    (tmp_path / "README.md").write_text("---\nlicense: mit\ntags: [math]\n---\nText")
    (tmp_path / "dataset.yaml").write_text("license: cc0-1.0")
    assert resolve(tmp_path).description == Description(license="cc0-1.0", domains=["math"], card="Text")
    (tmp_path / "dataset.yaml").write_text("licens: cc0-1.0")
    with pytest.raises(SourceError, match=r"dataset.yaml: unknown key 'licens'"):
        resolve(tmp_path)


def test_a_repository_folder_with_configurations(tmp_path: Path) -> None:
    _write(tmp_path, "easy/a.jsonl", "hard/b.jsonl", "hard/c.csv", "raw.jsonl")
    card = """---
configs:
- {config_name: easy, data_files: [{split: code, path: easy/*}]}
- {config_name: hard, data_dir: hard}
- {config_name: empty, data_files: none/*.csv}
---
"""
    (tmp_path / "README.md").write_text(card)
    with pytest.raises(SourceError, match=f"it has 3 configurations: easy, hard, empty\nChoose .* {tmp_path}#easy"):
        resolve(tmp_path)
    easy = resolve(f"{tmp_path}#easy")
    assert (_names(easy), easy.uri) == ([("easy/a.jsonl", "code")], f"{tmp_path}#easy")
    assert easy.ignored == ("README.md", "hard/b.jsonl", "hard/c.csv", "raw.jsonl")
    assert _names(resolve(f"{tmp_path}#hard")) == [("hard/b.jsonl", None), ("hard/c.csv", None)]
    with pytest.raises(SourceError, match="the configuration 'empty' of its README names no data file that is there"):
        resolve(f"{tmp_path}#empty")
    (tmp_path / "README.md").write_text(card.replace("config_name: hard", "config_name: hard, default: true"))
    assert _names(resolve(tmp_path)) == [("hard/b.jsonl", None), ("hard/c.csv", None)]


def test_a_missing_path_says_what_is_near(tmp_path: Path) -> None:
    _write(tmp_path, "openr1.jsonl", "zebra.csv")
    with pytest.raises(SourceError) as missing:
        resolve(tmp_path / "openrl.jsonl")
    assert missing.value.message == f"Cannot read {tmp_path}/openrl.jsonl: there is no such file or folder"
    assert missing.value.hint == f"Did you mean {tmp_path}/openr1.jsonl?"
    with pytest.raises(SourceError, match=r"The folder nowhere does not exist either. .* write hf://nowhere/alpaca$"):
        resolve("nowhere/alpaca")
    with pytest.raises(SourceError, match="only local files and hf:// addresses are read"):
        resolve("s3://bucket/data.jsonl")
    with pytest.raises(SourceError, match="Write hf://tatsu-lab/alpaca$"):
        resolve("https://huggingface.co/datasets/tatsu-lab/alpaca/tree/main")
    with pytest.raises(SourceError, match="only sources of the hub have a revision"):
        resolve(tmp_path, revision="v1")


def test_nothing_usable(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the folder holds no files"):
        resolve(tmp_path)
    _write(tmp_path, *(f"{letter}.txt" for letter in "abcdefg"))
    with pytest.raises(SourceError) as nothing:
        resolve(tmp_path)
    assert nothing.value.reason == "it holds no data files, only a.txt, b.txt, c.txt, d.txt, e.txt and 2 more"
    assert nothing.value.hint == (
        "Data files end with .json .jsonl .ndjson .csv .tsv .parquet .arrow .feather, each also with .gz .zst .xz .bz2 "
        "or within .zip .tar."
    )
    with pytest.raises(SourceError, match="no container reads .txt"):
        resolve(tmp_path / "a.txt")


def test_what_is_not_a_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(SourceError, match="not a regular file"):
        resolve(tmp_path / "pipe.jsonl")
    with pytest.raises(SourceError, match="the folder holds no files"):
        resolve(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "'; drop table samples; --.jsonl",
        'quo"te.jsonl',
        "new\nline.jsonl",
        "[a-z]*?.jsonl",
        "#config.jsonl",
        "hf:.jsonl",
        "-rf.jsonl",
        "$(reboot).jsonl",
        "数据.jsonl",
        "a" * 240 + ".jsonl",
    ],
)
def test_hostile_file_names_are_only_names(tmp_path: Path, name: str) -> None:
    _write(tmp_path, name)
    assert [file.name for file in resolve(tmp_path / name).files] == [name]
    assert [file.name for file in resolve(tmp_path).files] == [name]


def test_a_name_that_is_not_utf8_can_be_read_and_stored(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.jsonl"
    with open(raw, "w") as handle:
        handle.write(ROW)
    found = resolve(tmp_path).files[0]
    assert found.name == "caf\\xe9.jsonl"
    assert found.path.read_text() == ROW
    assert resolve(os.fsdecode(raw)).uri == f"{tmp_path}/caf\\xe9.jsonl"


@pytest.mark.parametrize("source", ["a\0b", "x" * 5000, "/dev/null", ""])
def test_hostile_paths(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError):
        resolve(source)


@pytest.fixture
def guarded() -> Iterator[Path]:
    """A folder another user may enter, since root may read everything."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("locked", ["file", "folder", "parent"])
def test_no_permission(guarded: Path, locked: str) -> None:
    _write(guarded, "sums/in/a.jsonl")
    file = guarded / "sums" / "in" / "a.jsonl"
    target = {"file": file, "folder": file.parent, "parent": guarded / "sums"}[locked]
    target.chmod(0o000)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        with pytest.raises(SourceError, match="no permission"):
            resolve(guarded / "sums" if locked != "parent" else file)
    finally:
        if root:
            os.seteuid(0)
        target.chmod(0o755)
