"""Facts of models: the project's own are whole, a user's take their place, wrong and foreign ones say why they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lake.errors import UnknownNameError, UsageError
from lake.settings import Settings
from scorers.models.known import OWN, Known, known, of_folder
from scorers.trust import trust

MINE = 'id = "me/mine"\nhead = "causal"\nengines = ["vllm"]\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


def found(folder: Path, tmp_path: Path) -> Known:
    return known(Settings.load(home=tmp_path / "home", models=(folder,)))


def test_every_model_of_the_project_is_read_and_no_code_of_theirs_runs(settings: Settings) -> None:
    models = known(settings).models
    assert len(models) == len(list(OWN.glob("*.toml"))) == 31
    assert not [name for name, facts in models.items() if facts.trust_remote_code]
    assert models["qurater"].labels == ("writing_style", "required_expertise", "facts_trivia", "educational_value")
    assert models["skywork-llama"].engines == ("vllm", "transformers")
    assert all(facts.licence for facts in models.values())
    unknown = {facts.id: facts.note for facts in models.values() if facts.licence == "unknown"}
    assert set(unknown) == {
        "infly/INF-ORM-Llama3.1-70B",
        "princeton-nlp/QuRater-1.3B",
        *(f"opendatalab/meta-rater-{k}-rating" for k in ("cleanliness", "professionalism", "readability", "reasoning")),
    }
    assert all("Licence: the card names none" in why for why in unknown.values())


def test_a_file_of_the_user_adds_a_model_or_takes_the_place_of_one(folder: Path, tmp_path: Path) -> None:
    (folder / "mine.toml").write_text(MINE + 'weights = "./there"\n')
    (folder / "qwen3-8b.toml").write_text('id = "Qwen/Qwen3-8B"\nhead = "causal"\nengines = ["transformers"]\n')
    models = found(folder, tmp_path)
    assert models.find("mine").folder == folder / "there"
    assert models.find("me/mine").name == "mine"
    assert models.find("qwen3-8b").engines == ("transformers",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('head = "causal"\nengines = ["vllm"]\n', "id is missing"),
        (MINE + "max_length = '1'\n", "max_length must be of the type int, not str"),
        (MINE + "max_length = -1\n", "max_length must not be negative"),
        (MINE + "labels = 3\n", "labels must be a list of texts"),
        ('id = "a"\nhead = "reward"\nengines = ["vllm"]\nlabels = ["a", "b"]\n', "more than one entry"),
        ('id = "a"\nhead = "causal"\nengines = ["openai"]\n', "server is missing"),
        ("id = \n", "Cannot read the model"),
    ],
)
def test_a_wrong_file_is_left_out_and_says_what_is_wrong(folder: Path, tmp_path: Path, text: str, told: str) -> None:
    (folder / "mine.toml").write_text(text)
    models = found(folder, tmp_path)
    assert "mine" not in models.models
    with pytest.raises(UsageError, match=told):
        models.find("mine")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (MINE + "max_lenght = 1\n", "Did you mean max_length"),
        (MINE.replace("causal", "casual"), "Did you mean causal"),
        (MINE.replace("vllm", "vlm"), "Did you mean vllm"),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_one(folder: Path, tmp_path: Path, text: str, told: str) -> None:
    (folder / "mine.toml").write_text(text)
    with pytest.raises(UnknownNameError) as caught:
        found(folder, tmp_path).find("mine")
    assert told in caught.value.hint
    assert "mine.toml" in caught.value.hint


@pytest.mark.parametrize("acts", ["trust_remote_code = true\n", 'server = "http://other/v1"\nkey = "OPENAI_API_KEY"\n'])
def test_a_lake_of_somebody_else_sends_no_key_and_runs_no_code_until_it_is_trusted(
    folder: Path, tmp_path: Path, acts: str
) -> None:
    own = tmp_path / "home" / "models"
    own.mkdir(parents=True)
    (own / "mine.toml").write_text(MINE + acts)
    (own / "plain.toml").write_text(MINE)
    models = found(folder, tmp_path)
    assert "plain" in models.models
    with pytest.raises(UsageError, match=r"mine\.toml is not trusted"):
        models.find("mine")
    trust(own)
    assert found(folder, tmp_path).find("mine").id == "me/mine"
    (folder / "mine.toml").write_text(MINE + acts)
    assert "mine" in found(folder, tmp_path).models


def test_an_unknown_model_is_answered_with_close_ones(settings: Settings) -> None:
    with pytest.raises(UnknownNameError) as caught:
        known(settings).find("qwen3-8B")
    assert "qwen3-8b" in caught.value.hint


def test_a_folder_is_a_model_as_its_configuration_says(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"architectures": ["LlamaForSequenceClassification"], "id2label": {"0": "a", "1": "b"},'
        ' "max_position_embeddings": 128}'
    )
    facts = of_folder(tmp_path)
    assert (facts.head, facts.labels, facts.max_length, facts.engines) == (
        "classifier",
        ("a", "b"),
        128,
        ("vllm", "transformers"),
    )
