"""Which texts of a forum stand by themselves: not deleted, and without references to what lies elsewhere."""

from __future__ import annotations

import html
import re

GONE = re.compile(r"\[\s*(deleted|removed|unavailable)\b[^\]]*\]", re.I)
"""All that is left of a text that was taken away."""
_NOTHING = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
"""Letters that show nothing."""
_MAIL = r"(?!\s+(office|card|code|box|man|men|war|war\w+|grad\w*|delivery|stamp)s?\b)(?![-\w])"
_POINTS = r"this|that|these|those|other|another|above|following|previous|original|top|linked|my|your"
REFERENCES = {
    "link": re.compile(
        r"https?:|\bwww\.|\]\(|\b[\w-]{2,}\.(com|org|net|gov|edu|info|io|tv|co\.[a-z]{2}|(com|org|gov|ac|"
        r"net)\.[a-z]{2})\b|\bgov\.[a-z]{2}\b|\b[\w-]{2,}\.[a-z]{2,4}/\w|\b(imgur|giphy)\b|"
        r"\blinks?\s+(above|below|here|in\s+(the|my|this)\s+(post|comments?|description|bio|sidebar|"
        r"thread))\b|\b(this|these|following|click|open|see|follow)\s+(the\s+)?links?\b",
        re.I | re.A,
    ),
    "subreddit": re.compile(
        r"(?<![\w/])(/r/\w+|r/\w{2,})|\b(this|that|the|other|another|our|these|those|right|wrong|"
        r"correct)\s+subs?\b(?!-)|\b(sub)?reddit\w*|\bcross-?post\w*",
        re.I | re.A,
    ),
    "user": re.compile(r"(?<![\w/])/?u/[\w-]{3,}|(?<![^\s(])@[A-Za-z_]\w{2,}", re.A),
    "comment": re.compile(
        rf"\b({_POINTS})\s+(top\s+)?(comment(er)?s?\b|threads?\b|repl(y|ies)(?!\s+to\b)\b|posts?\b{_MAIL})|"
        r"\b(in|see|read|check|all|of|to)\s+the\s+(other\s+)?(comments|replies|threads?)\b|"
        r"\bcomments?\s+(section|above|below)\b|^(>|&gt;)|\n\s*(>|&gt;)|\bthreads?\s+(about|on)\b|"
        r"\bcommenters\b|\bcommentators?\s+said\b|\bas\s+(many|(some)?(one|body)|others?|"
        r"people)(\s+else)?(\s+(has|have))?(\s+already)?\s+(said|mentioned|noted|commented|answered)\b|"
        r"\bthe\s+(comment|post|reply|thread)\s+(above|below)\b|\bother\s+(commenters|posters)\b|"
        r"\bpost(er)?s?\s+(above|below)\b",
        re.I | re.A,
    ),
    "media": re.compile(
        r"!\[|\[(img|gif|video|image|media)\]|\b(this|that|these|those|attached|linked|following)\s+(video|"
        r"clip|picture|pic|photo|image|gif|meme|screenshot)s?\b|\b(video|clip|picture|pic|photo|image|gif|"
        r"meme|screenshot)s?\s+(above|below|attached|linked)\b",
        re.I | re.A,
    ),
}
"""What a text may not refer to, by the name that is reported."""
HINTS = {
    "link": ("http", "www.", "](", ".", "imgur", "giphy", "link"),
    "subreddit": ("r/", "sub", "reddit", "post"),
    "user": ("u/", "@"),
    "comment": ("comment", "post", "thread", "repl", ">", "&gt;", "said", "mentioned", "noted", "answered"),
    "media": ("![", "[", "video", "clip", "pic", "photo", "image", "gif", "meme", "screenshot"),
}
"""Substrings, one of which a text in small letters holds if the pattern can match: quick where it is slow."""
ROBOTS = {
    "automoderator",
    "remindmebot",
    "sneakpeekbot",
    "wikitextbot",
    "imguralbumbot",
    "gifreversingbot",
    "helperbot_",
    "converter-bot",
}
"""Well-known robots, in small letters."""
_ROBOT_NAME = re.compile(r"([a-z0-9_-]Bot|BOT|[-_]bot)[-_\d]*$|^(auto|the)?bot[-_]", re.ASCII)
_ROBOT_SAYS = re.compile(
    r"\b(i\s+am|i'm|i’m)\s+a\s+(ro)?bot\b|\bbeep[,.]?\s+boop\b|\bperformed\s+automatically\b", re.I
)


def clean(text: object) -> str:
    """A forum's text without HTML entities, invisible characters and halves of surrogate pairs.

    None is no text, so empty; TypeError for another value.
    """
    if not isinstance(text, str | None):
        raise TypeError(f"a {type(text).__name__} is no text")
    plain = html.unescape(html.unescape(text or ""))
    return plain.translate(_NOTHING).encode("utf-8", "replace").decode().strip()


def refused(text: str, limit: int) -> str | None:
    """Why a text is left out: `empty`, `deleted`, `too long`, or what it refers to; None if it may stay."""
    return missing(text, limit) or refers(text)


def missing(text: str, limit: int) -> str | None:
    """Why there is nothing to keep: `empty`, `deleted` or `too long`; None if there is."""
    stripped = text.strip()
    if not stripped:
        return "empty"
    if GONE.fullmatch(stripped):
        return "deleted"
    if len(stripped) > limit:
        return "too long"
    return None


def refers(text: str) -> str | None:
    """What a text refers to that is not in it, if anything."""
    small = text.lower()
    for name, pattern in REFERENCES.items():
        if any(hint in small for hint in HINTS[name]) and pattern.search(text):
            return name
    return None


def by_robot(author: str, text: str) -> bool:
    """Whether a robot wrote a text, by its name or its text; `Abbot` and `talbot` are people."""
    return author.lower() in ROBOTS or bool(_ROBOT_NAME.search(author)) or bool(_ROBOT_SAYS.search(text))
