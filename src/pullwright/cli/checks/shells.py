"""Completions and the manual page: whether they are where the shell and `man` look, and else how to put them there."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pullwright.cli.checks.noted import noted
from pullwright.sandbox.sandbox import Check

SHARE = ("/usr/local/share", "/usr/share")


def shell_checks(env: Mapping[str, str]) -> list[Check]:
    """For the shell that $SHELL names, and for `man`."""
    home = Path(env.get("HOME") or Path.home())
    data = Path(env.get("XDG_DATA_HOME") or home / ".local/share")
    config = Path(env.get("XDG_CONFIG_HOME") or home / ".config")
    shares = [data, Path(sys.prefix) / "share", *map(Path, SHARE)]
    return [*_completion(Path(env.get("SHELL", "")).name, home, shares, config), _manual(shares)]


def _completion(shell: str, home: Path, shares: list[Path], config: Path) -> list[Check]:
    if shell == "bash":
        target = shares[0] / "bash-completion/completions/pullwright"
        places = [share / "bash-completion/completions/pullwright" for share in shares]
        rc = [home / ".bashrc", home / ".bash_profile"]
    elif shell == "zsh":
        target = home / ".zfunc/_pullwright"
        places = [target, *(share / "zsh/site-functions/_pullwright" for share in shares)]
        rc = [home / ".zshrc"]
    elif shell == "fish":
        target = config / "fish/completions/pullwright.fish"
        places = [target, *(share / "fish/vendor_completions.d/pullwright.fish" for share in shares)]
        rc = [config / "fish/config.fish"]
    else:
        return []
    found = next((path for path in places if path.is_file()), None) or next(_naming(rc), None)
    fix = f"mkdir -p {target.parent} && pullwright completion {shell} > {target}"
    if shell == "zsh":
        fix += "\nand in ~/.zshrc, before compinit: fpath+=~/.zfunc"
    return [noted(f"completion ({shell})", ok=found is not None, found=str(found or "not installed"), fix=fix)]


def _naming(files: Iterable[Path]) -> Iterator[Path]:
    """The start-up files that call for the completion themselves."""
    for path in files:
        try:
            if "pullwright completion" in path.read_text(encoding="utf-8", errors="replace"):
                yield path
        except OSError:
            continue


def _manual(shares: list[Path]) -> Check:
    found = next((path for share in shares if (path := share / "man/man1/pullwright.1").is_file()), None)
    return noted("manual page", ok=found is not None, found=str(found or "not installed"), fix="pullwright man --install")
