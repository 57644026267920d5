"""Telling people outside the log: what is worth a message, whom it goes to and when, and in which words."""

__all__: list[str] = []
