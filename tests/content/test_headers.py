"""The line that tells an editor which schema a file has."""

import pytest

from scheduler.content import headers
from tests.documents import ROOT


def with_schemas(root, folder):
    (root / folder).mkdir(parents=True)
    for name in ("post", "facts", "config"):
        (root / folder / f"{name}.json").write_text("{}")
    return root


@pytest.mark.parametrize("folder", headers.FOLDERS)
@pytest.mark.parametrize(
    ("file", "up", "schema"),
    [
        ("posts/week.yaml", "../", "post"),
        ("posts/more/week.yaml", "../../", "post"),
        ("posts/facts.yaml", "../", "post"),
        ("posts/ledger/facts.yaml", "../../", "facts"),
        ("config.yaml", "", "config"),
    ],
)
def test_the_schema_is_named_from_the_files_own_folder(tmp_path, folder, file, up, schema):
    root = with_schemas(tmp_path, folder)
    line = headers.schema_line(root / file, root)
    assert line == f"# yaml-language-server: $schema={up}{folder}/{schema}.json\n"


def test_a_folder_without_schemas_gets_no_line(tmp_path):
    assert headers.schema_line(tmp_path / "posts" / "week.yaml", tmp_path) == ""


def test_the_programs_own_folder_has_them():
    assert "docs/reference/schemas/post.json" in headers.schema_line(ROOT / "posts" / "new.yaml", ROOT)
