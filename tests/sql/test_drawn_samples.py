"""drawn_samples: a part of each dataset by chance, the same one every time."""

from __future__ import annotations

from literal_relations import Rows, result

SAMPLES = "sample_id bigint, dataset varchar, content_id varchar"
ROWS: Rows = [(n, "a" if n < 8 else "b", f"c{n % 6}") for n in range(12)]


def drawn(most: int, seed: int, rows: Rows = ROWS) -> set[int]:
    return {
        row[0]
        for row in result("drawn_samples", {"samples": (SAMPLES, rows)}, datasets=["a", "b"], most=most, seed=seed)
    }


def test_contents_are_drawn_with_all_their_samples_and_each_dataset_for_itself() -> None:
    assert drawn(100, 1) == set(range(12))
    assert drawn(3, 1, []) == set()
    found = drawn(3, 1)
    contents = {(row[1], row[2]) for row in ROWS if row[0] in found}
    assert sum(dataset == "a" for dataset, _ in contents) == sum(dataset == "b" for dataset, _ in contents) == 3
    assert found == {row[0] for row in ROWS if (row[1], row[2]) in contents}


def test_a_smaller_sample_is_part_of_a_larger_one_and_another_seed_draws_others() -> None:
    assert drawn(1, 1) < drawn(2, 1) < drawn(4, 1)
    assert len({frozenset(drawn(2, seed)) for seed in range(10)}) > 3
