"""Files that came with a lake: named by every command that could use them, used once they are trusted."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_process import Oda

SEVENS = (
    "from scorers.batch import Column\nfrom scorers.spec import Axis, Scorer\n"
    'SCORER = Scorer(name="sevens", version="1", axes=(Axis("seven", "Always seven."),))\n'
    'def score(batch, settings):\n    return {"seven": Column.of([7.0] * len(batch))}\n'
)


def test_trust_is_asked_for_and_given(oda: Oda, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (home / "scorers").mkdir()
    (home / "scorers" / "sevens.py").write_text(SEVENS)
    for command in (["axes"], ["axes", "--json"], ["doctor"], ["score", "--axes", "str_length"]):
        ran = oda(*command, "--home", home)
        assert ran.status == 0, command
        assert "sevens.py is not trusted" in ran.out + ran.err, command
        assert f"oda axes trust {home}/scorers" in ran.out + ran.err, command
    assert oda("score", "--axes", "sevens", "--home", home).status == 2
    told = oda("axes", "trust", "--home", home).out
    assert f"1 file of {home}/scorers trusted, as written in {tmp_path}/config/oda-lake/trusted.json." in told
    assert "Left out" not in oda("axes", "--home", home).out
    assert oda("score", "--axes", "seven", "--home", home).status == 0
    rows = oda("sql", "select distinct seven from scored", "--json", "--home", home).document
    assert rows == [{"seven": 7.0}]
    assert oda("axes", "trust", home / "nowhere", "--home", home).status == 2
