"""The giving side of OAuth 2.0 for the fake servers: apps, codes good once, PKCE (RFC 6749, RFC 7636)."""

import base64
import hashlib
import re
from urllib.parse import unquote, urlencode

from tests.fakes import Reply

ASKED = {"response_type", "client_id", "redirect_uri", "scope", "state"}
PROOF = {"code_challenge", "code_challenge_method"}
VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


class Grants:
    """`apps`: client id to (secret, redirect). A secret of "" makes a public client.

    known: what answers the scopes there are (None: any). pkce: it is demanded. basic: the secret must come in
    the Authorization header. says_no: the person does not let the app in.
    """

    def __init__(self, known=None, pkce=False, basic=False, separator=" "):
        self.known, self.pkce, self.basic, self.separator = known, pkce, basic, separator
        self.apps = {}
        self.codes = {}
        self.granted = ""
        self.says_no = False

    def add(self, client, secret, redirect):
        self.apps[client] = (secret, redirect)

    def register(self, form):
        wanted = set(form.get("scopes", "read").split())
        if not form.get("client_name") or not form.get("redirect_uris"):
            return Reply(422, {"error": "Validation failed: Name can't be blank"})
        if self.known is not None and wanted - self.known():
            return Reply(422, {"error": "Validation failed: Scopes doesn't match configured on the server."})
        client = f"app-{len(self.apps) + 1}"
        self.add(client, f"secret-of-{client}", form["redirect_uris"])
        return Reply(200, {"id": "1", "client_id": client, "client_secret": f"secret-of-{client}"})

    def authorize(self, query):
        """What a browser is answered once its person has pressed the button."""
        if set(query) - ASKED - PROOF or ASKED - set(query) or query["response_type"] != "code":
            return Reply(400, {"error": "invalid_request"})
        secret, redirect = self.apps.get(query["client_id"], (None, None))
        if secret is None or redirect != query["redirect_uri"]:
            return Reply(400, {"error": "redirect_uri does not match"})
        if self.pkce and query.get("code_challenge_method") != "S256":
            return Reply(400, {"error": "PKCE is needed"})
        back = {"state": query["state"]}
        if self.says_no:
            back |= {"error": "access_denied", "error_description": "The resource owner denied the request."}
        else:
            back["code"] = f"code/{len(self.codes) + 1}+="
            self.codes[back["code"]] = query
        return Reply(302, None, {"Location": f"{redirect}?{urlencode(back)}"})

    def problem(self, request):
        """Why a code is not exchanged, or None; then `granted` says for what it was."""
        form = request.fields()
        client, secret = form.get("client_id"), form.get("client_secret", "")
        if self.basic and (header := request.headers.get("authorization", "")).startswith("Basic "):
            client, _, secret = base64.b64decode(header[6:]).decode().partition(":")
            client, secret = unquote(client), unquote(secret)
        elif self.basic and self.apps.get(client, ("", ""))[0]:
            return Reply(401, {"error": "unauthorized_client"})
        if client not in self.apps or self.apps[client][0] != secret:
            return Reply(
                401, {"error": "invalid_client", "error_description": "Client authentication failed"}
            )
        asked = self.codes.pop(form.get("code"), None)
        if form.get("grant_type") != "authorization_code" or asked is None:
            return Reply(400, {"error": "invalid_grant", "error_description": "The code is not valid"})
        if (asked["client_id"], asked["redirect_uri"]) != (client, form.get("redirect_uri")):
            return Reply(400, {"error": "invalid_grant", "error_description": "another redirect_uri"})
        if "code_challenge" in asked and not _proves(form.get("code_verifier", ""), asked["code_challenge"]):
            return Reply(400, {"error": "invalid_grant", "error_description": "code_verifier is wrong"})
        self.granted = asked["scope"]
        return None


def _proves(verifier, challenge):
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return VERIFIER.fullmatch(verifier) is not None and made == challenge
