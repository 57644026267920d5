"""Imports point strictly downward; what stands in one group does not import its neighbours."""

import ast
from functools import cache
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


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def part_of(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(path):
    """Every import anywhere in the file; files are read once for all that is asked of them."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


def parts_imported(path):
    """Yield (line, name of the part of scheduler) for every import."""
    for node in imports(path):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "") == "scheduler":
            yield from ((node.lineno, name.name) for name in node.names if name.name != "__version__")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("scheduler."):
            yield node.lineno, node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            names = (name.name for name in node.names if name.name.startswith("scheduler."))
            yield from ((node.lineno, name.split(".")[1]) for name in names)


def test_imports_point_strictly_downward():
    upward = [
        f"{name_of(path)}:{line} imports {there}"
        for path in FILES
        for line, there in parts_imported(path)
        if there != part_of(path) and LEVEL[there] >= LEVEL[part_of(path)]
    ]
    assert upward == []


def test_no_relative_imports_hide_from_the_layers():
    hidden = [
        f"{name_of(path)}:{node.lineno}"
        for path in FILES
        for node in imports(path)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert hidden == []


def test_every_part_has_a_place_in_the_layers():
    assert {part_of(path) for path in FILES} <= set(LEVEL)


@pytest.mark.parametrize(
    ("only", "package"),
    [("platforms/x.py", "tweepy"), ("cards/faces.py", "uharfbuzz"), ("service", "apscheduler")],
)
def test_a_package_is_imported_in_one_place_alone(only, package):
    users = {
        name_of(path)
        for path in FILES
        for node in imports(path)
        if (isinstance(node, ast.Import) and any(name.name.split(".")[0] == package for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == package)
    }
    assert users
    assert all(user.startswith(only) for user in users), users
