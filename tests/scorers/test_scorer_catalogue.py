"""The catalogue lists files, loads nothing heavy, and refuses what is ambiguous."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lake.errors import UnknownNameError, UsageError
from scorers.catalogue import FAMILIES, ROOT, catalogue, find
from scorers.spec import Scorer

PER_SAMPLE = {
    "compress_ratio",
    "gram_entropy",
    "hdd",
    "logical_word_count",
    "mtld",
    "pure_think",
    "response_token_length",
    "str_length",
    "think_or_not",
    "token_entropy",
    "token_length",
    "tree_depth",
    "tree_nodes",
    "ts_python",
    "unique_ngram",
    "unique_ntoken",
    "vocd_d",
}

HEAVY = ["torch", "numba", "transformers", "scipy", "nltk", "spacy", "tiktoken", "polars", "datasets", "dagster"]

SOURCE = """
from scorers.batch import Batch, Column
from scorers.spec import Axis, Scorer, Settings

SCORER = Scorer(name="{name}", version="1", axes=(Axis("{axis}", "test"),))


def score(batch: Batch, settings: Settings) -> dict[str, Column]:
    return {{"{axis}": Column.of([7.0] * len(batch))}}
"""


def write(folder: Path, name: str, axis: str, declared: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(SOURCE.format(name=declared or name, axis=axis))
    return path


SETS = [
    "apjs",
    "aps",
    "cluster_inertia",
    "facility_location",
    "knn_distance",
    "log_det",
    "miwv",
    "novelsum",
    "partition_entropy",
    "radius",
    "task2vec",
    "vendi",
]


def test_every_file_of_the_folders_is_listed() -> None:
    files = [path.stem for family in FAMILIES for path in (ROOT / family).glob("[!_]*.py")]
    assert catalogue().names == sorted(files)
    assert set(catalogue().axes()) >= PER_SAMPLE | set(SETS)
    assert [entry.scorer.name for entry in catalogue().entries() if entry.scorer.of_sets] == SETS


def test_listing_every_axis_loads_nothing_heavy() -> None:
    program = (
        "import sys; from scorers.catalogue import catalogue; "
        "axes = catalogue().axes(); assert len(axes) >= 8; "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert done.stdout.strip() == "[]"


def test_names_alone_load_no_scorer_at_all(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('loaded')")
    found = find([tmp_path])
    assert found.names == ["broken"]
    with pytest.raises(UsageError, match=r"broken\.py cannot be loaded: RuntimeError: loaded"):
        found.entry("broken")


def test_a_file_in_another_folder_is_a_scorer(tmp_path: Path) -> None:
    path = write(tmp_path / "mine", "sevens", "seven")
    axis, entry = catalogue((tmp_path / "mine",)).axis("seven")
    assert (axis.name, entry.path, entry.scorer.name) == ("seven", path, "sevens")
    assert "mtld" in catalogue((tmp_path / "mine",)).names


def test_two_files_of_one_name_are_refused_naming_both(tmp_path: Path) -> None:
    write(tmp_path / "a", "sevens", "seven")
    write(tmp_path / "b", "sevens", "seven")
    with pytest.raises(UsageError, match=r"a/sevens\.py and .*b/sevens\.py"):
        find([tmp_path / "a", tmp_path / "b"])


def test_two_scorers_of_one_axis_are_refused_naming_both(tmp_path: Path) -> None:
    write(tmp_path / "a", "sevens", "seven")
    write(tmp_path / "a", "other", "seven")
    with pytest.raises(UsageError, match=r"'seven' is declared twice: in .*other\.py and in .*sevens\.py"):
        find([tmp_path / "a"]).axes()


@pytest.mark.parametrize(
    ("axis", "declared", "complaint"),
    [
        ("response", None, "also a column of samples"),
        ("Not-A-Name", None, "not a lower-case name"),
        ("fine", "another", r"name the file another\.py"),
    ],
)
def test_a_declaration_that_cannot_work_is_refused(
    tmp_path: Path, axis: str, declared: str | None, complaint: str
) -> None:
    write(tmp_path / "a", "odd", axis, declared)
    with pytest.raises(UsageError, match=complaint):
        find([tmp_path / "a"]).axes()


def test_a_file_without_a_declaration_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nothing.py").write_text("x = 1\n")
    with pytest.raises(UsageError, match=r"nothing\.py is in a folder of scorers but declares no SCORER"):
        find([tmp_path]).axes()


def test_unknown_names_come_with_close_matches() -> None:
    with pytest.raises(UnknownNameError, match=r"Unknown axis 'mltd'") as caught:
        catalogue().axis("mltd")
    assert "Did you mean mtld?" in caught.value.hint
    with pytest.raises(UnknownNameError, match="Unknown scorer"):
        catalogue().entry("nope")


def test_every_declaration_is_complete() -> None:
    for entry in catalogue().entries():
        scorer = entry.scorer
        assert scorer.citation, scorer.name
        assert scorer.reference, scorer.name
        assert scorer.cost_us > 0
        assert not scorer.missing()
        for axis in scorer.axes:
            assert len(axis.description) > 20
            low, high = axis.range
            assert low is None or high is None or low < high


def test_the_version_records_parity_and_options() -> None:
    scorer = catalogue().entry("mtld").scorer
    assert scorer.version_of(scorer.settings()) == "1"
    assert scorer.version_of(scorer.settings(parity=True)) == "1+parity"
    assert scorer.version_of(scorer.settings(ttr_threshold=0.5)) == "1+ttr_threshold=0.5"
    with pytest.raises(UnknownNameError, match="option of mtld"):
        scorer.settings(threshold=1)


def test_parity_of_a_scorer_without_corrections_is_its_only_form() -> None:
    scorer = Scorer(name="x", version="3", axes=())
    assert scorer.version_of(scorer.settings(parity=True)) == "3"


def test_scores_are_shared_by_content_unless_something_else_is_read() -> None:
    scorer = catalogue().entry("mtld").scorer
    assert scorer.content_addressed(scorer.settings())
    assert not scorer.content_addressed(scorer.settings(parity=True))
    other = Scorer(name="x", version="1", axes=(), reads=("response", "reference_answer"))
    assert not other.content_addressed(other.settings())


def test_a_missing_module_is_named_without_importing_any() -> None:
    scorer = Scorer(name="x", version="1", axes=(), needs=("json", "no_such_module_here"))
    assert scorer.missing() == ["no_such_module_here"]
