"""What LinkedIn says of an access token to the app that it was made with: what it may do, and until when.

Only who has the app's secret may ask. Source: learn.microsoft.com, linkedin/shared/authentication,
"Token introspection" (read November 2026).
"""

from collections.abc import Mapping

from scheduler.platforms.base import Refusal, Refused
from scheduler.platforms.http import Answer, Caller, Unconnected
from scheduler.platforms.permits import Permit, moment_of

SERVER = "https://www.linkedin.com"
APP = ("CLIENT_ID", "CLIENT_SECRET")
NEW_TOKEN = "make a new one and put it into .env"


def inspected(caller: Caller | Unconnected, secrets: Mapping[str, str]) -> Permit | Refused:
    """What is told; nothing where the app's id and secret are not there or are not this token's.

    Refused where the token is over.
    """
    if not all(secrets.get(name) for name in APP):
        return Permit()
    form = {"client_id": secrets["CLIENT_ID"], "client_secret": secrets["CLIENT_SECRET"]}
    form["token"] = secrets["ACCESS_TOKEN"]
    outcome = caller.call("POST", "/oauth/v2/introspectToken", form=form)
    if not isinstance(outcome, Answer) or not outcome.ok:
        return Permit()
    if outcome.fields.get("active") is False:
        state = str(outcome.fields.get("status") or "over")
        return Refused(Refusal.AUTH, f"LinkedIn says that the access token is {state}; {NEW_TOKEN}")
    scopes = str(outcome.fields.get("scope") or "").replace(",", " ").split()
    return Permit(tuple(scopes), moment_of(outcome.fields.get("expires_at")))
