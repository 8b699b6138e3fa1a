"""The terminal face: `pullwright …`.

    program.py        the program: lazy commands, help, signals, exit codes
    apart.py          no program and no module of the project's is run by us
    failures.py       an error as two lines on stderr and an exit code
    folders.py        where state, cache and configuration lie
    credentials.py    keys: environment, OS keyring, or a file that only its owner can read
    settings/         one typed tree, and where each value came from
    extending/        hooks, skills, commands and agents of the person, and of a project they trust
    commands/         one file for each command
    setup/            first run: three questions, and their answers written down
    importing/        what other agents have, brought over
    completing/       what a shell offers on Tab
    manual/           the manual page, made from the commands
    checks/           what `doctor` looks at for a person at a terminal
    run/              from flags to a turn, and a turn's life in a terminal
    render/           events as lines: pure functions
    demo/             a small real bug, fixed the whole way

Nothing here is imported before it is needed: `pullwright --help` loads click and this file.
"""

from typing import NoReturn


def main() -> NoReturn:
    """The `pullwright` program.

    Everything is closed and flushed when `run` returns, so the process ends there: taking the interpreter down module by module
    costs 20 ms, in which a Ctrl-C would kill the process instead of counting as one more.
    """
    import os

    from pullwright.cli.program import run

    os._exit(run())
