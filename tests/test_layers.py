"""Imports point strictly downward; what stands in one group does not import its neighbours."""

import ast
from pathlib import Path

import pytest

GROUPS = [
    {"errors"},
    {"model"},
    {"text"},
    {"planning", "cards", "content", "approvals"},
    {"platforms"},
    {"config"},
    {"checks"},
    {"prepare"},
    {"store"},
    {"delivery"},
    {"preview", "exchange", "report", "alerts"},
    {"service"},
    {"web"},
    {"cli"},
    {"reference_platforms"},
    {"reference"},
]
LEVEL = {name: level for level, group in enumerate(GROUPS) for name in group}
PACKAGE = Path(__file__).parents[1] / "scheduler"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def parts_imported(tree):
    """Yield (line, name of the part of scheduler) for every import anywhere in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "") == "scheduler":
            yield from ((node.lineno, name.name) for name in node.names if name.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scheduler."):
            yield node.lineno, node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            names = (name.name for name in node.names if name.name.startswith("scheduler."))
            yield from ((node.lineno, name.split(".")[1]) for name in names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_strictly_downward(path):
    here = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for line, there in parts_imported(ast.parse(path.read_text(encoding="utf-8"))):
        assert there == here or LEVEL[there] < LEVEL[here], f"line {line} imports {there}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_relative_imports_hide_from_the_layers(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]


def test_every_part_has_a_place_in_the_layers():
    assert {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in FILES} <= set(LEVEL)


@pytest.mark.parametrize(
    ("only", "package"),
    [("platforms/x.py", "tweepy"), ("cards/shape.py", "uharfbuzz"), ("service", "apscheduler")],
)
def test_a_package_is_imported_in_one_place_alone(only, package):
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(name.name.split(".")[0] == package for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package)
    }
    assert users
    assert all(user.startswith(only) for user in users), users
