"""Telegram's Bot API 10.1 on loopback: one bot, one chat, messages and albums.

What it takes and refuses is written down from the published method descriptions: fields it does not know,
texts and captions over their limits (in UTF-16 code units), more than ten pictures, pictures over 10 MB.
"""

import json
import re
from dataclasses import dataclass, field, replace

import regex

from tests.fakes import Loopback, Reply

IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
COMMON = {"chat_id", "disable_notification", "protect_content", "reply_parameters", "message_thread_id"}
FIELDS = {
    "sendMessage": COMMON | {"text", "entities", "parse_mode", "link_preview_options"},
    "sendPhoto": COMMON
    | {"photo", "caption", "caption_entities", "parse_mode", "has_spoiler", "show_caption_above_media"},
    "sendMediaGroup": COMMON | {"media"},
    "deleteMessages": {"chat_id", "message_ids"},
    "editMessageText": {"chat_id", "message_id", "text", "entities", "parse_mode", "link_preview_options"},
    "editMessageCaption": {"chat_id", "message_id", "caption", "caption_entities", "parse_mode"},
}

# InputMediaPhoto
ALBUM_FIELDS = {"type", "media", "caption", "caption_entities", "parse_mode", "has_spoiler"}
ALBUM_FIELDS |= {"show_caption_above_media"}

SIGNS = r"\p{L}\p{Nd}_\u200c\u00b7"
HASHTAG = regex.compile(rf"(?<![{SIGNS}])#(?=[{SIGNS}]*\p{{L}})[{SIGNS}]{{1,256}}(?!#)")
URL = regex.compile(r"https?://[^\s]+")


def utf16(text):
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True)
class Message:
    """What stands in the chat. `photo` is bytes or None; `album` the id its pictures share."""

    id: int
    text: str
    photo: bytes | None
    reply_to: int | None
    spoiler: bool
    silent: bool
    album: str | None
    preview: bool = True
    deleted: bool = False


@dataclass
class TelegramServer(Loopback):
    """`published` is every message that ever went out, in order, also what was deleted since.

    status: the bot's place in the chat. rights: whether it may post. kind: channel, supergroup. moved: the
    chat's new id, once a group has become a supergroup. cut: how many characters of a text it keeps.
    links_nothing: it finds no hashtag and no link.
    """

    token: str = "123456:canary-telegram-token"
    chat: str = "@memory"
    chat_id: int = -1001234567890
    username: str | None = "memory"
    title: str = "Memory"
    kind: str = "channel"
    status: str = "administrator"
    rights: bool = True
    moved: int | None = None
    cut: int | None = None
    links_nothing: bool = False
    published: list = field(default_factory=list)

    routes = ((r"(?:GET|POST) /bot([^/]*)/(\w+)", "method"),)

    def __post_init__(self):
        super().__init__()
        self._ids = 40

    @property
    def posts(self):
        """What a reader sees now."""
        return [message for message in self.published if not message.deleted]

    def method(self, request, token, name):
        if not re.fullmatch(r"\d+:[\w-]+", token):
            return _error(404, "Not Found")
        if token != self.token:
            return _error(401, "Unauthorized")
        fields, files = self._fields(request)
        if name == "getMe":
            return _ok({"id": 123456, "is_bot": True, "first_name": "Memory", "username": "memory_bot"})
        if unknown := fields.keys() - FIELDS.get(name, fields.keys()):
            # Telegram ignores what it does not know; here that is a slip of ours.
            return _error(400, f"Bad Request: unknown fields {sorted(unknown)}")
        if self.moved is not None:
            return _error(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": self.moved},
            )
        if str(fields.get("chat_id")) not in (self.chat, str(self.chat_id)):
            return _error(400, "Bad Request: chat not found")
        return getattr(self, f"_{name}")(fields, files)

    def _fields(self, request):
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/"):
            form = request.form()
            fields = {name: value.decode() for name, (file, value) in form.items() if file is None}
            files = {name: value for name, (file, value) in form.items() if file is not None}
            numbers = ("reply_parameters", "media", "has_spoiler", "disable_notification")
            return {k: json.loads(v) if k in numbers else v for k, v in fields.items()}, files
        return (request.json() or {}) | request.query, {}

    def _getChat(self, fields, files):
        chat = {"id": self.chat_id, "type": self.kind, "title": self.title, "description": "In memory."}
        return _ok(chat | ({"username": self.username} if self.username else {}))

    def _getChatMember(self, fields, files):
        member = {"status": self.status, "user": {"id": 123456}}
        if self.status == "administrator":
            member |= {"can_post_messages": self.rights, "can_edit_messages": True}
        return _ok(member)

    def _forbidden(self):
        if self.status in ("left", "kicked"):
            return _error(403, f"Forbidden: bot is not a member of the {self.kind} chat")
        if not self.rights:
            return _error(400, "Bad Request: need administrator rights in the channel chat")
        return None

    def _replied(self, fields):
        """The message replied to, or an error where it is not there."""
        asked = fields.get("reply_parameters")
        if asked is None:
            return None, None
        if asked["message_id"] not in {one.id for one in self.posts}:
            return None, _error(400, "Bad Request: message to be replied not found")
        return asked["message_id"], None

    def _sendMessage(self, fields, files):
        reply, error = self._replied(fields)
        if error := self._forbidden() or error or _too_long(fields.get("text", ""), 4096, "message"):
            return error
        if not fields.get("text"):
            return _error(400, "Bad Request: message text is empty")
        shown = not fields.get("link_preview_options", {}).get("is_disabled", False)
        return _ok(self._say(self._new(fields, fields["text"], None, reply, preview=shown)))

    def _sendPhoto(self, fields, files):
        reply, error = self._replied(fields)
        error = self._forbidden() or error or _too_long(fields.get("caption", ""), 1024, "message caption")
        if error := error or _bad_photo(files.get("photo")):
            return error
        spoiler = bool(fields.get("has_spoiler"))
        made = self._new(fields, fields.get("caption", ""), files["photo"], reply, spoiler=spoiler)
        return _ok(self._say(made))

    def _sendMediaGroup(self, fields, files):
        media = fields["media"]
        reply, error = self._replied(fields)
        if not 2 <= len(media) <= 10:
            return _error(400, "Bad Request: media must include 2-10 items")
        if unknown := {name for one in media for name in one} - ALBUM_FIELDS:
            return _error(400, f"Bad Request: unknown fields {sorted(unknown)}")
        if any(one["type"] != "photo" for one in media):
            return _error(400, "Bad Request: wrong media type")
        photos = [files.get(one["media"].removeprefix("attach://")) for one in media]
        captions = [one.get("caption", "") for one in media]
        error = self._forbidden() or error or _too_long("".join(captions), 1024, "message caption")
        for photo in photos:
            error = error or _bad_photo(photo)
        if error:
            return error
        album = f"album-{self._ids}"
        made = [
            self._new(fields, caption, photo, reply, spoiler=bool(one.get("has_spoiler")), album=album)
            for one, caption, photo in zip(media, captions, photos, strict=True)
        ]
        return _ok([self._say(one) for one in made])

    def _deleteMessages(self, fields, files):
        gone = set(fields["message_ids"])
        self.published = [replace(one, deleted=True) if one.id in gone else one for one in self.published]
        return _ok(True)

    def _editMessageText(self, fields, files):
        shown = not fields.get("link_preview_options", {}).get("is_disabled", False)
        return self._change(fields, fields["text"], 4096, preview=shown)

    def _editMessageCaption(self, fields, files):
        return self._change(fields, fields["caption"], 1024)

    def _change(self, fields, text, limit, **more):
        found = [one for one in self.posts if one.id == fields["message_id"]]
        if not found:
            return _error(400, "Bad Request: message to edit not found")
        if found[0].text == text:
            return _error(400, "Bad Request: message is not modified")
        if error := _too_long(text, limit, "message"):
            return error
        self.published[self.published.index(found[0])] = replace(found[0], text=text, **more)
        return _ok(self._say(replace(found[0], text=text)))

    def _new(self, fields, text, photo, reply, *, spoiler=False, album=None, preview=True):
        self._ids += 1
        silent, text = bool(fields.get("disable_notification")), text[: self.cut]
        made = Message(self._ids, text, photo, reply, spoiler, silent, album, preview)
        self.published.append(made)
        return made

    def _say(self, message):
        chat = {"id": self.chat_id, "type": self.kind, "title": self.title}
        chat |= {"username": self.username} if self.username else {}
        said = {"message_id": message.id, "chat": chat, "date": int(self.now().timestamp())}
        name = "caption" if message.photo else "text"
        if message.text:
            said[name] = message.text
        if found := [] if self.links_nothing else _found(message.text):
            said["caption_entities" if message.photo else "entities"] = found
        if message.photo:
            size = {"file_id": f"p{message.id}", "file_unique_id": f"u{message.id}", "width": 9, "height": 9}
            said["photo"] = [size]
        return said | ({"media_group_id": message.album} if message.album else {})


def _found(text):
    """What stands in a text by the server's own rules (tdlib): hashtags of letters, digits, _, ZWNJ and ·, at
    least one of them a letter, where combining marks end one; places in UTF-16 units.
    """
    kinds = {"hashtag": HASHTAG, "url": URL}
    return [
        {"type": kind, "offset": utf16(text[: found.start()]), "length": utf16(found[0])}
        for kind, pattern in kinds.items()
        for found in pattern.finditer(text)
    ]


def _ok(result):
    return Reply(200, {"ok": True, "result": result})


def _error(status, description, parameters=None):
    body = {"ok": False, "error_code": status, "description": description}
    return Reply(status, body | ({"parameters": parameters} if parameters else {}))


def _too_long(text, limit, what):
    return _error(400, f"Bad Request: {what} is too long") if utf16(text) > limit else None


def _bad_photo(content):
    if content is None:
        return _error(400, "Bad Request: there is no photo in the request")
    if not content.startswith(IMAGES):
        return _error(400, "Bad Request: IMAGE_PROCESS_FAILED")
    if len(content) > 10_000_000:
        return _error(413, "Request Entity Too Large")
    return None
