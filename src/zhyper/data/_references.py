"""Which texts of a forum stand by themselves: not deleted, and without references to what lies elsewhere."""

from __future__ import annotations

import re

GONE = ("[deleted]", "[removed]", "[deleted by user]", "[ removed by reddit ]", "[unavailable]")
REFERENCES = {
    "link": re.compile(r"https?:|\bwww\.|\]\(|\b[\w-]+\.(com|org|net|gov|edu|info)\b|\b(youtu\.be|imgur|giphy|redd\.it|t\.co/)", re.I),
    "subreddit": re.compile(r"(?<![\w/])/?r/\w+|\b(this|that|the|other|our) sub(reddit)?\b", re.I),
    "user": re.compile(r"(?<![\w/])/?u/[\w-]+", re.I),
    "comment": re.compile(r"\b(this|that|these|those|other|above|below|top|my|your|previous) (comment|post|thread|repl(y|ie))s?\b", re.I),
    "media": re.compile(
        r"!\[|\[(img|gif|video|image|media)\]|\b(this|that|these|those|attached) (video|picture|pic|photo|image|gif|meme)s?\b", re.I
    ),
}
"""What a text may not refer to, by the name that is reported."""
HINTS = {
    "link": ("http", "www.", "](", ".com", ".org", ".net", ".gov", ".edu", ".info", "youtu.be", "imgur", "giphy", "redd.it", "t.co/"),
    "subreddit": ("r/", "sub"),
    "user": ("u/",),
    "comment": ("comment", "post", "thread", "repl"),
    "media": ("![", "[", "video", "pic", "photo", "image", "gif", "meme"),
}
"""What a text holds, in small letters, if it may refer to such a thing: quick to see, where a search of the pattern is slow."""


def refused(text: str, limit: int) -> str | None:
    """Why a text is left out: `empty`, `deleted`, `too long`, or what it refers to; None if it may stay."""
    return missing(text, limit) or refers(text)


def missing(text: str, limit: int) -> str | None:
    """Why there is nothing to keep: `empty`, `deleted` or `too long`; None if there is."""
    stripped = text.strip()
    if not stripped:
        return "empty"
    if stripped.lower() in GONE:
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
