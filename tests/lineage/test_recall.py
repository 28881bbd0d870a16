"""What cues said of a text is remembered until the text, or a name in it, changes."""

from __future__ import annotations

import random

from lake.settings import Settings
from pipelines.tracing import cues
from pipelines.tracing.claims import Document
from pipelines.tracing.recall import Recall


def cards(*texts: str) -> list[Document]:
    return [Document(f"node{number}", "card", text) for number, text in enumerate(texts)]


def read(settings: Settings, documents: list[Document], names: set[str]) -> int:
    """Read all as a run does, compare with the reader itself; how many were read anew."""
    recall = Recall(settings)
    for document in documents:
        assert recall.read(document, names) == cues.read(document, names)
    recall.keep()
    return recall.read_anew


def test_only_changed_texts_and_those_that_new_names_stand_in_are_read(settings: Settings) -> None:
    documents = cards("Built from river_tales and gsm8k.", "A subset of count-sums.", "Filtered from morning-notes.")
    names = {"river_tales", "count-sums"}
    assert read(settings, documents, names) == 3
    assert read(settings, documents, names) == 0
    documents[0] = Document("node0", "card", "Built from river_tales only.")
    assert read(settings, documents, names) == 1
    assert read(settings, documents, names | {"morning-notes"}) == 1
    assert read(settings, documents, names | {"morning-notes", "nobody-knows-it"}) == 0
    assert read(settings, documents, {"count-sums"}) == 2  # river_tales and morning-notes went
    assert read(settings, documents[:1], {"count-sums"}) == 0
    assert read(settings, documents, {"count-sums"}) == 2  # what was not there in the last run is forgotten
    (settings.scratch / "known" / "claims-of-cues.json").write_text("{")
    assert read(settings, documents, {"count-sums"}) == 3


def test_it_says_what_the_reader_says_whatever_comes_and_goes(settings: Settings) -> None:
    chance = random.Random(7)
    known = ["tales", "river tales", "river_tales v2", "GSM", "sums-2", "notes"]
    verbs = ["Built from", "A subset of", "Evaluated on", "Unlike", "Translated from"]
    anew = 0
    for _ in range(30):
        documents = cards(*(f"{chance.choice(verbs)} {chance.choice(known)}, and so on." for _ in range(4)))
        anew += read(settings, documents, set(chance.sample(known, chance.randrange(len(known)))))
    assert 0 < anew < 120
