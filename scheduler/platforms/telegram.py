"""Telegram channels and groups, by a bot that is an administrator there.

A bot cannot read what stands in a chat, so after a lost answer nobody but a person can say whether a post is
out. Hashtags and links in plain text are found by the server, whose answer says where; no markup is used, so
nothing needs escaping.
There is no field for alternative texts: `alt: append` writes them under the text, as PREPARE does.
Source: core.telegram.org/bots/api, version 10.1 (read November 2026).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from scheduler.model import Channel, Image, Limits, Measure, Message, Receipt
from scheduler.platforms import telegram_answers as answers
from scheduler.platforms import verdicts
from scheduler.platforms.base import (
    Account,
    CannotTell,
    Files,
    Prepared,
    Recovery,
    Refusal,
    Refused,
    Sent,
    Unknown,
)
from scheduler.platforms.http import Answer, Caller, Outcome, Unconnected
from scheduler.text import count

NAME = "telegram"
SECRETS = ("BOT_TOKEN",)
BASE_URL = "https://api.telegram.org"
DESTINATIONS = ("chat",)
LIMITS = Limits(
    measures=(Measure(count.utf16, 4096),),
    measures_with_images=(Measure(count.utf16, 1024),),
    images=10,
    image_types=("image/jpeg", "image/png"),
    image_bytes=10_000_000,
    image_side=5000,
    aspect=(1 / 20, 20),
    alt=None,
    parts=25,
    card_size=(1080, 1350),
    link_card="fetched",
    labels_graphic=True,
)
"""A photo's width and height add up to 10,000 at most. Parts are replies to the one before; 25 are ours."""


@dataclass(frozen=True)
class Options:
    """`chat`: @name of a public channel, or its number (-100…). `alt`: append writes the pictures'
    descriptions under the text. `silent`: no sound for readers. `preview`: a card for the first link.
    `spoiler`: pictures of posts with a warning are covered until they are touched, as those marked as graphic
    always are.
    """

    chat: str = ""
    alt: Literal["none", "append"] = "none"
    silent: bool = False
    preview: bool = True
    spoiler: bool = False


OPTIONS = Options

NO_CARD = {"is_disabled": True}
PUBLISHING = "publishing the post"
NO_CHAT = "no chat; set channels.{0}.chat in config.yaml"
RIGHTS = "make the bot an administrator of the chat with the right to post messages"

ERRORS: Mapping[int, tuple[Refusal, str]] = {
    400: (Refusal.CONTENT, verdicts.CHANGE_IT),
    401: (Refusal.AUTH, "the bot's token is not valid (any more); ask @BotFather for a new one"),
    403: (Refusal.PERMISSION, RIGHTS),
    404: (Refusal.AUTH, "the bot's token is not one Telegram knows; copy it anew from @BotFather"),
    409: (Refusal.TRANSIENT, "another program uses this bot at the moment; it will be tried again by itself"),
    413: (Refusal.MEDIA, "the pictures are too large for one post"),
    429: (Refusal.RATE, "it will be tried again when Telegram allows"),
}
SIGNS: Sequence[tuple[str, Refusal, str]] = (
    ("chat not found", Refusal.BLOCKED, "check `chat` in config.yaml, and that the bot is in that chat"),
    ("chat_admin_required", Refusal.PERMISSION, RIGHTS),
    ("not enough rights", Refusal.PERMISSION, RIGHTS),
    ("need administrator rights", Refusal.PERMISSION, RIGHTS),
    ("have no rights", Refusal.PERMISSION, RIGHTS),
    ("message to be replied not found", Refusal.CONTENT, "the post that it replies to has been deleted"),
    ("message to reply not found", Refusal.CONTENT, "the post that it replies to has been deleted"),
    ("photo_", Refusal.MEDIA, "replace the picture"),
    ("image_process_failed", Refusal.MEDIA, "replace the picture"),
    ("wrong file", Refusal.MEDIA, "replace the picture"),
    ("file is too big", Refusal.MEDIA, "replace the picture with a smaller one"),
)
"""Parts of Telegram's own reasons (400), in small letters, that mean more than "change the post"."""

BLIND = CannotTell("a Telegram bot cannot read what stands in a chat; look there, then `settle` it")


def connect(
    channel: Channel,
    secrets: Mapping[str, str],
    files: Files,
    session: Any = None,
    clock: Callable[[], datetime] | None = None,
) -> "Telegram":
    """The channel's chat. Raises ConfigError where `base_url` cannot be used."""
    base_url = channel.base_url or BASE_URL
    if missing := verdicts.unset(channel, base_url, SECRETS, secrets):
        return Telegram(channel, Unconnected(missing), files)
    if not channel.options.get("chat"):
        return Telegram(channel, Unconnected(NO_CHAT.format(channel.name)), files)
    token = secrets["BOT_TOKEN"]
    caller = Caller(channel.name, base_url, secrets=(token,), session=session, clock=clock)
    return Telegram(channel, caller, files, f"/bot{token}")


class Telegram:
    """One chat. The token stands in every address, so addresses are never shown."""

    name = NAME
    limits = LIMITS
    recovery = Recovery.BLIND
    lead = timedelta(0)

    def __init__(self, channel: Channel, caller: Caller | Unconnected, files: Files, path: str = "") -> None:
        self._channel, self._caller, self._files, self._path = channel, caller, files, path
        self._options = {**vars(Options()), **channel.options}
        self._known: Account | None = None

    def __repr__(self) -> str:
        return f"Telegram({self._channel.name})"

    def payload(self, message: Message, part: int = 0) -> dict[str, Any]:
        """Method and fields of the visible call; pictures by SHA-256, a reply's id is not known yet."""
        own = message.parts[part]
        fields: dict[str, Any] = {"chat_id": self._options["chat"]}
        if self._options["silent"]:
            fields["disable_notification"] = True
        if not own.images:
            fields["text"] = own.text
            if "no preview" in message.display:
                fields["link_preview_options"] = NO_CARD
            return {"method": "sendMessage", "fields": fields}
        pictures = [_picture(image, message.is_covered(part)) for image in own.images]
        if len(pictures) == 1:
            [picture] = pictures
            fields |= {"photo": picture.pop("media")} | {k: v for k, v in picture.items() if k != "type"}
            fields |= {"caption": own.text} if own.text else {}
            return {"method": "sendPhoto", "fields": fields}
        if own.text:
            # The first picture's caption stands under the whole album.
            pictures[0]["caption"] = own.text
        return {"method": "sendMediaGroup", "fields": {**fields, "media": pictures}}

    def account(self) -> Account | Refused:
        """The bot, the chat, and whether the one may post in the other."""
        doing = "checking the bot"
        me = self._get("getMe", doing, {})
        if isinstance(me, Refused):
            return me
        bot = answers.result(me)
        chat = self._get("getChat", "looking at the chat", {"chat_id": str(self._options["chat"])})
        if isinstance(chat, Refused):
            return chat
        found = answers.result(chat)
        if "id" not in bot or "id" not in found:
            return Refused(Refusal.BLOCKED, f"{doing}: the answer cannot be understood; check base_url")
        refused = self._rights(found, bot)
        if refused is not None:
            return refused
        name = found.get("username")
        self._known = Account(
            id=str(found["id"]),
            handle=f"@{name}" if name else str(found.get("title") or found["id"]),
            url=f"https://t.me/{name}" if name else None,
            date=me.date,
            permissions=("can_post_messages",),
            endless=True,
            profile=str(found.get("description") or ""),
        )
        return self._known

    def _rights(self, chat: Mapping[str, Any], bot: Mapping[str, Any]) -> Refused | None:
        """In a channel only administrators with that right may post; in a group every member may."""
        asked = {"chat_id": str(chat["id"]), "user_id": str(bot["id"])}
        answer = self._get("getChatMember", "looking at the bot's rights", asked)
        if isinstance(answer, Refused):
            return answer
        member = answers.result(answer)
        status = member.get("status")
        may = status == "creator" or (status == "administrator" and bool(member.get("can_post_messages")))
        if chat.get("type") != "channel":
            may = status in ("creator", "administrator", "member") or (
                status == "restricted" and bool(member.get("can_send_messages"))
            )
        where = chat.get("title") or chat["id"]
        return None if may else Refused(Refusal.PERMISSION, f"the bot may not post in “{where}”; {RIGHTS}")

    def prepare(self, message: Message, part: int, key: str, reply_to: Receipt | None) -> Prepared | Refused:
        """Nothing can be uploaded beforehand; the pictures' bytes go with the visible call."""
        for number, image in enumerate(message.parts[part].images, 1):
            if not self._bytes(image.sha256):
                return Refused(Refusal.MEDIA, f"picture {number}: its bytes are not in the store")
        request = self.payload(message, part)
        if reply_to is not None:
            request["fields"]["reply_parameters"] = {"message_id": int(reply_to.remote_id)}
        account = self._known.id if self._known is not None else None
        return Prepared(request, account=account, key=key)

    def _bytes(self, sha256: str) -> bytes:
        try:
            return self._files(sha256)
        except (LookupError, OSError):
            return b""

    def send(self, prepared: Prepared) -> Sent | Refused | Unknown:
        """sendMessage, sendPhoto or sendMediaGroup, once."""
        method, fields = prepared.request["method"], dict(prepared.request["fields"])
        outcome = self._post(method, *self._attached(method, fields))
        if isinstance(outcome, Answer) and outcome.ok and (receipt := answers.receipt(outcome)) is not None:
            return Sent(receipt, answers.differences(outcome, *_wanted(method, fields)))
        if isinstance(outcome, Answer) and outcome.status in ERRORS:
            return self._refused(PUBLISHING, outcome)
        return verdicts.visible(PUBLISHING, outcome, ERRORS)

    def _attached(
        self, method: str, fields: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, tuple[str, bytes, str]]]:
        """The fields with their pictures as files of the same request."""
        if method == "sendPhoto":
            return {k: v for k, v in fields.items() if k != "photo"}, {"photo": self._file(fields["photo"])}
        if method == "sendMediaGroup":
            names = [f"picture{number}" for number in range(len(fields["media"]))]
            files = {n: self._file(one["media"]) for n, one in zip(names, fields["media"], strict=True)}
            media = [
                {**one, "media": f"attach://{name}"} for name, one in zip(names, fields["media"], strict=True)
            ]
            return {**fields, "media": media}, files
        return fields, {}

    def _file(self, sha256: str) -> tuple[str, bytes, str]:
        content = self._bytes(sha256)
        kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
        return f"picture.{kind.replace('jpeg', 'jpg')}", content, f"image/{kind}"

    def find(self, prepared: Prepared, taken: frozenset[str]) -> CannotTell:
        """A bot cannot read a chat's history."""
        return BLIND

    def already_out(self, messages: Sequence[Message], since: datetime) -> dict[str, str]:
        """Nothing can be listed."""
        return {}

    def read_back(self, message: Message, part: int, receipt: Receipt) -> tuple[str, ...]:
        """Nothing can be read."""
        return ()

    def delete(self, receipt: Receipt) -> Refused | None:
        """Every message of the post (an album is several); what is gone already is fine."""
        ids = [int(receipt.remote_id), *(int(value) for name, value in receipt.refs if name == "message")]
        fields = {"chat_id": self._options["chat"], "message_ids": list(dict.fromkeys(ids))}
        outcome = self._post("deleteMessages", fields, {})
        if isinstance(outcome, Answer) and (
            outcome.ok or "message to delete not found" in answers.said(outcome)
        ):
            return None
        return self._failed("deleting the post", outcome)

    def edit(self, message: Message, part: int, receipt: Receipt) -> Refused | Unknown | None:
        """Change the text, or the caption of its pictures; pictures themselves stay."""
        own = message.parts[part]
        method, name = ("editMessageCaption", "caption") if own.images else ("editMessageText", "text")
        fields = {"chat_id": self._options["chat"], "message_id": int(receipt.remote_id), name: own.text}
        if not own.images and "no preview" in message.display:
            fields["link_preview_options"] = NO_CARD  # without it a card that was switched off comes back
        outcome = self._post(method, fields, {})
        if isinstance(outcome, Answer) and (outcome.ok or "message is not modified" in answers.said(outcome)):
            return None
        if isinstance(outcome, Answer) and outcome.status in ERRORS:
            return self._refused("editing the post", outcome)
        return verdicts.visible("editing the post", outcome, ERRORS)

    # Calls

    def _get(self, method: str, doing: str, params: Mapping[str, str]) -> Answer | Refused:
        outcome = self._caller.call("GET", f"{self._path}/{method}", params=params)
        if isinstance(outcome, Answer) and outcome.ok:
            return outcome
        return self._failed(doing, outcome)

    def _post(
        self, method: str, fields: Mapping[str, Any], files: Mapping[str, tuple[str, bytes, str]]
    ) -> Outcome:
        path = f"{self._path}/{method}"
        if not files:
            return self._caller.call("POST", path, json=fields)
        return self._caller.call("POST", path, form=_as_form(fields), files=files)

    def _failed(self, doing: str, outcome: Outcome) -> Refused:
        """A failed step that no reader can see."""
        if isinstance(outcome, Answer) and outcome.status in ERRORS:
            return self._refused(doing, outcome)
        return verdicts.invisible(doing, outcome, ERRORS)

    def _refused(self, doing: str, answer: Answer) -> Refused:
        """Telegram's no, by its status and, where that says too little, by its reason."""
        parameters = answer.fields.get("parameters")
        parameters = parameters if isinstance(parameters, dict) else {}
        if (moved := parameters.get("migrate_to_chat_id")) is not None:
            words = (
                f"{doing} was refused: the group has become another one; write chat: {moved} in config.yaml"
            )
            return Refused(Refusal.BLOCKED, words)
        kind, advice = ERRORS[answer.status]
        if answer.status == 400:
            kind, advice = _by_sign(answers.said(answer), (kind, advice))
        retry_at = answer.retry_at
        if isinstance(seconds := parameters.get("retry_after"), int):
            retry_at = answer.received + timedelta(seconds=seconds)
        return Refused(
            kind, f"{doing} was refused (HTTP {answer.status}: {answer.words}); {advice}", retry_at
        )


def _wanted(method: str, fields: Mapping[str, Any]) -> tuple[str, int]:
    """The words of a request, and how many pictures it has."""
    if method == "sendMediaGroup":
        return str(fields["media"][0].get("caption", "")), len(fields["media"])
    if method == "sendPhoto":
        return str(fields.get("caption", "")), 1
    return str(fields["text"]), 0


def _picture(image: Image, covered: bool) -> dict[str, Any]:
    return {"type": "photo", "media": image.sha256} | ({"has_spoiler": True} if covered else {})


def _by_sign(said: str, otherwise: tuple[Refusal, str]) -> tuple[Refusal, str]:
    return next(((kind, advice) for sign, kind, advice in SIGNS if sign in said), otherwise)


def _as_form(fields: Mapping[str, Any]) -> dict[str, str]:
    """A form has texts only: what is not text is written as JSON, as the Bot API asks for."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in fields.items()
    }
