"""On which kind of file system a folder lies: a database on a network share loses what two machines write."""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
"""Where Linux lists its mounts; elsewhere nothing is known, and nothing refused."""

REFUSED = re.compile(
    r"nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|davfs\d?|ncpfs?|coda|ocfs2|gfs2|gpfs|beegfs|orangefs"
    r"|pvfs2|vboxsf|prl_fs"
    r"|fuse\.(sshfs|rclone|s3fs|gcsfuse|glusterfs|ceph(-fuse)?|davfs2?|smbnetfs|curlftpfs|vmhgfs-fuse|goofys)"
)
"""By name, as `mount` shows them. Locks there are advice at best, and shared memory is not shared."""

_OCTAL = re.compile(r"\\([0-7]{3})")


def network_kind(mounts: str, folder: Path) -> str | None:
    """The network file system `folder` lies on, by the text of /proc/self/mountinfo; None: a local one."""
    kind = kind_of(mounts, folder)
    return kind if kind is not None and REFUSED.fullmatch(kind) else None


def kind_of(mounts: str, folder: Path) -> str | None:
    """The file system's name: of the longest mount point above the folder, the last one mounted there."""
    best, found = -1, None
    for line in mounts.splitlines():
        left, dash, right = line.partition(" - ")
        fields, kind = left.split(), right.split()
        if not dash or len(fields) < 5 or not kind:
            continue
        point = Path(_decoded(fields[4]))
        if folder.is_relative_to(point) and len(point.parts) >= best:
            best, found = len(point.parts), kind[0]
    return found


def _decoded(word: str) -> str:
    """A space stands there as \\040, a letter beyond ASCII as its bytes."""
    octets = _OCTAL.sub(lambda hit: chr(int(hit[1], 8)), word)
    try:
        return octets.encode("latin-1").decode()
    except UnicodeError:
        return octets


def refused(folder: Path) -> str | None:
    """Why no database may be kept in `folder`; None where all is well, or nothing can be known."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    kind = network_kind(mounts, folder.resolve())
    if kind is None:
        return None
    return (
        f"lies on a network file system ({kind}), where a database is not safe and two schedulers do not see "
        "each other; name a folder on a disk of this machine with --data"
    )
