"""The inbox: what is complete and new becomes a partition and a run; names of any kind are safe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from project_runs import Project, questions, write_rows
from sampling import examples

from dagster_project.inbox import InboxMemory, arrivals, look
from dagster_project.resources import LakeResource
from lake.names import validate_name
from lake.settings import Settings


class Watcher:
    """Ticks the sensor as the daemon does: the cursor and the partitions of one tick are there at the next."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.cursor: str | None = None

    def tick(self) -> list[dg.RunRequest]:
        repository = self.project.definitions.get_repository_def()
        with dg.SensorEvaluationContext(
            self.project.instance.get_ref(),
            last_tick_completion_time=None,
            last_run_key=None,
            cursor=self.cursor,
            log_key=None,
            repository_name=repository.name,
            repository_def=repository,
            sensor_name="inbox",
            resources={"lake": LakeResource()},
        ) as context:
            data = repository.get_sensor_def("inbox").evaluate_tick(context)
        self.cursor = data.cursor
        for request in data.dynamic_partitions_requests or []:
            self.project.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
        return list(data.run_requests or [])


@pytest.fixture
def project(home: Path, tmp_path: Path, definitions: dg.Definitions) -> Iterator[Project]:
    """On an instance kept on disk: a tick looks partitions up by its address."""
    (tmp_path / "dagster").mkdir()
    with dg.instance_for_test(temp_dir=str(tmp_path / "dagster")) as instance:
        yield Project(definitions, instance, Settings.load())


@pytest.fixture
def inbox(home: Path) -> Path:
    folder = home / "inbox"
    folder.mkdir(parents=True)
    return folder


def test_a_new_file_is_asked_for_once_it_stays_the_same(project: Project, inbox: Path) -> None:
    watcher = Watcher(project)
    assert watcher.tick() == []
    write_rows(inbox / "my sums.jsonl", questions(3))
    assert watcher.tick() == []
    write_rows(inbox / "my sums.jsonl", questions(5))  # still being written
    assert watcher.tick() == []
    [request] = watcher.tick()
    assert request.partition_key == "my-sums"
    assert request.run_config == {"ops": {"samples": {"config": {"source": str(inbox / "my sums.jsonl")}}}}
    assert project.instance.get_dynamic_partitions("datasets") == ["my-sums"]
    assert watcher.tick() == []


def test_the_run_asked_for_ingests_and_scores(project: Project, inbox: Path) -> None:
    watcher = Watcher(project)
    write_rows(inbox / "sums.jsonl", questions(3))
    watcher.tick()
    [request] = watcher.tick()
    job = project.definitions.resolve_job_def("ingest_and_score")
    config = {**request.run_config, "loggers": {"console": {"config": {"log_level": "ERROR"}}}}
    assert job.execute_in_process(
        partition_key=request.partition_key, run_config=config, instance=project.instance
    ).success
    assert project.rows("select dataset, count(str_length) from scored group by all") == [("sums", 3)]


def test_a_changed_file_is_asked_for_again(project: Project, inbox: Path) -> None:
    watcher = Watcher(project)
    write_rows(inbox / "sums.jsonl", questions(3))
    watcher.tick()
    [first] = watcher.tick()
    write_rows(inbox / "sums.jsonl", questions(4))
    assert watcher.tick() == []
    [second] = watcher.tick()
    assert (second.partition_key, second.run_key == first.run_key) == ("sums", False)


def test_a_changed_description_counts_as_a_change(project: Project, inbox: Path) -> None:
    watcher = Watcher(project)
    write_rows(inbox / "sums.jsonl", questions(3))
    watcher.tick()
    assert len(watcher.tick()) == 1
    (inbox / "sums.yaml").write_text("license: MIT\n")
    watcher.tick()
    assert [request.partition_key for request in watcher.tick()] == ["sums"]


def test_a_folder_is_one_dataset_complete_when_all_of_it_is(project: Project, inbox: Path) -> None:
    watcher = Watcher(project)
    write_rows(inbox / "sums" / "data" / "a.jsonl", questions(3))
    (inbox / "sums" / "data" / "b.jsonl.part").write_text("")
    watcher.tick()
    assert watcher.tick() == []
    (inbox / "sums" / "data" / "b.jsonl.part").rename(inbox / "sums" / "data" / "b.jsonl")
    watcher.tick()
    assert [request.partition_key for request in watcher.tick()] == ["sums"]


def test_what_is_no_dataset_is_left_alone(project: Project, inbox: Path) -> None:
    (inbox / "notes.txt").write_text("x")
    (inbox / "empty").mkdir()
    (inbox / "sums.yaml").write_text("license: MIT\n")
    write_rows(inbox / ".hidden.jsonl", questions(1))
    write_rows(inbox / "sums.jsonl.crdownload", questions(1))
    write_rows(inbox / "only words" / "README.md", questions(1))
    (inbox / "gone.jsonl").symlink_to(inbox / "nowhere.jsonl")
    (inbox / "loop").mkdir()
    (inbox / "loop" / "again").symlink_to(inbox / "loop")
    watcher = Watcher(project)
    watcher.tick()
    assert watcher.tick() == []


def test_links_out_of_the_inbox_need_a_setting(
    project: Project, inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox / "linked.jsonl").symlink_to(write_rows(tmp_path / "elsewhere.jsonl", questions(3)))
    write_rows(inbox / "folder" / "own.jsonl", questions(3))
    (inbox / "folder" / "gone.jsonl").symlink_to(inbox / "nothing")
    watcher = Watcher(project)
    watcher.tick()
    assert [request.partition_key for request in watcher.tick()] == ["folder"]
    monkeypatch.setenv("ODA_FOLLOW_LINKS", "true")
    watcher.tick()
    assert [request.partition_key for request in watcher.tick()] == ["linked"]


def test_no_inbox_is_no_error(project: Project) -> None:
    assert Watcher(project).tick() == []


def test_hostile_names_become_harmless_partitions(inbox: Path) -> None:
    hostile = [
        " ..jsonl",
        "a'; drop table samples; --.jsonl",
        "$(touch x).jsonl",
        "con.jsonl",
        "\n.jsonl",
        "é.jsonl",
    ]
    for name in hostile:
        write_rows(inbox / name, questions(1))
    partitions = settled(inbox)
    assert len(partitions) == len(set(partitions)) == 6
    assert [validate_name("dataset", partition) for partition in partitions] == partitions
    assert "a-drop-table-samples" in partitions


def test_a_name_that_is_no_text_is_left_alone(inbox: Path) -> None:
    write_rows(Path(os.fsdecode(os.fsencode(str(inbox)) + b"/\xff.jsonl")), questions(1))
    write_rows(Path(os.fsdecode(os.fsencode(str(inbox)) + b"/folder/\xff.jsonl")), questions(1))
    assert settled(inbox) == ["folder"]


def test_two_entries_of_one_name_keep_theirs_whatever_comes_later(inbox: Path) -> None:
    write_rows(inbox / "b sums.jsonl", questions(1))
    _, memory = arrivals(look(inbox), InboxMemory())
    write_rows(inbox / "b sums.json", questions(1))
    write_rows(inbox / "b-sums.jsonl", questions(1))
    _, memory = arrivals(look(inbox), InboxMemory.load(memory.dump()))
    assert memory.partitions["b sums.jsonl"] == "b-sums"
    assert len(set(memory.partitions.values())) == 3
    assert all(partition.startswith("b-sums") for partition in memory.partitions.values())


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.sets(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
            lambda name: not name.startswith((".", "__"))
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_name_gives_a_partition_of_its_own(tmp_path_factory: pytest.TempPathFactory, names: set[str]) -> None:
    folder = tmp_path_factory.mktemp("inbox")
    for name in names:
        write_rows(folder / f"{name}.jsonl", [])
    partitions = settled(folder)
    assert len(set(partitions)) == len(names)
    for partition in partitions:
        assert validate_name("dataset", partition) == partition


def settled(folder: Path) -> list[str]:
    """Partitions of all entries, after two looks."""
    _, memory = arrivals(look(folder), InboxMemory())
    found, _ = arrivals(look(folder), InboxMemory.load(memory.dump()))
    return [arrival.partition for arrival in found]
