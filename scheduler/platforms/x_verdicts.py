"""What X means when it says no, and what to do about it."""

import re

from scheduler.platforms import verdicts
from scheduler.platforms.base import Refusal, Refused
from scheduler.platforms.http import Answer, Outcome, moment

ERRORS: verdicts.Table = {
    400: (Refusal.CONTENT, verdicts.CHANGE_IT),
    401: (Refusal.AUTH, "the keys are not valid (any more); make new ones in the developer console"),
    402: (Refusal.PAYMENT, "the prepaid credits are used up; buy some or raise the limit in the console"),
    403: (Refusal.PERMISSION, "the app needs the permission “Read and write”; then make new access tokens"),
    404: (Refusal.CONTENT, "check that a post replied to still exists"),
    413: (Refusal.MEDIA, "the image is too large"),
    429: (Refusal.RATE, "it will be tried again when X allows"),
}
UPLOAD_ERRORS: verdicts.Table = {**ERRORS, 400: (Refusal.MEDIA, "replace the image")}

REPLYING = (
    "X does not let this app reply there: leave `threads` and `corrects` out on this channel, or post it by "
    "hand and record it with `settle … --published ADDRESS`"
)
FORBIDDEN: tuple[tuple[str, Refusal, str], ...] = (
    (
        r"duplicate content",
        Refusal.DUPLICATE,
        "X has a post with these words already, perhaps this one: look at the account before anything else",
    ),
    (r"too long|bit shorter|over \d+ characters", Refusal.CONTENT, "shorten the text"),
    (
        r"mention|cashtag",
        Refusal.CONTENT,
        "X takes no @ of people who did not ask for it from programs, and one $ at most; leave them out here",
    ),
    (r"suspend|locked|restricted", Refusal.BLOCKED, "log in at x.com and see what X asks for"),
    (r"deleted or not visible", Refusal.CONTENT, verdicts.ANSWERED_IS_GONE),
    # Of this one post: the others on the channel answer nobody.
    (r"repl(y|ies)|conversation", Refusal.CONTENT, REPLYING),
)
PUBLISHING, LISTING = "publishing the post", "listing the account's posts"


def failed(doing: str, outcome: Outcome, table: verdicts.Table = ERRORS) -> Refused:
    """A failed invisible step. Success without the expected fields counts as one."""
    if isinstance(outcome, Answer) and outcome.status == 403:
        return forbidden(outcome, doing)
    return verdicts.invisible(doing, outcome, table)


def forbidden(answer: Answer, doing: str = PUBLISHING) -> Refused:
    """What a 403 means stands in its words only."""
    for pattern, kind, advice in FORBIDDEN:
        if re.search(pattern, answer.words, re.IGNORECASE):
            return verdicts.refused(doing, answer, {403: (kind, advice)})
    return verdicts.refused(doing, answer, ERRORS)


def limited(answer: Answer) -> Refused:
    """429: the short limit, or one of the 24-hour ones, which have headers of their own."""
    for who in ("user", "app"):
        if answer.headers.get(f"x-{who}-limit-24hour-remaining", "").strip() == "0":
            reset = moment(answer.headers.get(f"x-{who}-limit-24hour-reset", ""))
            words = f"{PUBLISHING} was refused (HTTP 429): the day's quota is used up"
            return Refused(Refusal.QUOTA, words, reset)
    return verdicts.refused(PUBLISHING, answer, ERRORS)
