import pytest

from tests.exchange import sheets


@pytest.fixture
def config(tmp_path):
    """A campaign of its own; its config.yaml."""
    return sheets.campaign(tmp_path / "campaign")


@pytest.fixture
def sheet(tmp_path):
    """Writes rows as CSV and answers the file."""

    def write(*rows, name="sheet.csv", **options):
        return sheets.as_csv(tmp_path / name, *rows, **options)

    return write
