"""Derives the truth from how the drafts were made, and makes sure that nothing else is shared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from examples.arena.cards import CARDS
from examples.arena.draft import COPY, EDITED, EMBEDDED, SAME_PROMPT, Draft, jaccard
from examples.arena.native import NATIVE, Row
from examples.arena.sheets import BENCHMARK, TORN, Sheet
from examples.arena.truth import DatasetTruth, Edge, Leak, NearDuplicate, Place, SharedPrompts, Truth

Places = dict[Draft, Place]
Group = tuple[Place, ...]


@dataclass(frozen=True)
class Layout:
    """A sheet and the rows of its file, broken ones included."""

    sheet: Sheet
    rows: tuple[Row, ...]


def truth_of(seed: int, layouts: Sequence[Layout]) -> Truth:
    """What these layouts hold.

    Raises RuntimeError when two drafts share a content or a prompt though neither was made from the other.
    """
    places = {
        draft: Place(layout.sheet.name, row)
        for layout in layouts
        for row, draft in enumerate(layout.rows)
        if isinstance(draft, Draft)
    }
    contents = _groups(places, (COPY,))
    prompts = _groups(places, (COPY, SAME_PROMPT))
    _only_planted("content", contents, _by(places, lambda draft: draft.conversation))
    _only_planted("prompt", prompts, _by(places, lambda draft: draft.prompt))
    groups = set(contents.values())
    return Truth(
        seed=seed,
        datasets=tuple(_dataset(layout) for layout in layouts),
        unparsable=TORN,
        exact_duplicates=tuple(sorted(group for group in groups if len(group) > 1)),
        near_duplicates=tuple(_near_duplicates(places, contents)),
        leaks=tuple(sorted(_leaks(places), key=lambda leak: (leak.item, leak.row))),
        edges=tuple(edge for layout in layouts for edge in _edges(layout.sheet, places)),
        shared_prompts=tuple(_shared(set(prompts.values()))),
    )


def _groups(places: Places, kept: tuple[str, ...]) -> dict[Draft, Group]:
    """Draft -> places of all drafts reached from the same root through steps of these kinds only."""
    members: dict[Draft, list[Place]] = defaultdict(list)
    roots = {draft: _root(draft, kept) for draft in places}
    for draft, place in places.items():
        members[roots[draft]].append(place)
    sorted_members = {root: tuple(sorted(found)) for root, found in members.items()}
    return {draft: sorted_members[root] for draft, root in roots.items()}


def _root(draft: Draft, kept: tuple[str, ...]) -> Draft:
    while draft.origin is not None and draft.how in kept:
        draft = draft.origin
    return draft


def _by(places: Places, key: Callable[[Draft], object]) -> set[Group]:
    found: dict[object, list[Place]] = defaultdict(list)
    for draft, place in places.items():
        found[key(draft)].append(place)
    return {tuple(sorted(group)) for group in found.values()}


def _only_planted(what: str, planted: dict[Draft, Group], found: set[Group]) -> None:
    if wrong := found ^ set(planted.values()):
        raise RuntimeError(f"rows share a {what} by accident: {min(wrong)}")


def _dataset(layout: Layout) -> DatasetTruth:
    name, native = layout.sheet.name, NATIVE[layout.sheet.name]
    drafts = [(row, draft) for row, draft in enumerate(layout.rows) if isinstance(draft, Draft)]
    whole = {row for row, _ in drafts}
    return DatasetTruth(
        name=name,
        kind="benchmark" if name == BENCHMARK else "train",
        file=f"{name}/{native.file}",
        format=native.format,
        domains=CARDS[name].domains,
        declared_parents=layout.sheet.declared,
        rows=len(layout.rows),
        rejected=tuple(row for row in range(len(layout.rows)) if row not in whole),
        think=tuple(row for row, draft in drafts if "<think>" in (draft.response or "")),
    )


def _near_duplicates(places: Places, contents: dict[Draft, Group]) -> Iterable[NearDuplicate]:
    """Pairs one edit apart; edited benchmark items are leaks and not listed here."""
    found: dict[tuple[Group, Group], float] = {}
    for draft in places:
        step = next((each for each in draft.chain if each.how != COPY), draft)
        origin = step.origin
        if step.how != EDITED or origin is None or places[origin].dataset == BENCHMARK:
            continue
        found[contents[origin], contents[step]] = round(jaccard(origin, step), 4)
    return (NearDuplicate(original, changed, value) for (original, changed), value in sorted(found.items()))


def _leaks(places: Places) -> Iterable[Leak]:
    for draft, place in places.items():
        chain = draft.chain
        item, steps = chain[-1], {each.how for each in chain[:-1]}
        if place.dataset == BENCHMARK or places[item].dataset != BENCHMARK:
            continue
        how = "edited" if EDITED in steps else "embedded" if EMBEDDED in steps else "verbatim"
        answer = item.response or ""
        with_answer = any(text == answer for role, text in draft.turns if role == "assistant")
        yield Leak(places[item], place, how, with_answer)


def _edges(sheet: Sheet, places: Places) -> Iterable[Edge]:
    origins = [places[draft.origin].dataset for draft in sheet.drafts if draft.origin is not None]
    taken = Counter(name for name in origins if name not in (sheet.name, BENCHMARK))
    if surprise := taken.keys() - sheet.parents.keys():
        raise RuntimeError(f"{sheet.name} has rows of {min(surprise)}, which is not its parent")
    for parent, relation in sheet.parents.items():
        yield Edge(parent, sheet.name, relation, parent in sheet.declared, taken[parent])


def _shared(prompts: set[Group]) -> Iterable[SharedPrompts]:
    found = Counter(pair for group in prompts for pair in combinations(sorted({place.dataset for place in group}), 2))
    return (SharedPrompts(a, b, number) for (a, b), number in sorted(found.items()))
