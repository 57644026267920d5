"""A message as it is sent."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """Plain text; `title` is the line that a locked telephone shows."""

    title: str
    body: str
    urgent: bool = False
