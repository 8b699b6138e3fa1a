"""Three workers on one PostgreSQL, and everything is killed: does every attempt end, with nothing lost, doubled or left behind?

    .venv/bin/python bench/chaos.py [--seconds 600] [--attempts 60] [--seed 1] [--no-verify] [--keep]

Workers, the server, the model server and any process of a sandbox are killed with SIGKILL, workers are frozen for
longer than they may be silent, and the database crashes, in an order that follows from the seed. Exit code 1 says that something
does not hold; `--keep` keeps the folder with the logs of all processes.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

from upset.plan import PROJECT, Plan  # noqa: E402
from upset.roles import play  # noqa: E402

PATIENCE = 180.0
"""Seconds that what is left over has after the last kill."""


def main() -> int:
    """Run it; 0 when everything holds."""
    words = _words()
    if words.role:
        play(words.role, Plan.load(words.plan))
        return 0
    from upset.leftovers import Leftovers

    from databases import Postgres

    folder = Path(tempfile.mkdtemp(prefix="pullwright-chaos-", dir="/var/tmp"))
    folder.chmod(0o755)
    leftovers = Leftovers(folder)
    postgres = Postgres()
    postgres.open()
    try:
        wrong = _run(_prepare(folder, postgres.make(), words), postgres, words)
    finally:
        postgres.close()
    wrong["nothing is left behind"] = leftovers.found()
    if words.keep:
        print(f"kept: {folder}")
    else:
        shutil.rmtree(folder)
    return _report(wrong)


def _run(plan: Plan, postgres, words: argparse.Namespace) -> dict[str, list[str]]:  # type: ignore[no-untyped-def]
    from upset.holding import check, count_open, read_all
    from upset.troupe import Troupe

    from pullwright.log.sql.database import Database

    database = Database(plan.database)
    troupe = Troupe(plan, postgres, words.seed)

    def over() -> bool:
        try:
            ended = database.run(read_all)
        except Exception:
            return False
        return len(ended.attempts) == sum(plan.tasks) and not ended.open_turns and not database.run(count_open)

    began = time.monotonic()
    try:
        troupe.start_all()
        troupe.upset(plan.seconds, lambda: False, words.every)
        last = time.monotonic()
        while not over() and time.monotonic() < last + PATIENCE:
            troupe.mend()
            time.sleep(0.5)
        time.sleep(3)  # who watches has the last events, too
        codes = troupe.end()
        wrong = check(database, plan)
        wrong["workers drain"] = [f"{role} exited with {code}" for role, code in codes.items() if code]
        ended = database.run(read_all)
        print(f"{time.monotonic() - began:.0f} s, {sum(troupe.killed.values())} blows: {dict(troupe.killed)}")
        print(f"attempts: {dict(Counter(attempt.state for attempt in ended.attempts))}")
        print(f"verdicts: {dict(Counter(attempt.verdict for attempt in ended.attempts))}")
        for attempt in ended.attempts:
            if attempt.outcome and (attempt.state == "failed" or (plan.verify and attempt.verdict == "not-run")):
                kinds = [msgspec.json.decode(line)["type"] for line in ended.lines[attempt.session]]
                print(f"  {attempt.id} {attempt.state}: {attempt.outcome.why} … {' '.join(kinds[-8:])}")
        return wrong
    finally:
        troupe.abandon()
        database.close()


def _prepare(folder: Path, database: str, words: argparse.Namespace) -> Plan:
    """Repository, project, user, and the plan that says it all."""
    from upset.model import FILES

    for name in ("tmp", "home", "forge/work"):
        (folder / name).mkdir(parents=True)
    work = folder / "forge/work"
    for name, text in FILES.items():
        (work / name).write_text(text)
    git = ["git", "-c", "user.name=C", "-c", "user.email=c@localhost"]
    for line in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "Start"]):
        subprocess.run([*git, *line], cwd=work, check=True)
    subprocess.run([*git, "clone", "-q", "--bare", str(work), "shop.git"], cwd=work.parent, check=True)
    subprocess.run([*git, "config", "core.logAllRefUpdates", "always"], cwd=work.parent / "shop.git", check=True)
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        ports = one.getsockname()[1], other.getsockname()[1]
    plan = Plan(
        folder=folder,
        database=database,
        model_port=ports[0],
        server_port=ports[1],
        seconds=words.seconds,
        tasks=(1,) * words.attempts,
        steps=words.steps,
        pause=words.pause,
        slots=words.slots,
        verify=words.verify,
    )
    asyncio.run(_plant(plan, str(work.parent / "shop.git")))
    (folder / "started").write_text(str(time.time()))
    return plan


async def _plant(plan: Plan, url: str) -> None:
    from pullwright.protocol.ids import new_id
    from pullwright.tasks.people.actor import Actor
    from pullwright.tasks.people.keys import KeyOrder, create_key
    from pullwright.tasks.service.service import Service
    from pullwright.tasks.store.projects import add_project
    from pullwright.tasks.store.rows.people import User
    from pullwright.tasks.store.rows.projects import Project
    from pullwright.tasks.store.users import add_user

    async with Service.open(plan.service()) as service:
        user = User(id=new_id("usr"), name="ann", email="ann@localhost", is_admin=True, created=time.time())
        project = Project(id=new_id("prj"), name=PROJECT, forge="git", url=url, slug=PROJECT, created=time.time())
        await service.database.write(add_user, user)
        await service.database.write(add_project, project)
        actor = Actor(user_id=user.id, name="ann", is_admin=True)
        _, token = await create_key(service, actor, KeyOrder(name="chaos", scopes=("read", "dispatch")))
        (plan.folder / "token").write_text(token)
        for machine in (plan.service(0), plan.service(1)):
            machine.data.mkdir(exist_ok=True, mode=0o700)
        if (plan.service(0).data / "key").exists():  # all machines of a service have one key
            shutil.copy(plan.service(0).data / "key", plan.service(1).data / "key")


def _report(wrong: dict[str, list[str]]) -> int:
    for what, found in wrong.items():
        print(f"{'ok  ' if not found else 'NOT '} {what}")
        for line in found[:10]:
            print(f"       {line}")
        if len(found) > 10:
            print(f"       … {len(found) - 10} more")
    return 1 if any(wrong.values()) else 0


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--attempts", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=4.0, help="seconds between two blows")
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--pause", type=float, default=0.4, help="seconds that the command of a step takes")
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--no-verify", dest="verify", action="store_false")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--role", default="")
    parser.add_argument("--plan", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
