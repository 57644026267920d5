"""Schedules the social media of a commemoration: prepare, approve, deliver once."""

__version__ = "0.1.0"
