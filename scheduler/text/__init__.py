"""Text as each platform counts, marks and accepts it; modules are called by name: `count.x(text)`."""

from scheduler.text import count, entities, escape, fit, hashtags, normalise, placeholders

__all__ = ["count", "entities", "escape", "fit", "hashtags", "normalise", "placeholders"]
