"""Shell completion of `python run.py …`: commands, options, and the campaign's own posts and channels."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from scheduler.cli import COMPLETING
from scheduler.errors import SchedulerError

_ID = re.compile(r"^\s*-\s+\{?\s*id:\s*[\"']?([a-z0-9-]+)", re.MULTILINE)

# Other Python programs keep the completion of files.
BASH = """\
# Completion for `python run.py`. In the program's folder, or with the path of run.py:
#   source <(python run.py completion bash)
# For every new terminal, put that line into ~/.bashrc, with the whole path of run.py.
_awareness_scheduler() {
    COMPREPLY=()
    if [[ $COMP_CWORD -lt 2 || ${COMP_WORDS[1]##*/} != run.py ]]; then
        compopt -o bashdefault -o default 2>/dev/null
        return 0
    fi
    local IFS=$'\\n' kind value
    while IFS=, read -r kind value; do
        case $kind in
            dir) compopt -o dirnames 2>/dev/null ;;
            file) compopt -o default 2>/dev/null ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done < <(COMP_WORDS="${COMP_WORDS[*]:1}" COMP_CWORD=$((COMP_CWORD - 1)) %(variable)s=bash_complete \\
        "${COMP_WORDS[0]}" "${COMP_WORDS[1]/#\\~/$HOME}" 2>/dev/null)
}
complete -o nosort -F _awareness_scheduler python python3 2>/dev/null || \\
    complete -F _awareness_scheduler python python3
"""

ZSH = """\
# Completion for `python run.py`. In the program's folder, or with the path of run.py:
#   source <(python run.py completion zsh)
# For every new terminal, put that line into ~/.zshrc, below compinit, with the whole path of run.py.
_awareness_scheduler() {
    if (( CURRENT < 3 )) || [[ ${words[2]:t} != run.py ]]; then
        _files
        return
    fi
    local -a response plain described
    local kind value help
    response=("${(@f)$(COMP_WORDS="${words[2,-1]}" COMP_CWORD=$((CURRENT - 2)) %(variable)s=zsh_complete \\
        ${words[1]} ${~words[2]} 2>/dev/null)}")
    for kind value help in ${response}; do
        case $kind in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain) if [[ $help == _ ]]; then plain+=("$value"); else described+=("$value:$help"); fi ;;
        esac
    done
    (( $#described )) && _describe -V unsorted described -U
    (( $#plain )) && compadd -U -V unsorted -a plain
}
compdef _awareness_scheduler python python3
"""

FISH = """\
# Completion for `python run.py`. In the program's folder, or with the path of run.py:
#   python run.py completion fish | source
# For every new terminal, put that line into ~/.config/fish/config.fish, with the whole path of run.py.
function __awareness_scheduler_is_it
    set -l words (commandline -opc)
    test (count $words) -ge 2; and string match -q -r '(^|/)run\\.py$' -- $words[2]
end
function __awareness_scheduler
    set -l words (commandline -opc)
    for line in (env COMP_WORDS="$words[2..-1]" COMP_CWORD=(commandline -ct) %(variable)s=fish_complete \\
            $words[1] $words[2] 2>/dev/null)
        set -l found (string split -m 1 ',' -- $line)
        switch $found[1]
            case dir
                __fish_complete_directories (commandline -ct)
            case file
                __fish_complete_path (commandline -ct)
            case plain
                echo $found[2]
        end
    end
end
for name in python python3
    complete -c $name -n __awareness_scheduler_is_it -f -a '(__awareness_scheduler)'
end
"""

SHELLS: Mapping[str, str] = {"bash": BASH, "zsh": ZSH, "fish": FISH}


@click.command()
@click.argument("shell", type=click.Choice(list(SHELLS)))
def completion(shell: str) -> None:
    """Print what makes the tab key complete `python run.py …`; its first lines say where to put it."""
    click.echo(SHELLS[shell] % {"variable": COMPLETING}, nl=False)


def commands(named: Mapping[str, str], incomplete: str) -> list[CompletionItem[str]]:
    """The commands that begin so, with what each does; none of their modules is imported for it."""
    return [CompletionItem(name, help=words) for name, words in named.items() if name.startswith(incomplete)]


def teach(command: click.Command) -> None:
    """Let a command's posts, channels and kinds be completed from the campaign's own files."""
    if isinstance(command, click.Group):
        for one in command.commands.values():
            teach(one)
    for param in command.params:
        names = NAMES.get(param.name or "")
        if names is not None and isinstance(param.type, type(click.STRING)) and "--as" not in param.opts:
            setattr(param, "shell_complete", _from(names))  # noqa: B010 (a method of this one instance)


def _from(names: Callable[[Any], Iterable[str]]) -> Callable[[click.Context, str], list[CompletionItem[str]]]:
    def complete(ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        try:
            known = names(ctx.find_root().params.get("config_file", Path("config.yaml")))
            return [CompletionItem(name) for name in known if name.startswith(incomplete)]
        except (OSError, UnicodeError, SchedulerError):
            return []

    return complete


def _config(file: Path) -> Mapping[str, Any]:
    from scheduler.content import source

    value = source.load(source.read_text(file, file.name), file.name).value
    return value if isinstance(value, dict) else {}


def _channels(file: Path) -> list[str]:
    found = _config(file).get("channels")
    return list(found) if isinstance(found, dict) else []


def _languages(file: Path) -> list[str]:
    campaign = _config(file).get("campaign")
    found = campaign.get("languages") if isinstance(campaign, dict) else None
    return [str(one) for one in found] if isinstance(found, list) else []


def _kinds(file: Path) -> list[str]:
    from scheduler.model import Kind

    return [str(kind) for kind in Kind]


def _posts(file: Path) -> list[str]:
    """Ids as they stand in the files; nothing is checked, so that a key press is answered at once."""
    folder = file.parent / str(_config(file).get("posts") or "posts")
    files = sorted(path for path in folder.glob("*.y*ml") if not path.name.startswith("."))
    return [name for path in files for name in _ID.findall(path.read_text(encoding="utf-8"))]


NAMES: Mapping[str, Callable[[Path], Iterable[str]]] = {
    "post": _posts,
    "posts": _posts,
    "key": _posts,
    "channel": _channels,
    "channels": _channels,
    "language": _languages,
    "kind": _kinds,
}
"""By the name of a parameter: where what may stand there comes from."""
