"""The datasets of the arena: which drafts stand in each, and from which others they are made."""

from __future__ import annotations

from dataclasses import dataclass, field

from examples.arena.draft import OWN, Draft
from examples.arena.drafting import Drafts, accented

BENCHMARK = "tally-bench"
TORN = "torn-pages"

INCLUSION, REFINEMENT, MIXTURE = "inclusion", "refinement", "mixture"


@dataclass(frozen=True)
class Sheet:
    """A dataset as drafts in the order of its rows.

    - parents: parent -> relation; none where the description names it and nothing was taken from it.
    - hidden: parents that the description leaves out.
    """

    name: str
    drafts: tuple[Draft, ...]
    parents: dict[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()

    @property
    def declared(self) -> tuple[str, ...]:
        """The parents its description names."""
        return tuple(name for name in self.parents if name not in self.hidden)

    @property
    def own(self) -> list[Draft]:
        """The drafts that are made from no other."""
        return [draft for draft in self.drafts if draft.how == OWN]


class Arena:
    """The sheets of one seed, parents before children."""

    def __init__(self, seed: int) -> None:
        self.drafts = drafts = Drafts(seed)
        self.items = drafts.items(stories=42, questions=18)
        self._free = iter(drafts.some(self.items[:42], 42))
        self.tales = self._sheet(
            "count-tales",
            self._root(drafts.stories(380), repeats=12, near=14),
            drafts.reworked(self._leaks(5)),
            drafts.rephrased(self._leaks(3)),
        )
        self.shop = self._sheet(
            "snippet-shop", self._root(drafts.snippets(325) + drafts.musings(15), repeats=10, near=10)
        )
        self.cards = self._sheet(
            "fact-cards",
            self._root(drafts.facts(400), repeats=8, near=0),
            drafts.copies(drafts.some(self.items[42:], 4)),
        )
        self.talk = self._sheet(
            "porch-talk", self._root(drafts.dialogues(340), repeats=8, near=10), drafts.in_talk(self._leaks(3))
        )
        self.thought = self._thought()
        self.replies = self._sheet(
            "two-replies", self._root(drafts.pairs(320), repeats=6, near=8), parents={"porch-talk": "none"}
        )
        self.pages = self._sheet(
            "fact-pages",
            drafts.copies(self.cards.drafts),
            drafts.passages(80),
            drafts.in_prose(self._leaks(3)),
            parents={"fact-cards": INCLUSION},
        )
        self.mix = self._mix()
        self.benchmark = Sheet(BENCHMARK, tuple(self.items))
        self.torn = Sheet(TORN, tuple(drafts.pairs(120)))

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """The datasets that can be read, the benchmark last."""
        train = (self.tales, self.shop, self.cards, self.talk, self.thought, self.replies, self.pages, self.mix)
        return (*train, self.benchmark)

    def _thought(self) -> Sheet:
        drafts = self.drafts
        chosen = drafts.some(self.tales.own, 300)
        return self._sheet(
            "count-tales-thought",
            drafts.reasoned(chosen[:250]),
            drafts.reworked(chosen[250:]),
            drafts.stories(20),
            parents={"count-tales": REFINEMENT},
        )

    def _mix(self) -> Sheet:
        drafts, some = self.drafts, self.drafts.some
        tutored = some(self.shop.own, 30)
        rest = [draft for draft in self.shop.drafts if draft not in tutored]
        return self._sheet(
            "all-round",
            drafts.copies(some(self.tales.drafts, 180)),
            drafts.copies(some(rest, 120)),
            drafts.copies(some(self.replies.drafts, 90)),
            drafts.copies(some(self.talk.drafts, 60)),
            drafts.copies(some(self.thought.drafts, 60)),
            drafts.decomposed(some(accented(self.tales.own), 10)),
            drafts.tutored(tutored),
            drafts.edited(some(self.tales.own, 15) + some(self.shop.own, 10) + some(self.replies.own, 10)),
            drafts.copies(self._leaks(4)),
            drafts.rephrased(self._leaks(4)),
            drafts.stories(30) + drafts.dialogues(40) + drafts.pairs(30),
            parents=dict.fromkeys(
                ("count-tales", "snippet-shop", "two-replies", "count-tales-thought", "porch-talk"), MIXTURE
            ),
            hidden=frozenset({"porch-talk"}),
        )

    def _root(self, own: list[Draft], *, repeats: int, near: int) -> list[Draft]:
        """Own drafts, some of them once more, and lightly edited forms of some."""
        drafts = self.drafts
        return own + drafts.copies(drafts.some(own, repeats)) + drafts.edited(drafts.some(own, near))

    def _leaks(self, number: int) -> list[Draft]:
        """Word problems of the benchmark that have not leaked yet."""
        return [next(self._free) for _ in range(number)]

    def _sheet(self, name: str, *parts: list[Draft], **more: object) -> Sheet:
        drafts = [draft for part in parts for draft in part]
        self.drafts.rng.shuffle(drafts)
        return Sheet(name, tuple(drafts), **more)  # type: ignore[arg-type]
