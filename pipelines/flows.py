"""Prefect flows and tasks: thin wrappers of the plain steps, for whoever schedules and watches.

Tasks pass paths and ids, never corpora; one task a source, since a task costs about a hundredth of a second and a
document less. Nothing is cached: a task with side effects must run when it is asked to. A source that fails
fails its own task; the flow goes on with the rest, and says so at its end.
"""

from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from pipelines import steps
from pipelines.choosing import choose_sources
from pipelines.home import Home, find_home
from pipelines.lock import writing
from pipelines.runs import Run, begin, failing, find_run

PARALLEL = 4


@task(name="harvest", task_run_name="harvest-{source_id}", cache_policy=NO_CACHE, persist_result=False)
def harvest_source(
    home: Path, run_id: str, source_id: str, sources: Path | None, limit: int | None
) -> State[Any]:
    """Harvest one source into the run's folder. A source that failed fails its task run, with its own words."""
    at = find_home(home)
    [source] = choose_sources(at, folder=sources, names=[source_id]).sources
    result = steps.harvest_source(find_run(at, run_id), at, source, limit=limit)
    said = steps.said_of(result)
    get_run_logger().info(said)
    return Completed(message=said) if result.ok else Failed(message=said)


@task(name="finish harvest", cache_policy=NO_CACHE, persist_result=False)
def finish_harvest(home: Path, run_id: str) -> None:
    """Group near-duplicates over all sources, and note that the harvest has ended."""
    at = find_home(home)
    steps.finish_harvest(find_run(at, run_id), at)


@task(name="classify", cache_policy=NO_CACHE, persist_result=False)
def classify(home: Path) -> int:
    """Classify every run that waits for it. Returns how many case studies."""
    return steps.classify_waiting(find_home(home), tell=get_run_logger().info)


@task(name="load", cache_policy=NO_CACHE, persist_result=False)
def load(home: Path) -> int:
    """Load every classified run. Returns how many."""
    return len(steps.load(find_home(home)))


@task(name="publish", cache_policy=NO_CACHE, persist_result=False)
def publish(home: Path, allow_shrink: bool) -> str:  # noqa: FBT001
    """Publish the warehouse. Returns the snapshot's id."""
    return steps.publish(find_home(home), allow_shrink=allow_shrink).id


@flow(
    name="daily",
    flow_run_name="daily",
    task_runner=ThreadPoolTaskRunner(max_workers=PARALLEL),  # type: ignore[arg-type]
    persist_result=False,
)
def daily(
    home: Path,
    sources: Path | None = None,
    source_ids: list[str] | None = None,
    limit: int | None = None,
    allow_shrink: bool = False,  # noqa: FBT001, FBT002
) -> State[Any]:
    """Harvest, classify, load and publish.

    home: the folder that holds everything that a run writes.
    sources: a folder of source files, instead of the package's and the home's.
    source_ids: only these sources, active or not; all active ones if empty.
    limit: at most so many documents of each source.
    allow_shrink: publish though over a fifth of the case studies is gone.
    """
    at = find_home(home)
    steps.require_contact(at)
    chosen = choose_sources(at, folder=sources, names=source_ids or ())
    with writing(at, "the flow daily"):
        run = begin(at)
        with failing(run):
            ids = [source.id for source in chosen.sources]
            failed = chosen.faults + _harvest_all(at, run, ids, sources, limit)
            finish_harvest(home, run.run_id)
        count = classify(home)
        load(home)
        snapshot_id = publish(home, allow_shrink)
    _show(run, snapshot_id, count, failed)
    if failed:
        return Failed(message=f"{len(failed)} sources failed: {'; '.join(failed)}. Snapshot {snapshot_id}")
    return Completed(message=f"snapshot {snapshot_id}")


def run_as_flow(
    home: Home, *, folder: Path | None, names: list[str], limit: int | None, allow_shrink: bool
) -> None:
    """Run the flow on the server that `PREFECT_API_URL` names.

    Raises what a step raised that could not be done at all; a source that failed is in the run's folder.
    """
    state: State[Any] = daily(
        home.path.resolve(),
        folder.resolve() if folder else None,
        names or None,
        limit,
        allow_shrink,
        return_state=True,
    )
    result = state.result(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise result


def _harvest_all(home: Home, run: Run, ids: list[str], sources: Path | None, limit: int | None) -> list[str]:
    """Submit a task a source; return what the failed ones said."""
    futures = {each: harvest_source.submit(home.path, run.run_id, each, sources, limit) for each in ids}
    failed = []
    for source_id, future in futures.items():
        future.wait()
        if not future.state.is_completed():
            failed.append(future.state.message or source_id)
    return failed


def _show(run: Run, snapshot_id: str, count: int, failed: list[str]) -> None:
    """Leave on the server's page what each source gave, and what came of it."""
    results = steps.results_of(run)
    table = [
        {"source": each.source, "documents": each.document_count, "case studies": each.case_study_count}
        | {"new": each.new_count, "changed": each.changed_count, "gone": each.gone_count}
        | {"failures": each.failure_count, "ok": each.ok, "message": each.message or ""}
        for each in results
    ]
    create_table_artifact(
        key="sources", table=table, description=f"What each source gave in run {run.run_id}"
    )
    said = "\n".join(f"- {line}" for line in failed) or "- none"
    create_markdown_artifact(
        key="run",
        markdown=f"# Run {run.run_id}\n\nSnapshot `{snapshot_id}`; {count} case studies classified.\n\n"
        f"Failed sources:\n\n{said}\n",
        description="What came of the run",
    )
