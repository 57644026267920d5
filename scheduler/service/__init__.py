"""Puts the parts together: opens a campaign, rehearses it, runs it."""

from scheduler.service.opening import Campaigning, Unusable, open_campaign

__all__ = ["Campaigning", "Unusable", "open_campaign"]
