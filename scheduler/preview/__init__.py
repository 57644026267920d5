"""One page of the whole campaign, offline: each post as each channel shows it, beside what it rests on."""

from scheduler.preview.standing import Standing
from scheduler.preview.writing import write

__all__ = ["Standing", "write"]
