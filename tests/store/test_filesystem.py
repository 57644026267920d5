"""A database on a network share is refused by name; lines are as in /proc/self/mountinfo (proc(5))."""

from pathlib import Path

import pytest

from scheduler.errors import StoreError
from scheduler.model import Mode
from scheduler.store import Store, filesystem

pytestmark = pytest.mark.a_file

ROOT = "21 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw"
HOME = "58 21 0:47 / /home/aynur rw,relatime shared:31 - nfs4 files.example:/aynur rw,vers=4.2"
LOCAL = "59 58 254:2 / /home/aynur/scratch rw - xfs /dev/vdb rw"
WITH_SPACE = "60 21 0:48 / /mnt/Team\\040Share rw - cifs //office/team rw"
AZERBAIJANI = "61 21 0:49 / /mnt/\\311\\231rsa rw - fuse.sshfs host: rw"


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/campaign", None),
        ("/home/aynur/campaign/data", "nfs4"),
        ("/home/aynur", "nfs4"),
        ("/home/aynurs/data", None),
        ("/home/aynur/scratch/data", None),
        ("/mnt/Team Share/data", "cifs"),
        ("/mnt/\u0259rsa/data", "fuse.sshfs"),
    ],
)
def test_the_longest_mount_point_above_the_folder_decides(folder, kind):
    mounts = "\n".join((ROOT, HOME, LOCAL, WITH_SPACE, AZERBAIJANI))
    assert filesystem.network_kind(mounts, Path(folder)) == kind


def test_of_two_file_systems_mounted_on_one_place_the_later_one_is_seen():
    over = "62 21 0:50 / /home/aynur rw - ext4 /dev/vdc rw"
    assert filesystem.network_kind("\n".join((ROOT, HOME, over)), Path("/home/aynur/data")) is None


@pytest.mark.parametrize(
    "kind",
    [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "davfs",
        "davfs2",
        "fuse.sshfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.glusterfs",
        "beegfs",
    ],
)
def test_what_several_machines_may_write_to_is_refused(kind):
    assert filesystem.network_kind(f"{ROOT}\n70 21 0:60 / /data rw - {kind} x rw", Path("/data")) == kind


@pytest.mark.parametrize(
    "kind",
    [
        "ext4",
        "xfs",
        "btrfs",
        "zfs",
        "overlay",
        "tmpfs",
        "fuseblk",
        "fuse.ntfs-3g",
        "apfs",
        "f2fs",
        "bcachefs",
        "virtiofs",
    ],
)
def test_a_disk_of_this_machine_is_fine(kind):
    assert filesystem.network_kind(f"{ROOT}\n70 21 0:60 / /data rw - {kind} x rw", Path("/data")) is None


@pytest.mark.parametrize("text", ["", "garbage", "1 2 3\n\n - \n", "21 1 254:1 / / rw - "])
def test_a_list_that_makes_no_sense_refuses_nothing(text):
    assert filesystem.network_kind(text, Path("/data")) is None


def test_a_data_folder_on_a_share_is_refused_in_one_line_before_anything_is_made(tmp_path, monkeypatch):
    mounts = tmp_path / "mountinfo"
    share = tmp_path / "share"
    share.mkdir()
    mounts.write_text(f"{ROOT}\n63 21 0:51 / {share} rw - nfs4 files.example:/campaign rw\n")
    monkeypatch.setattr(filesystem, "MOUNTS", mounts)
    with pytest.raises(StoreError, match=r"network file system \(nfs4\).* --data") as caught:
        Store.open(share / "data", Mode.LIVE)
    assert "\n" not in str(caught.value)
    assert list(share.iterdir()) == []
    Store.open(tmp_path / "here", Mode.LIVE).close()


def test_where_the_system_lists_no_mounts_nothing_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(filesystem, "MOUNTS", tmp_path / "none")
    Store.open(tmp_path / "data", Mode.LIVE).close()
