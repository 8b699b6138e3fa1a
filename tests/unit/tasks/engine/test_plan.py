"""Who goes next: limits are never passed, no slot stays empty that somebody could have, priority and fairness hold."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pullwright.tasks.engine.plan import Limits, Load, Queue, Waiting, closed_by, plan

USERS, PROJECTS, WORKERS = "abc", "pq", "xyz"


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    waiting = [
        Waiting(
            turn=f"t{number}",
            user=draw(st.sampled_from(USERS)),
            project=draw(st.sampled_from(PROJECTS)),
            key=draw(st.sampled_from(("", "k"))),
            priority=draw(st.integers(-1, 1)),
            queued=draw(st.integers(0, 5)),
            begun=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 25)))
    ]
    loads = [
        Load(worker=worker, slots=draw(st.integers(1, 5)), has=draw(st.integers(0, 6)))
        for worker in WORKERS[: draw(st.integers(0, 3))]
    ]
    spent = draw(st.sets(st.sampled_from([("server", ""), ("user", "a"), ("project", "p"), ("key", "k")]), max_size=1))
    return Queue(
        waiting=waiting,
        loads=loads,
        users={user: draw(st.integers(0, 3)) for user in USERS},
        projects={project: draw(st.integers(0, 3)) for project in PROJECTS},
        limits=Limits(
            user_slots=draw(st.integers(0, 4)),
            project_slots={project: draw(st.integers(0, 4)) for project in PROJECTS},
            spent=frozenset(spent),
        ),
    )


def after(queue: Queue) -> tuple[Queue, list[Waiting]]:
    """The queue when its plan has come true, and what still waits."""
    placed = {place.turn: place.worker for place in plan(queue)}
    by_worker = Counter(placed.values())
    users, projects = Counter(queue.users), Counter(queue.projects)
    for turn in queue.waiting:
        if turn.turn in placed:
            users[turn.user] += 1
            projects[turn.project] += 1
    loads = [Load(worker=load.worker, slots=load.slots, has=load.has + by_worker[load.worker]) for load in queue.loads]
    left = [turn for turn in queue.waiting if turn.turn not in placed]
    return Queue(waiting=left, loads=loads, users=users, projects=projects, limits=queue.limits), left


@given(queues())
def test_no_limit_is_passed_and_no_slot_is_left_that_somebody_could_have(queue: Queue) -> None:
    places = plan(queue)
    assert len({place.turn for place in places}) == len(places)
    then, left = after(queue)
    for before, load in zip(queue.loads, then.loads, strict=True):
        assert load.has <= max(load.slots, before.has)
    for user, running in then.users.items():
        assert not queue.limits.user_slots or running <= max(queue.limits.user_slots, queue.users.get(user, 0))
    for project, running in then.projects.items():
        limit = queue.limits.project_slots.get(project, 0)
        assert not limit or running <= max(limit, queue.projects.get(project, 0))
    if any(load.has < load.slots for load in then.loads):
        assert all(closed_by(turn, then) for turn in left)


@given(queues())
def test_nobody_passes_a_turn_of_higher_priority_that_could_have_gone(queue: Queue) -> None:
    placed = {place.turn for place in plan(queue)}
    then, left = after(queue)
    for turn in left:
        if not closed_by(turn, then):  # it could have gone in the place of any other
            for other in queue.waiting:
                if other.turn in placed:
                    assert (other.begun, other.priority) >= (turn.begun, turn.priority)


@given(st.lists(st.sampled_from(USERS), min_size=1, max_size=40), st.integers(1, 12))
def test_users_share_what_there_is(users: list[str], slots: int) -> None:
    waiting = [Waiting(turn=f"t{number:02}", user=user, project="p", queued=number) for number, user in enumerate(users)]
    places = plan(Queue(waiting=waiting, loads=[Load(worker="x", slots=slots, has=0)]))
    got = Counter(waiting[int(place.turn[1:])].user for place in places)
    wanted = Counter(users)
    for user in wanted:
        for other in wanted:
            # Who has less than another by more than one has all that it asked for.
            assert got[user] >= got[other] - 1 or got[user] == wanted[user]


@given(queues())
def test_every_worker_makes_the_same_plan_and_the_load_is_even(queue: Queue) -> None:
    mixed = Queue(
        waiting=list(reversed(queue.waiting)),
        loads=list(reversed(queue.loads)),
        users=queue.users,
        projects=queue.projects,
        limits=queue.limits,
    )
    assert plan(mixed) == plan(queue)


def test_a_burst_is_spread_over_the_workers() -> None:
    waiting = [Waiting(turn=f"t{number}", user="a", project="p", queued=number) for number in range(6)]
    loads = [Load(worker=worker, slots=10, has=0) for worker in WORKERS]
    assert Counter(place.worker for place in plan(Queue(waiting=waiting, loads=loads))) == {"x": 2, "y": 2, "z": 2}
