"""What X bills, in US dollars: each post, and each look at the account's own posts.

Source: docs.x.com, pricing (read November 2026).
"""

from decimal import Decimal

from scheduler.text import entities

POST_PRICE, POST_WITH_LINK_PRICE = Decimal("0.015"), Decimal("0.20")
ALT_PRICE = Decimal("0.005")
READ_PRICES = Decimal("0.001"), Decimal("0.005")
"""To read one post, once a day: for the account that the app belongs to, and for any other."""

BEFORE_EACH, AT_FIRST = 5, 100
"""Posts that are read before each one sent, and once to see what is out already."""


def cost(text: str, images: int) -> Decimal:
    """To create a post: dearer with a link (a bare domain is one); an alt text costs by itself."""
    links = any(entity.kind == "link" for entity in entities.find(text))
    return (POST_WITH_LINK_PRICE if links else POST_PRICE) + images * ALT_PRICE


def looking_cost(posts: int) -> tuple[Decimal, Decimal]:
    """At most, to look at the account before each of so many posts and once at first: where the app is the
    account's own, and where it is not.
    """
    own, other = READ_PRICES
    reads = AT_FIRST + BEFORE_EACH * posts
    return own * reads, other * reads
