from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lake.errors import SourceError
from lake.sources import fingerprint as module
from lake.sources.description import Description
from lake.sources.fingerprint import fingerprint
from lake.sources.resolve import resolve


def _print(folder: Path, mapping: dict[str, str] | None = None, **said: object) -> str:
    return fingerprint(resolve(folder), mapping=mapping or {}, description=Description.model_validate(said))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "sums"
    path.mkdir()
    (path / "a.jsonl").write_text("one")
    (path / "b.jsonl").write_text("two")
    (path / "empty.jsonl").write_text("")
    return path


def test_equal_for_an_unchanged_source_wherever_it_lies(folder: Path, tmp_path: Path) -> None:
    before = _print(folder)
    assert len(before) == 32
    assert _print(folder) == before
    (folder / "notes.txt").write_text("not data")
    assert _print(folder) == before
    shutil.copytree(folder, tmp_path / "copy")
    assert _print(tmp_path / "copy") == before


def test_every_cause_of_other_rows_changes_it(folder: Path) -> None:
    prints = [_print(folder), _print(folder, {"instruction": "q"}), _print(folder, license="mit")]
    (folder / "a.jsonl").write_text("onE")
    prints.append(_print(folder))
    (folder / "a.jsonl").write_text("onet")
    (folder / "b.jsonl").write_text("wo")
    prints.append(_print(folder))
    (folder / "b.jsonl").rename(folder / "c.jsonl")
    prints.append(_print(folder))
    (folder / "c.jsonl").rename(folder / "train.jsonl")
    prints.append(_print(folder))
    (folder / "empty.jsonl").unlink()
    prints.append(_print(folder))
    assert len(set(prints)) == len(prints)


def test_the_order_of_a_mapping_says_nothing(folder: Path) -> None:
    assert _print(folder, {"response": "a", "instruction": "q"}) == _print(
        folder, {"instruction": "q", "response": "a"}
    )


def test_large_files_are_hashed_in_segments(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SEGMENT", 1000)
    monkeypatch.setattr(module, "_READ", 64)
    content = bytearray(range(256)) * 20
    (folder / "a.jsonl").write_bytes(content)
    before = _print(folder)
    for position in (0, 63, 64, 999, 1000, 5119):
        changed = bytearray(content)
        changed[position] ^= 1
        (folder / "a.jsonl").write_bytes(changed)
        assert _print(folder) != before
    swapped = content[1000:2000] + content[:1000] + content[2000:]
    (folder / "a.jsonl").write_bytes(swapped)
    assert _print(folder) != before


def test_a_file_that_shrinks_or_goes_meanwhile(folder: Path) -> None:
    found = resolve(folder)
    (folder / "a.jsonl").write_text("o")
    with pytest.raises(SourceError, match="became shorter"):
        fingerprint(found, mapping={}, description=Description())
    (folder / "a.jsonl").unlink()
    with pytest.raises(SourceError, match="no such file"):
        fingerprint(found, mapping={}, description=Description())
