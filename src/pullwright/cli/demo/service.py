"""The whole way through the service: four tasks at once, four verified pull requests, one sent back and mended, one merged."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from pullwright.cli.demo.evidence import shown_runs
from pullwright.cli.demo.recipes import MERGED, REMARK, SENT_BACK, WISHES, Wish, answer
from pullwright.cli.demo.sample import make_sample
from pullwright.cli.demo.site import Site, has_web_app, site_of
from pullwright.cli.demo.stage import BUDGET, FAILED, Stage, model_of
from pullwright.cli.render.banner import scripted_banner
from pullwright.cli.render.clean import clean
from pullwright.cli.render.diff import coloured
from pullwright.cli.render.progress import seconds
from pullwright.models.choice import ModelChoice
from pullwright.protocol.errors import PullwrightError
from pullwright.protocol.ids import new_id
from pullwright.protocol.policy import Budget
from pullwright.tasks.people.actor import Actor
from pullwright.tasks.service.config import ServiceConfig
from pullwright.tasks.service.dispatching import dispatch
from pullwright.tasks.service.notes import Remark
from pullwright.tasks.service.reviewing import approve, comment, send_back
from pullwright.tasks.service.service import Service
from pullwright.tasks.service.views import TaskView, view_task
from pullwright.tasks.store.projects import add_project
from pullwright.tasks.store.records import ENDED, TaskOrder
from pullwright.tasks.store.rows.people import User
from pullwright.tasks.store.rows.projects import Project
from pullwright.tasks.store.users import add_user
from pullwright.tasks.work.worker import worker_within

PATIENCE = 1800.0


class NotShown(PullwrightError):
    """The demo did not show what it is there to show."""


class ServiceDemo(Stage):
    """Four tasks through the service, shown. `stay`: served to a browser meanwhile, and afterwards until Ctrl-C; None: at a
    terminal, where there is a web app."""

    def __init__(self, *, scripted: bool = False, keep: bool = False, sandbox: str = "", stay: bool | None = None) -> None:
        super().__init__(scripted=scripted, keep=keep, sandbox=sandbox)
        at_terminal = sys.stdin.isatty() and sys.stdout.isatty()
        self.stays = stay if stay is not None else at_terminal and has_web_app()

    async def run(self) -> int:
        """The whole way; the exit code is 0 only when all of it was seen."""
        started = time.monotonic()
        async with self.home() as home:
            try:
                async with model_of(answer if self.scripted else None) as choice:
                    await self._walk(home, choice, started)
            except PullwrightError as error:
                self.say("", self.style(f"The demo FAILED: {error}", "red", "bold"), error.fix)
                return FAILED
            return 0

    async def _walk(self, home: Path, choice: ModelChoice, started: float) -> None:
        if self.scripted:
            self.say(*scripted_banner(self.style))
        else:
            self.say(f"Using {choice.provider}/{choice.model}; nothing is scripted. Budget: ${BUDGET.usd:.2f} at most for all.")
        self.title("1. A service, and a project on a plain git remote")
        remote = _remote(home)
        config = ServiceConfig(
            data=home / "service", cache=home / "cache", models={"fast": choice, "deep": choice}, backend=self.sandbox, slots=4
        )
        self.say(f"   {remote}", f"   database {config.database_url}")
        async with Service.open(config) as service, worker_within(service):
            ann = await _people(service, remote)
            async with self._shown(service, ann) as site:
                await self._tasks(service, ann, remote)
                self._end(started)
                if site is not None:
                    await self._stay(site)

    @asynccontextmanager
    async def _shown(self, service: Service, ann: Actor) -> AsyncGenerator[Site | None]:
        """The web app, where somebody stays to look at it."""
        if not self.stays:
            yield None
            return
        async with site_of(service, ann) as site:
            self.say("", f"   Watch it in a browser (the link signs in once): {await site.link()}")
            yield site

    def _end(self, started: float) -> None:
        self.title("The end")
        self.say(f"   everything above took {seconds(time.monotonic() - started)}")
        if self.scripted:
            self.say("", *scripted_banner(self.style))

    async def _stay(self, site: Site) -> None:
        self.title(f"All of it is at {site.url} until Ctrl-C: four tasks, their logs, their changes to review")
        self.say(f"   This link signs you in, once: {await site.link()}")
        await site.until_stopped()
        self.say("")

    async def _tasks(self, service: Service, ann: Actor, remote: Path) -> None:
        self.title("2. Four tasks at once, each in a sandbox of its own")
        budget = Budget() if self.scripted else Budget(usd=(BUDGET.usd or 1.0) / len(WISHES), steps=60)
        ids: list[str] = []
        for number, wish in enumerate(WISHES, 1):
            order = TaskOrder(project="tally", prompt=wish.prompt, model="deep", budget=budget)
            ids.append((await dispatch(service, ann, order)).id)
            self.say(f'   {number}  "{wish.prompt}"')
        self.say("")
        seen = await asyncio.gather(*(self._proved(service, ann, task, n) for n, task in enumerate(ids, 1)))
        self.title("3. Four pull requests, each proved by clean runs that its agent never touched")
        for number, (view, wish) in enumerate(zip(seen, WISHES, strict=True), 1):
            await self._pull(service, number, view, wish)
        await self._send_back(service, ann, seen[SENT_BACK])
        await self._merge(service, ann, seen[MERGED], remote)

    async def _proved(self, service: Service, ann: Actor, task: str, number: int, turns: int = 1) -> TaskView:
        """The task, once its turn has ended and its pull request is up to date; told as it goes."""
        told: str = ""
        until = time.monotonic() + PATIENCE
        while True:
            view = await view_task(service, ann, task)
            if view.state != told:
                told = view.state
                self.say(f"   {number}  {told}")
            if view.state in ENDED or time.monotonic() > until:
                outcome = view.attempts[0].outcome
                said = f"{clean(outcome.why)}; it says: {clean(outcome.message)}" if outcome else ""
                raise NotShown(f"task {number} is {view.state}: {said}")
            (attempt,) = view.attempts
            published = view.pull is not None and view.pull.head == attempt.head and view.pull.state != "opening"
            if view.state == "review" and len(attempt.turns) == turns and view.pull and published:
                if attempt.verdict != "verified" or view.pull.state != "open":
                    raise NotShown(f"the change of task {number} is {attempt.verdict}, its pull request {view.pull.state}")
                return view
            await asyncio.sleep(0.1)

    async def _pull(self, service: Service, number: int, view: TaskView, wish: Wish) -> None:
        (attempt,) = view.attempts
        assert view.pull
        assert attempt.outcome
        assert attempt.outcome.change
        change = attempt.outcome.change
        verdict = self.style(attempt.verdict, "green", "bold")
        took = f"waited {seconds(attempt.turns[0].waited)}, took {seconds(attempt.spend.seconds)}, {attempt.spend.steps} steps"
        size = f"{len(change.files)} files +{change.added} -{change.removed}"
        self.say(f"   #{view.pull.number}  {clean(view.pull.branch)}  {verdict}  {size}  {took}")
        self.say(*await shown_runs(service, attempt.session, attempt.turns[-1].id, self.style))

    async def _send_back(self, service: Service, ann: Actor, view: TaskView) -> None:
        self.title("4. One is sent back, with a remark on a line")
        (attempt,) = view.attempts
        clone = service.config.data / "clones" / view.project_id
        recipe = WISHES[SENT_BACK].recipe
        line = _line_of(_git(clone, "show", f"{attempt.head}:{recipe.module}"), "raise ValueError")
        await comment(service, ann, attempt.id, Remark(path=recipe.module, line=line, text=REMARK))
        await send_back(service, ann, view.id)
        self.say(f'   {recipe.module}:{line}: "{REMARK}"')
        again = await self._proved(service, ann, view.id, SENT_BACK + 1, turns=2)
        self.say("", "   What the second turn changed, on the same branch and pull request:", "")
        diff = _git(clone, "diff", attempt.head, again.attempts[0].head)
        self.say(*(f"   {one}" for one in coloured(diff, self.style).rstrip("\n").splitlines()), "")
        self.say(*await shown_runs(service, attempt.session, again.attempts[0].turns[-1].id, self.style))

    async def _merge(self, service: Service, ann: Actor, view: TaskView, remote: Path) -> None:
        self.title("5. One is approved, and so merged")
        done = await approve(service, ann, view.id, head=view.attempts[0].head)
        if done.state != "merged" or not done.pull:
            raise NotShown(f"the approved task is {done.state}")
        recipe = WISHES[MERGED].recipe
        if recipe.new not in _git(remote, "show", f"main:{recipe.module}"):
            raise NotShown("main at the remote does not have the change")
        self.say(*(f"   {one}" for one in _git(remote, "log", "--graph", "--format=%h %s", "-4", "main").splitlines()))


def _remote(home: Path) -> Path:
    """The sample in a bare repository: a plain git remote."""
    work = make_sample(home / "tally")
    remote = home / "tally.git"
    _git(home, "clone", "-q", "--bare", str(work), str(remote))
    return remote


async def _people(service: Service, remote: Path) -> Actor:
    now = time.time()
    user = User(id=new_id("usr"), name="ann", is_admin=True, created=now)
    await service.database.write(add_user, user)
    project = Project(id=new_id("prj"), name="tally", forge="git", url=str(remote), slug="tally", created=now)
    await service.database.write(add_project, project)
    return Actor(user_id=user.id, name="ann", is_admin=True)


def _git(folder: Path, *words: str) -> str:
    run = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    return run.stdout.decode("utf-8", "replace")


def _line_of(text: str, words: str) -> int:
    return next((number for number, line in enumerate(text.splitlines(), 1) if words in line), 1)
