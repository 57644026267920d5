"""Scenes in a process with file systems of its own: a tiny disk, a folder that cannot be written.

A scene is a function of a test module that takes texts and answers what JSON can hold. Its mounts go when its
process ends, whatever ends it, and nobody else on the machine sees them.
"""

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MARK = "answer: "


def played(scene, *words, spaces=("--mount",), seconds=60):
    """What the scene answers, played in its own process; its failure is the test's. `spaces`: what of the
    system it has for itself, in unshare's words.
    """
    done = subprocess.run(
        [
            *_unshare(*spaces),
            sys.executable,
            "-m",
            __name__,
            scene.__module__,
            scene.__name__,
            *map(str, words),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    answers = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    assert done.returncode == 0, f"the scene {scene.__name__} failed:\n{done.stdout}{done.stderr}"
    return json.loads(answers[-1].removeprefix(MARK))


def _unshare(*spaces):
    """The words that give a process its own mounts: as root at once, else as root of a name space of ours."""
    command = shutil.which("unshare")
    assert command, "this test mounts file systems of its own and needs unshare (util-linux)"
    own = [command, *spaces] if os.geteuid() == 0 else [command, "--map-root-user", *spaces]
    tried = subprocess.run([*own, "true"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, (
        "this test mounts file systems of its own, which this machine allows neither to root nor in a user "
        f"name space ({tried.stderr.strip()}); run it where `{' '.join(own)} true` works"
    )
    return own


def tiny_disk(folder, megabytes):
    """A file system of so many MB at `folder`."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder)


def cannot_be_written(path):
    """A file or folder that can be read and not written, also not by root."""
    _mount("--bind", path, path)
    _mount("-o", "remount,bind,ro", path)


def can_be_written_again(path):
    subprocess.run(["umount", str(path)], check=True)


def _mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True)


def fill(folder, leave=0):
    """Leave so many bytes free on the folder's disk."""
    filler = Path(folder, "filler")
    with filler.open("wb") as file:
        free = shutil.disk_usage(folder).free - leave
        os.posix_fallocate(file.fileno(), 0, free)


def make_room(folder):
    Path(folder, "filler").unlink()


if __name__ == "__main__":
    module, name, *words = sys.argv[1:]
    print(MARK + json.dumps(getattr(importlib.import_module(module), name)(*words)))
