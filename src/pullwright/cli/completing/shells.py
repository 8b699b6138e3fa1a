"""The shells: click's own zsh and fish, and a bash that copes with `:` and `=` in a word.

bash splits a line at these characters before it asks, and puts back what is answered behind the last of them. So the line itself
is read here (`COMP_LINE` up to `COMP_POINT`), and the part of an answer that stands there already is left out.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

from click.shell_completion import BashComplete, CompletionItem, add_completion_class, get_completion_class, split_arg_string

SHELLS = ("bash", "zsh", "fish")

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' line
    COMPREPLY=()
    for line in $(COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_WORDBREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null); do
        case "$line" in
            dir,*) compopt -o dirnames 2>/dev/null ;;
            file,*) compopt -o default 2>/dev/null ;;
            plain,*=) COMPREPLY+=("${line#plain,}"); compopt -o nospace 2>/dev/null ;;
            plain,*) COMPREPLY+=("${line#plain,}") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s 2>/dev/null || complete -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """bash, by the line instead of by its words."""

    source_template: ClassVar[str] = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one under the cursor, and that one."""
        if "COMP_LINE" not in os.environ:  # a script of click's own, installed earlier
            return super().get_completion_args()
        line = os.fsencode(os.environ.get("COMP_LINE", ""))  # the point counts bytes or characters, as bash likes
        point = os.environ.get("COMP_POINT", "")
        text = os.fsdecode(line[: int(point)] if point.isdecimal() else line)
        words = split_arg_string(text)
        incomplete = words.pop() if words and not text[-1:].isspace() else ""
        return words[1:], incomplete

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """The item without what stands there already."""
        if item.type != "plain":
            return f"{item.type},"
        _, incomplete = self.get_completion_args()
        breaks = os.environ.get("COMP_WORDBREAKS", "")
        there = max((incomplete.rfind(sign) + 1 for sign in ":=" if sign in breaks), default=0)
        value = str(item.value)
        return f"plain,{value[there:] if value.startswith(incomplete[:there]) else value}"


def register() -> None:
    """Let click use this bash."""
    add_completion_class(Bash)


def script(shell: str) -> str:
    """The completion script of `shell`, which is one of `SHELLS`."""
    from pullwright.cli.program import COMPLETING, pullwright

    register()
    kind = get_completion_class(shell)
    assert kind is not None
    completion = kind(pullwright, {}, "pullwright", COMPLETING)
    # click's own `source` starts bash to ask for its version; the script is the same without.
    return completion.source_template % completion.source_vars()
