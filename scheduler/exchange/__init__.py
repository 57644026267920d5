"""Campaigns in the forms other people's tools read and write: tables, calendars, letters, packs, pages."""

# Its modules are taken one by one: most need libraries that are slow to import.
__all__: list[str] = []
