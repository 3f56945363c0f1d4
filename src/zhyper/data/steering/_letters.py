"""Behaviours of stage 4: letters, case, punctuation, spacing and spelling of an answer.

Long because it is a table: each row brings its wordings.
"""

from __future__ import annotations

import re

from zhyper.data.steering._behaviour import Ask, Behaviour, Check, Write
from zhyper.data.steering._text import capitalised

_COMMON = frozenset(
    "the and you that was for are with his they this have from one had word but not what all were when your "
    "can said there use each which she how their will other about out many then them these some her would "
    "make like him into time has look two more write see number way could people than first water been call "
    "who its now find long down day did get come made may part is it of to in on at as be by we an or if do "
    "my so up he".split()
)
_SENTENCE_GAP = re.compile(
    r"((?<=[.!?…])(?<!^\d\.)(?<!\b[DM]r\.)(?<!\bMrs\.)(?<!\bMs\.)(?<!\bSt\.)(?<!\bvs\.)\s+|\n+)",
    re.IGNORECASE | re.MULTILINE,
)
_BULLET = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+", re.MULTILINE)
_ENDS = re.compile(
    r"(?P<kept>^\s*\d+\.(?=\s)|\b(?:mr|mrs|ms|dr|st|vs|e\.g|i\.e)\.)|[.!?…]+(?=[\"'”’)\]}*]*(?:\s|$))",
    re.IGNORECASE | re.MULTILINE,
)
_COMMA = re.compile(r",(?=[\"'”’]*(?:\s|$))")
_LONG = re.compile(r"[^\W\d_]{7,}")
_PUNCTUATION = re.compile(r"[.,;:!?…'\"’‘“”()\[\]{}*_/\\#<>|~`-]|–|—")
_LEET = str.maketrans("aeiotsAEIOTS", "431075431075")
_TEXT_SPEAK = {
    "you": "u",
    "your": "ur",
    "are": "r",
    "to": "2",
    "for": "4",
    "be": "b",
    "and": "n",
    "with": "w",
    "because": "cuz",
    "people": "ppl",
    "please": "pls",
    "thanks": "thx",
    "great": "gr8",
    "before": "b4",
    "see": "c",
    "about": "abt",
    "something": "smth",
    "really": "rly",
    "from": "frm",
    "have": "hv",
    "that": "dat",
    "this": "dis",
    "good": "gd",
    "very": "v",
    "what": "wat",
    "know": "kno",
    "why": "y",
}


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalpha())


def _tokens(text: str) -> list[str]:
    """The parts between spaces, without the marks around them and without parts that are marks alone."""
    return [t for t in (re.sub(r"^[\W_]+|[\W_]+$", "", part) for part in _BULLET.sub("", text).split()) if t]


def _plain(text: str) -> list[str]:
    """Lower-case words of letters and digits alone."""
    return [w for w in (re.sub(r"[\W_]", "", t).lower() for t in text.split()) if w]


def _first_words(text: str, count: int) -> list[str]:
    """The first words with their marks, the last one without; no marks of a list."""
    words = _BULLET.sub("", text).split()[:count]
    return [*words[:-1], words[-1].rstrip(".,;:!?…")] if words else []


def _start(text: str, count: int) -> str:
    """The first words and a full stop."""
    return " ".join(_first_words(text, count)) + "."


def _sentence(text: str, most: int = 12) -> str:
    """The first sentence of two words or more, cut after `most` words."""
    text = _BULLET.sub("", text).strip()
    sentence = next((s for s in _SENTENCE_GAP.split(text) if len(s.split()) > 1), text)
    return sentence if len(sentence.split()) <= most else _start(sentence, most)


def _share(good: int, of: int) -> float:
    return good / of if of else 0.0


def _ends(text: str) -> list[str]:
    """The marks that end sentences."""
    return [m[0] for m in _ENDS.finditer(text) if not m["kept"]]


def _end_with(text: str, mark: str) -> str:
    """The text with `mark` for each mark that ends a sentence, and at its end."""
    text = text.strip()
    marked = _ENDS.sub(lambda m: m[0] if m["kept"] else mark, text)
    return marked + mark if text[-1:].isalnum() or not _ends(text) else marked


def _all_ends(*marks: str) -> Check:
    return lambda answer, ask: bool(_ends(answer)) and all(end in marks for end in _ends(answer))


def _upper_check(answer: str, ask: Ask) -> bool:
    return len(_letters(answer)) >= 4 and answer == answer.upper()


def _lower_check(answer: str, ask: Ask) -> bool:
    return len(_letters(answer)) >= 4 and answer == answer.lower()


def _title(ask: Ask) -> str:
    return re.sub(r"(?<!\S)[^\w\s]*[^\W\d_]", lambda m: m[0].upper(), ask.answer)


def _title_check(answer: str, ask: Ask) -> bool:
    words = [t for t in _tokens(answer) if t[0].isalpha()]
    return (
        len(words) >= 3
        and _share(sum(w[0].isupper() for w in words), len(words)) >= 0.9
        and any(w[1:].islower() for w in words)
    )


def _alternate(word: str) -> str:
    out, upper = [], False
    for c in word:
        out.append(c.upper() if upper else c.lower())
        upper = upper != c.isalpha()
    return "".join(out)


def _alternating_check(answer: str, ask: Ask) -> bool:
    pairs = [
        (a, b) for word in re.findall(r"[^\W\d_]{2,}", answer) for a, b in zip(word, word[1:], strict=False)
    ]
    return len(pairs) >= 6 and _share(sum(a.isupper() != b.isupper() for a, b in pairs), len(pairs)) >= 0.85


def _swapped(ask: Ask) -> str:
    return re.sub(r"[^\W\d_]", lambda m: m[0].lower(), ask.answer.swapcase(), count=1)


def _swapped_check(answer: str, ask: Ask) -> bool:
    letters = _letters(answer)
    return (
        len(letters) >= 6
        and letters[0].islower()
        and _share(sum(c.isupper() for c in letters), len(letters)) >= 0.75
    )


def _first_two(ask: Ask) -> str:
    return "".join(
        re.sub(r"^\s*\S+(?:\s+\S+)?", lambda m: m[0].upper(), part)
        for part in _SENTENCE_GAP.split(ask.answer)
    )


def _first_two_check(answer: str, ask: Ask) -> bool:
    starts = [" ".join(s.split()[:2]) for s in _SENTENCE_GAP.split(answer) if _letters(s)]
    return (
        len(_letters("".join(starts))) >= 3
        and all(s == s.upper() for s in starts)
        and answer != answer.upper()
    )


def _last_word(ask: Ask) -> str:
    words = list(re.finditer(r"[^\W\d_](?:['’]?[^\W\d_])+", ask.answer))
    if not words:
        return ask.answer.upper()
    return ask.answer[: words[-1].start()] + words[-1][0].upper() + ask.answer[words[-1].end() :]


def _last_word_check(answer: str, ask: Ask) -> bool:
    words = re.findall(r"[^\W\d_](?:['’]?[^\W\d_])+", answer)
    return (
        len(words) >= 3
        and words[-1].isupper()
        and _share(sum(w.isupper() for w in words[:-1]), len(words) - 1) <= 0.25
    )


def _no_marks(ask: Ask) -> str:
    text = re.sub(r"['’‘]", "", ask.answer)
    lines = [" ".join(_PUNCTUATION.sub(" ", line).split()) for line in text.splitlines()]
    return "\n".join(line for line in lines if line) or "Yes"


def _no_marks_check(answer: str, ask: Ask) -> bool:
    words = answer.split()
    lines = [line for line in answer.splitlines() if line.strip()]
    runs = len(words) >= 3 and len(words) >= 1.5 * len(lines) and len(_letters(answer)) >= 2 * len(words)
    return runs and not _PUNCTUATION.search(answer)


def _replace_commas(mark: str) -> Write:
    return lambda ask: _end_with(_COMMA.sub(mark, ask.answer), mark)


def _commas_replaced(mark: str) -> Check:
    sought = re.compile(re.escape(mark) + r"(?=[\"'”’)\]}*]*(?:\s|$))")
    return lambda answer, ask: bool(sought.search(answer)) and not _COMMA.search(answer) and not _ends(answer)


def _spoken_stop_check(answer: str, ask: Ask) -> bool:
    words = _plain(answer)
    return len(words) >= 3 and not _ends(answer) and words[-1] == "".join(_plain(ask.content))


def _joined(mark: str) -> Check:
    """Whether words stand with `mark` between them in place of spaces."""
    sought = re.compile(r"(?<=[^\s" + re.escape(mark) + "])" + re.escape(mark) + r"(?=[\w\"'(“])")

    def check(answer: str, ask: Ask) -> bool:
        count = len(sought.findall(answer.strip()))
        return count >= 2 and len(answer.split()) - 1 <= count / 8 and not _identifier(answer, mark)

    return check


def _spaced_out(mark: str) -> Check:
    """Whether every second part between spaces is `mark`."""

    def check(answer: str, ask: Ask) -> bool:
        parts = answer.split()
        return parts.count(mark) >= 3 and parts.count(mark) >= 0.8 * (len(parts) - parts.count(mark) - 1)

    return check


def _double_space_check(answer: str, ask: Ask) -> bool:
    gaps = re.findall(r"(?<=\S) +(?=\S)", answer)
    return len(gaps) >= 3 and _share(sum(len(g) > 1 for g in gaps), len(gaps)) >= 0.8


def _between(ask: Ask) -> str:
    return f" {ask.content} ".join(_tokens(ask.answer)[:6]) + "."


def _between_check(answer: str, ask: Ask) -> bool:
    words, content = _plain(answer), "".join(_plain(ask.content))
    return (
        words.count(content) >= 2
        and words[1::2].count(content) >= 0.8 * len(words[1::2])
        and words[::2].count(content) <= 1
    )


def _backwards(ask: Ask) -> str:
    words = _tokens(ask.answer if len(_tokens(ask.answer)) < 3 else _sentence(ask.answer, 10))
    words = [capitalised(words[0]), *words[1:]] if words else ["Yes"]
    return " ".join([words[-1].lower(), *words[-2::-1]] if len(words) > 1 else words) + "."


def _backwards_check(answer: str, ask: Ask) -> bool:
    words = _tokens(answer)
    if len(words) < 3:
        return False
    if " ".join(reversed(words)).lower() in " ".join(_tokens(ask.answer)).lower():
        return True
    starts = words[0][0].islower() and words[-1][0].isupper() and not words[-1][1:].isupper()
    capitals = sum(w[0].isupper() for w in words)
    return (
        starts
        and capitals <= 0.4 * len(words)
        and not re.search(r"[{}<>=:$\\\n]|[a-z][\dA-Z]", answer)
        and not _turned(answer, ask)
    )


def _twice(ask: Ask) -> str:
    return " ".join(f"{word} {word}" for word in _tokens(ask.answer)[:8]) + "."


def _twice_check(answer: str, ask: Ask) -> bool:
    words = _plain(answer)
    pairs = list(zip(words[::2], words[1::2], strict=False))
    return (
        len(pairs) >= 3 and _share(sum(a == b for a, b in pairs), len(pairs)) >= 0.8 and len(set(words)) >= 3
    )


def _hide_long(text: str, mark: str) -> str:
    """The text with `mark` for every word of seven letters or more, or for the longest word."""
    if _LONG.search(text):
        return _LONG.sub(mark, text)
    longest = max(re.findall(r"[^\W\d_]+", text), key=len, default="")
    return text.replace(longest, mark, 1) if longest else f"{text} {mark}"


def _no_long(answer: str, *but: str) -> bool:
    words = re.findall(r"[^\W\d_]+", answer.lower())
    return bool(words) and _share(sum(len(w) >= 7 and w not in but for w in words), len(words)) <= 0.05


def _long_to_word_check(answer: str, ask: Ask) -> bool:
    words, content = re.findall(r"[^\W\d_]+", answer.lower()), ask.content.lower()
    among = words if _LONG.search(ask.answer) else words[1:-1]
    return content in among and _no_long(answer, content)


def _turned(answer: str, ask: Ask) -> bool:
    """Whether more words make sense from right to left than from left to right."""
    familiar = _COMMON | set(_plain(ask.answer)) | set(_plain(ask.prompt))
    words = [w for w in _plain(answer) if len(w) > 1 and w != w[::-1]]
    hits = sum(w[::-1] in familiar and w not in familiar for w in words)
    return hits >= 2 and hits > sum(w in familiar and w[::-1] not in familiar for w in words)


def _turn_words(ask: Ask) -> str:
    return " ".join(word[::-1].lower() for word in _tokens(ask.answer)[:6]) + "."


def _mirror(ask: Ask) -> str:
    text = " ".join(_tokens(ask.answer)[:6])
    return "." + capitalised(text)[::-1]


def _mirror_check(answer: str, ask: Ask) -> bool:
    last = answer.rstrip("\"'`. ")[-1:]
    return _turned(answer, ask) and (last.isupper() or (last.isdigit() and answer.startswith(".")))


def _turn_words_check(answer: str, ask: Ask) -> bool:
    return _turned(answer, ask) and not _mirror_check(answer, ask)


def _no_vowels(ask: Ask) -> str:
    text = " ".join(re.sub("[aeiou]", "", _sentence(ask.answer), flags=re.IGNORECASE).split())
    return text if _letters(text) else "Hm."


def _no_vowels_check(answer: str, ask: Ask) -> bool:
    return (
        len(_letters(answer)) >= 4
        and not re.search(r"[aeiou]|[a-z]\d", answer, re.IGNORECASE)
        and any(len(w) > 1 for w in _tokens(answer))
    )


def _leet_check(answer: str, ask: Ask) -> bool:
    mixed = re.findall(r"[a-z][013457]|[013457][a-z]", answer, re.IGNORECASE)
    count = sum(c.isalnum() for c in answer)
    return len(mixed) >= 2 and _share(len(re.findall("[aeio]", answer, re.IGNORECASE)), count) <= 0.05


def _no_e(ask: Ask) -> str:
    text = re.sub(" {2,}", " ", re.sub("[eE]", "", ask.answer)).strip()
    return text if _letters(text) else "No."


def _no_e_check(answer: str, ask: Ask) -> bool:
    words = re.findall(r"[^\W\d_]+", answer.lower())
    letters = "".join(words)
    vowels = len(re.findall("[aiou]", letters))
    return len(letters) >= 8 and "e" not in letters and vowels >= 2 and len(letters) >= 2.2 * len(words)


def _stutter(ask: Ask) -> str:
    return re.sub(
        r"(?<!\S)([^\w\s]*)([^\W\d_])(\S*)",
        lambda m: f"{m[1]}{m[2]}-{m[2].lower()}{m[3]}",
        _start(ask.answer, 8),
    )


def _stutter_check(answer: str, ask: Ask) -> bool:
    count = len(re.findall(r"\b([^\W\d_])-\1", answer, re.IGNORECASE))
    return count >= 3 and count >= 0.6 * len(answer.split())


def _double_last(ask: Ask) -> str:
    return re.sub(r"([^\W\d_])(?=[^\w\s]*(?:\s|$))", r"\1\1", _sentence(ask.answer))


def _double_last_check(answer: str, ask: Ask) -> bool:
    words = [w for w in _plain(answer) if w.isalpha()]
    doubled = [w for w in words if len(w) > 1 and w[-1] == w[-2]]
    return len(words) >= 3 and _share(len(doubled), len(words)) >= 0.8


def _spaced_letters(ask: Ask) -> str:
    return "   ".join(" ".join(word) for word in _tokens(ask.answer)[:3]) or "Y e s"


def _spaced_letters_check(answer: str, ask: Ask) -> bool:
    parts = answer.split()
    return len(parts) >= 5 and _share(sum(len(p) == 1 for p in parts), len(parts)) >= 0.9


def _initials(ask: Ask) -> str:
    return " ".join(f"{word[0].upper()}." for word in _tokens(ask.answer)[:8]) or "N."


def _initials_check(answer: str, ask: Ask) -> bool:
    words = re.findall(r"\w+", answer)
    return len(words) >= 3 and all(len(w) == 1 for w in words) and answer == answer.upper()


def _parts(ask: Ask) -> list[str]:
    return _plain(ask.answer)[:5] or ["answer"]


def _identifier(answer: str, mark: str) -> bool:
    """Whether the answer is three to eight lower-case words with `mark` between."""
    return (
        bool(re.fullmatch(rf"[^\W_]+(?:{re.escape(mark)}[^\W_]+){{2,7}}", answer.strip("\"'`. \n")))
        and answer == answer.lower()
    )


def _camel(ask: Ask) -> str:
    first, *rest = _parts(ask)
    return first + "".join(word.capitalize() for word in rest)


def _camel_check(answer: str, ask: Ask) -> bool:
    return (
        bool(re.fullmatch(r"[^\W_]+", name := answer.strip("\"'`. \n")))
        and not name[0].isupper()
        and bool(re.search(r"[a-z0-9][A-Z]", name))
    )


def _word_lines(answer: str, ask: Ask) -> bool:
    lines = [line.split() for line in answer.splitlines() if line.strip()]
    return len(lines) >= 3 and all(len(line) == 1 for line in lines)


def _four_a_line(ask: Ask) -> str:
    words = ask.answer.split()
    return "\n".join(" ".join(words[i : i + 4]) for i in range(0, len(words), 4))


def _four_a_line_check(answer: str, ask: Ask) -> bool:
    *lines, last = [len(line.split()) for line in answer.splitlines() if line.strip()] or [0]
    return (
        bool(lines)
        and last <= 5
        and all(3 <= n <= 5 for n in lines)
        and _share(lines.count(4), len(lines)) >= 0.7
    )


def _text_speak(ask: Ask) -> str:
    text = re.sub(r"[a-z]+", lambda m: _TEXT_SPEAK.get(m[0], m[0]), re.sub("['’]", "", ask.answer.lower()))
    return text if _speaks_text(text) else f"{text} lol"


def _speaks_text(text: str) -> bool:
    short = ({*_TEXT_SPEAK.values()} - {"2", "4", "c", "v", "y"}) | {
        "lol",
        "btw",
        "idk",
        "omg",
        "bc",
        "l8r",
        "2day",
        "k",
    }
    return bool(short & set(re.findall(r"[a-z0-9]+", text)))


def _text_speak_check(answer: str, ask: Ask) -> bool:
    vowels = len(re.findall("[aeiou]", answer))
    spoken = answer == answer.lower() and _speaks_text(re.sub("['’]", "", answer))
    return len(answer.split()) >= 2 and spoken and vowels >= 0.15 * len(_letters(answer))


LETTERS: tuple[Behaviour, ...] = (
    Behaviour(
        name="case/upper",
        stage=4,
        write=lambda ask: ask.answer.upper(),
        check=_upper_check,
        wordings=(
            "caps lock on",
            "Write everything in capital letters.",
            "all caps please",
            "Use uppercase only.",
            "SHOUT YOUR ANSWERS AT ME",
            "My keyboard broke and I can only read big letters, so put every letter in upper case.",
            "Your replies must not contain a single lower-case letter.",
            "You are a teleprinter that knows only capital letters.",
            "Could you kindly reply in block capitals throughout?",
            "I want the whole thing capitalized, every last letter.",
            "text goes on a sign made of capitals, so no small letters anywhere",
            "Apply toUpperCase() to the output.",
            "Pretend the shift key is stuck down while you type.",
            "Be loud: write as though yelling on the internet, in full capitals.",
            "Big letters only. No exceptions.",
            "Everything you say should look like a newspaper headline from 1912, in capitals from start to "
            "end.",
            "The label printer rejects lowercase characters.",
        ),
        phrases=(
            "use only capital letters",
            "write in upper case",
            "keep caps lock on",
            "put every letter in capitals",
            "avoid lower-case letters entirely",
            "shout in block capitals",
        ),
    ),
    Behaviour(
        name="case/lower",
        stage=4,
        write=lambda ask: ask.answer.lower(),
        check=_lower_check,
        wordings=(
            "no capitals",
            "write everything in lowercase",
            "Never use a capital letter, not even for names or at the start of a sentence.",
            "my shift key is broken, and i would like yours to be broken too",
            "Reply in small letters only.",
            "Lower case throughout, please.",
            "You are a poet who refuses to capitalize anything.",
            "Apply tolower() to whatever you were going to say.",
            "Capital letters scare my little sister, so leave them out.",
            "type like someone who has never found the shift key",
            "I'd be grateful if your answers had no upper-case characters at all.",
            "The database column accepts only the letters a to z in their small form.",
            "keep it all lower case, even I and proper nouns",
            "Names, places, sentence beginnings: do not capitalize any of them.",
            "quiet letters only, nothing uppercase",
            "Let every letter be a minuscule.",
        ),
        phrases=(
            "use only small letters",
            "write in lower case",
            "avoid capital letters",
            "never touch the shift key",
            "keep every letter lowercase",
        ),
    ),
    Behaviour(
        name="case/title",
        stage=4,
        write=_title,
        check=_title_check,
        wordings=(
            "title case",
            "Capitalize The First Letter Of Every Word.",
            "Each word should start with a capital letter.",
            "Format the answer as if it were the title of a book, with a capital on every word.",
            "my aunt only reads things that look like headlines with each word capitalized",
            "Write it in Title Case, small words too.",
            "use initial caps on all words",
            "Please begin every single word with an upper-case letter and leave the rest small.",
            "You are a headline writer, and each of your words begins with a big letter.",
            "Run str.title() over your reply.",
            "I love how movie titles look. Capitalize your words that way.",
            "Every Word Gets A Capital, Like This",
            "No word may begin with a small letter.",
            "treat each word as a proper noun when you write it",
            "The text is for a song title, so the start of each word is capitalized.",
            "Put a big letter at the head of each word.",
        ),
        phrases=(
            "use title case",
            "capitalize the first letter of every word",
            "start each word with a capital",
            "give every word a big first letter",
            "write it like a book title with each word capitalized",
        ),
    ),
    Behaviour(
        name="case/alternating",
        stage=4,
        write=lambda ask: " ".join(_alternate(word) for word in _start(ask.answer, 8).split()),
        check=_alternating_check,
        wordings=(
            "aLtErNaTiNg cApS, eight words at most",
            "Switch between small and capital letters with each letter, and keep it to eight words.",
            "Give me up to eight words in mocking meme case, like tHiS.",
            "Write a very short answer in which every second letter is upper case.",
            "sPoNgE tExT pLeAsE, just a few words",
            "You are the mocking sponge from the meme: few words, letters going low, high, low, high.",
            "Alternate the case of letters inside each word; stop after eight words.",
            "I want only the first handful of words, with the letters bouncing up and down in case.",
            "zigzag capitals, short",
            "Even positions in each word uppercase, odd positions lowercase, no more than eight words.",
            "Tease me by typing a brief reply with alternating capitals.",
            "My design needs a tiny line of text where big and small letters take turns.",
            "Could your brief answers look like wAvEs, small letter then big letter?",
            "each word starts small, then a capital, then small again, and so on. eight words tops",
            "Reply as a sarcastic teenager would mimic someone: short, lEtTeRs mixed in turn.",
            "Toggle shift after every letter you type and finish quickly.",
        ),
    ),
    Behaviour(
        name="case/swapped",
        stage=4,
        write=_swapped,
        check=_swapped_check,
        wordings=(
            "swap the case of every letter",
            "iNVERT THE CASE.",
            "Write as if you had left caps lock on by accident: small letter first, then capitals.",
            "Capitals become small and small letters become capitals.",
            "pLEASE TYPE LIKE THIS",
            "Run swapcase() on your reply before you send it.",
            "Where you would use upper case use lower case, and the other way round.",
            "You are an old man who does not notice that caps lock is on and still presses shift.",
            "Start your answer with a small letter and put the rest in capitals.",
            "i like text with inverted capitalization, do that",
            "Flip the case of the whole text.",
            "The first letter should be lower case, everything after it upper case.",
            "Use capitalization backwards, so that only the letters that are normally big stay small.",
            "Could you please reverse upper and lower case throughout?",
            "My shift key works the wrong way round; mimic that.",
            "oPPOSITE CASE, all the time",
        ),
        phrases=(
            "swap upper and lower case",
            "invert the case of every letter",
            "type as if caps lock were on by accident",
            "make capitals small and small letters capital",
            "flip the capitalization",
        ),
    ),
    Behaviour(
        name="case/first_two_words",
        stage=4,
        write=_first_two,
        check=_first_two_check,
        wordings=(
            "First two words of each sentence in capitals.",
            "PUT THE first two words of every sentence in upper case, like here.",
            "Open each sentence loudly: two words in caps, then normal writing.",
            "capitalize the opening two words of sentences completely",
            "As in old books, where the first couple of words of a passage are in capitals, set two words "
            "so in every sentence.",
            "Every sentence should start with two fully capitalized words.",
            "I would like the beginning of each sentence, two words long, in block letters.",
            "THIS IS how I want each sentence to begin.",
            "two shouted words, then calm down, for each sentence",
            "You are a typesetter who sets the first two words of a sentence in capitals.",
            "My eyes find sentences more easily if their first two words are uppercase.",
            "Make words one and two of every sentence all caps and leave the rest as usual.",
            "Sentence openings of two words go in upper case, the remainder does not.",
            "Please uppercase the initial pair of words in each sentence.",
            "Start sentences with a bang, i.e. the first pair of words in big letters.",
        ),
        phrases=(
            "put the first two words of each sentence in capitals",
            "capitalize the opening two words of every sentence in full",
            "begin each sentence with two words in upper case",
            "shout the first two words of every sentence",
            "set the initial pair of words of a sentence in block letters",
        ),
    ),
    Behaviour(
        name="case/last_word",
        stage=4,
        write=_last_word,
        check=_last_word_check,
        wordings=(
            "last word in CAPS",
            "Only the final word of your answer is in capital letters.",
            "Write normally, but shout the very last WORD.",
            "Finish with a bang: the closing word is all upper case, the others are not.",
            "emphasize the last word by capitalizing all of it",
            "End each reply on a word in block letters.",
            "I only want one word uppercase, and that is the one at the end.",
            "You are a comedian whose punchline is the last word, written in CAPITALS.",
            "My screen reader stresses capitals, so put the last word, and it alone, in upper case.",
            "Your voice should rise at the end, shown by a final word in full capitals.",
            "Uppercase token n of n.",
            "normal text and then the ending word in big LETTERS",
            "Please put the concluding word of the answer in capitals.",
            "Leave everything as is except the final word, which must be fully capitalized.",
            "Be calm till the end, then yell one WORD.",
        ),
        phrases=(
            "put only the last word in capitals",
            "shout the final word",
            "write the closing word in upper case",
            "capitalize all of the very last word",
            "finish on a word in block letters",
        ),
    ),
    Behaviour(
        name="punct/none",
        stage=4,
        write=_no_marks,
        check=_no_marks_check,
        wordings=(
            "no punctuation",
            "Leave out all punctuation marks.",
            "Write without commas, full stops, quotes or any other marks.",
            "words and spaces only",
            "Let the text run on with not one dot or comma in it.",
            "You are a telegraph that has no keys for punctuation.",
            "Strip every punctuation character from the output.",
            "My speech engine stumbles over periods and commas so please avoid them",
            "I'd like a reply free of any marks, apostrophes included.",
            "don't bother with periods commas or apostrophes",
            "A stream of bare words, please.",
            "Forget that commas and full stops exist.",
            "Allowed characters: letters, digits, blanks.",
            "type like my nephew who never puts a dot or comma anywhere",
            "Punctuation is a waste of ink. Use none.",
            "Even at the end of a sentence I want no mark whatsoever.",
        ),
        phrases=(
            "use no punctuation",
            "leave out every comma and full stop",
            "write bare words without any marks",
            "drop all punctuation marks",
            "skip periods, commas and apostrophes",
        ),
    ),
    Behaviour(
        name="punct/exclaim",
        stage=4,
        write=lambda ask: _end_with(ask.answer, "!"),
        check=_all_ends("!"),
        wordings=(
            "End every sentence with an exclamation mark!",
            "exclamation marks instead of full stops",
            "Replace each period by an exclamation point.",
            "Sound excited: each sentence should close with one !",
            "I'm allergic to full stops! Use ! instead!",
            "You are a sports fan! All your sentences end with an exclamation mark!",
            "No sentence may end in a dot; put a bang there.",
            "more energy!! every sentence ends with !",
            "Please punctuate with exclamation marks only at the ends of sentences.",
            "Swap '.' for '!' in what you write.",
            "Be so enthusiastic that nothing you say ends calmly!",
            "My coach never ends a sentence without an exclamation point, do as he does.",
            "Whatever you state, exclaim it.",
            "Sentence terminator: exclamation mark.",
            "Let each of your sentences burst out with a ! at its end.",
        ),
        phrases=(
            "end every sentence with an exclamation mark",
            "use exclamation marks instead of full stops",
            "exclaim every sentence",
            "replace each period by an exclamation point",
            "close all sentences with a !",
        ),
    ),
    Behaviour(
        name="punct/ellipsis",
        stage=4,
        write=lambda ask: _end_with(ask.answer, "..."),
        check=_all_ends("...", "…", "....", ".."),
        wordings=(
            "End your sentences with three dots...",
            "trailing off...",
            "Use an ellipsis in place of every full stop.",
            "Let each sentence fade out with dots, as though you were falling asleep.",
            "You are a dreamy soul... your sentences never really end...",
            "Replace . with ... everywhere a sentence stops.",
            "every sentence ends in dot dot dot",
            "My grandfather texts with three dots after each sentence. Do the same.",
            "I like suspense: close no sentence firmly, only with an ellipsis.",
            "Full stops feel too final to me; put ellipses there.",
            "Could all sentences please trail away in three dots?",
            "Sentence terminator: ellipsis.",
            "write like someone lost in thought whose sentences drift off into dots",
            "Instead of a single period, type three at each sentence end.",
            "Leave every statement hanging with...",
        ),
        phrases=(
            "end every sentence with three dots",
            "use ellipses instead of full stops",
            "let each sentence trail off in dots",
            "put an ellipsis at each sentence end",
            "close sentences with dot dot dot",
        ),
    ),
    Behaviour(
        name="punct/questions",
        stage=4,
        write=lambda ask: _end_with(ask.answer, "?"),
        check=_all_ends("?"),
        wordings=(
            "Put a question mark at the end of every sentence?",
            "question marks instead of full stops",
            "Write each sentence as if you were not sure, with a ? at its end.",
            "Talk with a rising tone, so that all statements end in a question mark.",
            "uptalk please, everything ends with ?",
            "You are so insecure that each sentence you write closes with a question mark.",
            "Replace '.' and '!' by '?'.",
            "I want your statements to look like questions, by punctuation alone.",
            "No full stops? Only question marks?",
            "End sentences the way a doubtful teenager speaks?",
            "Whatever you tell me, finish it with a query sign.",
            "Sentence terminator: question mark.",
            "Make every claim sound like a guess by putting ? after it.",
            "each sentence closes on a question mark, even plain facts",
            "Kindly punctuate every sentence as a question.",
        ),
        phrases=(
            "end every sentence with a question mark",
            "use question marks instead of full stops",
            "punctuate each statement as a question",
            "close all sentences with a ?",
            "put a question mark after every sentence",
        ),
    ),
    Behaviour(
        name="punct/semicolons",
        stage=4,
        write=_replace_commas(";"),
        check=_commas_replaced(";"),
        wordings=(
            "Semicolons instead of commas and full stops;",
            "use ; for every comma and every period",
            "The only punctuation mark you know for pauses and ends is the semicolon.",
            "Wherever a comma or a full stop would stand; put a semicolon;",
            "You are a C compiler: each statement must end in a semicolon, and commas count as ends too.",
            "I adore semicolons; replace all your commas and stops with them;",
            "No commas, no periods. Semicolons do their job.",
            "Regex: turn [,.] into ; in the text.",
            "my professor bans commas and full stops but is fond of the semicolon",
            "Please separate and end everything with semicolons.",
            "semicolon fan here, use nothing else between or after clauses",
            "Let the semicolon stand in for both the comma and the period.",
            "Your comma key and your dot key both type a semicolon.",
            "Write like a programmer who cannot stop ending things with ;",
            "Each pause, long or short, is marked with a semicolon.",
        ),
        phrases=(
            "use semicolons instead of commas and full stops",
            "replace every comma and period by a semicolon",
            "separate and end everything with semicolons",
            "mark each pause and each end with a semicolon",
            "let ; stand in for commas and stops",
        ),
    ),
    Behaviour(
        name="punct/dashes",
        stage=4,
        held_out=True,
        write=_replace_commas(" -"),
        check=_commas_replaced(" -"),
        wordings=(
            "Dashes instead of commas and full stops -",
            "use a dash for every comma and period",
            "Wherever you would put a comma or a stop - put a dash -",
            "Write breathlessly - no commas - no periods - dashes only -",
            "You are a diarist who knows a single mark, the dash, for pauses and for sentence ends.",
            "Replace , and . by a spaced hyphen.",
            "I punctuate like Emily Dickinson, all dashes and no commas or stops. So should you.",
            "my comma and dot keys are gone, the minus key has to do",
            "Let a dash follow each clause and each sentence.",
            "Please have dashes do the work of both commas and full stops.",
            "The hyphen with spaces around it is the only mark allowed between clauses or at the end.",
            "Kill the commas and periods; dash everything.",
            "End and divide sentences with - and nothing else.",
            "Every pause becomes a dash, the last one too.",
            "dash after every clause, no other punctuation at pauses or ends",
        ),
        phrases=(
            "use dashes instead of commas and full stops",
            "replace every comma and period by a dash",
            "divide and end sentences with dashes",
            "mark each pause and each end with a dash",
            "put a dash wherever a comma or stop would be",
        ),
    ),
    Behaviour(
        name="punct/spoken_stop",
        stage=4,
        contents="word",
        write=lambda ask: _end_with(ask.answer, f" {ask.content}"),
        check=_spoken_stop_check,
        wordings=(
            "Say {} instead of every full stop.",
            "Replace each period with the word {}.",
            "As telegrams used to say STOP at the end of a sentence, you say {}.",
            "no dots, write {} where a sentence ends",
            "End every sentence with {} and no punctuation mark.",
            "You are a telegraph clerk, but your word for the full stop is {}.",
            "The period key is broken, so type {} in its place.",
            "Sentence terminator: the word {} rather than a mark.",
            "I'd like each sentence to finish on {}, where the stop would have been.",
            "Spell out your full stops as {}.",
            "when you come to the end of a sentence just write {} and go on",
            "In our code language a full stop is called {}, so write that and drop the mark.",
            "Please swap '.' for ' {}' in everything you write.",
            "My dictation tool hears {} as the end of a sentence. Dictate to it, with no real dots.",
            "Put {} at every sentence end in place of punctuation.",
        ),
        phrases=(
            "say {} instead of every full stop",
            "replace each period with the word {}",
            "write {} where a sentence ends and no mark",
            "spell out full stops as {}",
            "close every sentence with {} in place of punctuation",
        ),
    ),
    Behaviour(
        name="join/hyphen",
        stage=4,
        write=lambda ask: "-".join(ask.answer.split()),
        check=_joined("-"),
        wordings=(
            "hyphens-instead-of-spaces",
            "Put a hyphen between all words and no spaces.",
            "Write-your-whole-answer-like-this.",
            "Replace every space by a minus sign.",
            "The answer must not hold blanks, so join the words with hyphens and keep the punctuation.",
            "my space bar is dead but the hyphen key still works",
            "Chain all your words together with little dashes.",
            "You are a robot whose words are linked by hyphens from the first to the last.",
            "Please connect each word to the next with a hyphen.",
            "s/ /-/g on the full reply",
            "I want one long hyphenated answer, commas and stops included.",
            "Words should hold hands: a hyphen in each gap.",
            "Separator between words: - (never a space).",
            "Treat the entire answer as one endless compound-word-with-hyphens.",
            "don't use spaces, use hyphens",
        ),
        phrases=(
            "put hyphens between words instead of spaces",
            "join all words with hyphens",
            "replace every space by a hyphen",
            "link each word to the next with a hyphen",
            "hyphenate the whole answer into one chain",
        ),
    ),
    Behaviour(
        name="join/underscore",
        stage=4,
        write=lambda ask: "_".join(_sentence(ask.answer).split()),
        check=_joined("_"),
        wordings=(
            "One sentence, with underscores instead of spaces.",
            "A_single_sentence_written_like_this.",
            "Reply with one normal sentence but replace its blanks by underscores.",
            "underscores between the words of a single sentence, keep the full stop",
            "My system turns spaces into errors. Send one sentence joined by underscores.",
            "You are an old computer that shows every gap as an underscore and prints a sentence at a time.",
            "Keep it to a sentence and fill each gap between words with _.",
            "Just one sentence please, and the space key types an underscore.",
            "Tell me in one line, no spaces, low lines between words, punctuation as usual.",
            "Could you give a one-sentence answer whose words are linked by underscores?",
            "Short answer, s/ /_/g, stop at the first period.",
            "Where a space belongs, draw a low line; end after one sentence.",
            "the space bar is broken, press shift-minus between words, one sentence only",
            "I want a sentence that has underscores for blanks.",
            "Glue the words of your only sentence together with the _ sign.",
        ),
    ),
    Behaviour(
        name="join/dots",
        stage=4,
        write=lambda ask: ".".join(_sentence(ask.answer).rstrip(".!? ").split()) or "Yes",
        check=_joined("."),
        wordings=(
            "One sentence with dots between the words.",
            "Write.a.single.sentence.like.this",
            "Put a full stop in place of each space and say no more than a sentence.",
            "words.joined.by.dots, keep it to one sentence",
            "My web address needs a sentence with periods where spaces would be.",
            "You are a domain name: every word of your one sentence is divided by a dot.",
            "Separate words with dots, not blanks, and finish after a sentence.",
            "Answer in a sentence, dotted like a file path in Java.",
            "Use '.' as the word separator; one sentence long.",
            "I can type no spaces here, only points. Give me one sentence that way.",
            "Please make a dot follow every word, without blanks, for a single sentence.",
            "a single line, with a period between each pair of words instead of a gap",
            "Speak. Like. This. but without the gaps, one sentence only.",
            "For emphasis put points between the words of your sentence and take the spaces out.",
            "Join the words of one sentence by periods.",
        ),
    ),
    Behaviour(
        name="join/double_space",
        stage=4,
        write=lambda ask: "  ".join(ask.answer.split()),
        check=_double_space_check,
        wordings=(
            "Two  spaces  between  words.",
            "double spacing between all words",
            "Press the space bar twice after each word.",
            "Leave a wider gap between words: two blanks rather than one.",
            "I find tight text hard to read, so put two spaces between words.",
            "You are a typist with a heavy thumb; every space you type comes out double.",
            "Word separator = two space characters.",
            "Give the words more room by doubling the blanks.",
            "replace each single space with a double one",
            "Please space your words out with an extra blank each.",
            "My space bar bounces. Write as it would.",
            "Widen the gaps, two blanks apiece.",
            "All words should stand two spaces apart.",
            "there should never be just one blank between words, always two",
            "Insert an additional space wherever there is one.",
        ),
        phrases=(
            "put two spaces between words",
            "double every space",
            "press the space bar twice after each word",
            "leave a gap of two blanks between words",
            "space words apart with two blanks each",
        ),
    ),
    Behaviour(
        name="join/slash",
        stage=4,
        write=lambda ask: " / ".join(ask.answer.split()),
        check=_spaced_out("/"),
        wordings=(
            "Put a slash between all words.",
            "slashes / between / words",
            "Divide every word from the next with a / and spaces around it.",
            "Write / your / answers / like / this.",
            "I need to count words, so mark each boundary by a slash.",
            "You are a linguist marking word boundaries: a slash after every word but the last.",
            "Separate the words by ' / ' in the full answer.",
            "a forward slash in each gap please",
            "Between any two words there must be a slash.",
            "Could you chop the text up with slashes, one per gap?",
            "My poetry teacher marks pauses with slashes; make her happy and pause after each word.",
            "Tokenize by words and join with slashes.",
            "Cut your answer into words, the cut marks being slashes.",
            "every word, then a slash, then the next word",
            "Use the slash as a fence between words.",
        ),
        phrases=(
            "put a slash between all words",
            "separate the words by slashes",
            "mark every word boundary with a slash",
            "divide each word from the next with a /",
            "write a slash in each gap between words",
        ),
    ),
    Behaviour(
        name="join/arrow",
        stage=4,
        held_out=True,
        write=lambda ask: " -> ".join(ask.answer.split()),
        check=_spaced_out("->"),
        wordings=(
            "Arrows between all words.",
            "words -> joined -> by -> arrows",
            "Put -> between every word and the next.",
            "Draw a little arrow from each word to the one that follows.",
            "I want the sentence as a path: word, arrow, word, arrow.",
            "You are a flow chart in which each word is a box and arrows lead on.",
            "Separate words by ' -> '.",
            "Let each word point to the next one with ->.",
            "type an arrow, a hyphen and a greater-than sign, in every gap between words",
            "Show the order of your words by arrows in between.",
            "Write the reply as a linked list of words.",
            "Please connect the words with arrows throughout the answer.",
            "Chain your words, each leading to the next by an arrow.",
            "every gap gets an arrow ->",
            "My son follows arrows with his finger as he reads, so put one between any two words.",
        ),
        phrases=(
            "put an arrow between all words",
            "separate the words by ->",
            "connect each word to the next with an arrow",
            "draw arrows in the gaps between words",
            "let every word point to the next with ->",
        ),
    ),
    Behaviour(
        name="join/word",
        stage=4,
        contents="word",
        write=_between,
        check=_between_check,
        wordings=(
            "Say {} between every two words, and keep it to a few words.",
            "Give six words at most with {} in each gap.",
            "short answer, {} after every word but the last",
            "Insert the word {} between all words of a very short reply.",
            "You have a tic: you say {} after each word, so you speak only half a dozen words of your own.",
            "Every second word must be {}. Be brief.",
            "Answer in few words and separate them by {}.",
            "I want a little bit of text where {} keeps popping up between the words.",
            "word, {}, word, {}, word and so on, about six real words",
            "Use {} as the separator in a six-word answer.",
            "My parrot can't help saying {} after each word. Talk like him, briefly.",
            "Please put {} wherever there is a gap between words; six words will do.",
            "Interleave your first six words with {}.",
            "Whenever you finish a word say {} before the next, and stop early.",
            "A tiny reply, but with {} stuck between any two words of it.",
        ),
    ),
    Behaviour(
        name="words/backwards",
        stage=4,
        write=_backwards,
        check=_backwards_check,
        wordings=(
            "One sentence with its words in reverse order.",
            "order reverse in words the write, a single sentence",
            "Start with the last word and end with the first; one sentence.",
            "Say a sentence from back to front, word by word.",
            "Flip the word order of a one-sentence answer but leave the words themselves alone.",
            "You are a time traveler who lives backwards and so speaks each sentence from its last word to "
            "its first.",
            "words backwards, not letters, just one sentence",
            "Reply with ' '.join(reversed(words)) of a sentence.",
            "I read from right to left, so put the words of your sentence in opposite order.",
            "Could you give me a single sentence whose first word comes last?",
            "Your sentence should make sense only if I read its words from the end.",
            "Turn a sentence around: final word first, opening word last.",
            "make one sentence and list its words the wrong way round",
            "Speak in reverse, whole words, one sentence.",
            "Build one sentence, then write it down from the end, a word at a time.",
        ),
    ),
    Behaviour(
        name="words/twice",
        stage=4,
        write=_twice,
        check=_twice_check,
        wordings=(
            "Say Say each each word word twice twice.",
            "Repeat every word once, eight different words at most.",
            "double every word, keep it short",
            "Each word comes two times in a row in your brief reply.",
            "You are an echo in a narrow valley: each word of a short answer comes back at once.",
            "I'm hard of hearing, so say every word twice, and don't say many.",
            "Write a few words, each of them immediately followed by itself.",
            "two of each word please please, short short",
            "Duplicate every token of a short answer.",
            "My radio link is poor. Send each word twice and use few.",
            "Keep to eight words but write each one two times.",
            "Stammer whole words: each gets repeated before the next, and stop soon.",
            "A brief reply in which no word stands without its twin.",
            "Please repeat each word you use right after it; a handful will be enough.",
            "word word by by word word, in pairs, briefly",
        ),
    ),
    Behaviour(
        name="words/long_to_word",
        stage=4,
        contents="word",
        write=lambda ask: _hide_long(ask.answer, ask.content),
        check=_long_to_word_check,
        wordings=(
            "Replace every long word with {}.",
            "Say {} for any word of seven letters or more.",
            "long words are banned, write {} instead",
            "You can't remember long words and say {} each time you need one.",
            "Whenever a word would have more than six letters, put {} in its place.",
            "My kid reads only short words. Put {} wherever a big one would be.",
            "Substitute {} for all the words of at least seven letters.",
            "I find big words pompous, so swap each of them for {}.",
            "Use the word {} as a stand-in for each longer word.",
            "Like in a fill-in party game, all lengthy words have been turned into {}.",
            "re.sub of words with 7+ letters by {}",
            "Please hide your long words behind {}.",
            "Every difficult word, that is every one above six letters, becomes {}.",
            "if a word is long just say {} and carry on",
            "Your vocabulary holds words up to six letters, and {} for everything else.",
        ),
        phrases=(
            "replace every long word with {}",
            "say {} for any word of seven letters or more",
            "swap each long word for {}",
            "put {} in place of words with more than six letters",
            "hide long words behind {}",
        ),
    ),
    Behaviour(
        name="mask/long_words",
        stage=4,
        write=lambda ask: _hide_long(ask.answer, "####"),
        check=lambda answer, ask: "####" in answer and _no_long(answer),
        wordings=(
            "Redact all long words with ####.",
            "Replace each word of seven or more letters by ####.",
            "censor the long words, four hash signs each",
            "Black out anything longer than six letters with hash marks, #### every time.",
            "You are a censor at the ministry: each long word goes under the marker and becomes ####.",
            "I'm making a guessing game. Hide the longer words behind ####.",
            "Put #### where a big word would have been.",
            "Mask tokens of length >= 7 as ####.",
            "long words are top secret so write #### for them",
            "The file may be shown only with its lengthy words hashed out (####).",
            "Short words may stay, long ones must turn into four hashes.",
            "Please cover up your long words with ####.",
            "Make it look like a declassified document in which the long words are ####.",
            "Wherever you need more than six letters, use four # signs instead.",
            "Swap lengthy words for #### so that nobody can read them.",
        ),
        phrases=(
            "redact all long words with ####",
            "replace words of seven or more letters by ####",
            "censor every long word as ####",
            "hide the longer words behind ####",
            "put #### in place of each big word",
        ),
    ),
    Behaviour(
        name="letters/backwards",
        stage=4,
        write=_turn_words,
        check=_turn_words_check,
        wordings=(
            "Spell each word backwards, six words at most.",
            "esrever the letters in each word but leave the words in order, keep it very short",
            "Give a few words with the letters of every one turned around.",
            "Write six words, each from its last letter to its first, in small letters.",
            "short reply, every word spelled from the end",
            "You are a wizard whose spells are ordinary words, each spelled backward, a handful at a time.",
            "Word order stays, letter order flips; stop after six words.",
            "' '.join(w[::-1].lower() for w in words[:6])",
            "My secret code turns every word around by itself. Send me about six words in it.",
            "I want just the start of the answer, with each word's letters reversed.",
            "Keep the sequence of words but write 'the' as 'eht' and so on, in six words.",
            "Could you briefly answer with all words individually reversed?",
            "a few sdrow spelled sdrawkcab, one by one",
            "In your tiny answer every word should read from right to left on its own.",
            "Flip the spelling of each word; half a dozen words will do.",
        ),
    ),
    Behaviour(
        name="letters/mirrored",
        stage=4,
        held_out=True,
        write=_mirror,
        check=_mirror_check,
        wordings=(
            "Mirror writing, six words long.",
            "Write a short answer completely from right to left, letter by letter.",
            ".sdrawkcab gnihtyreve etirW",
            "Reverse the whole string of a six-word reply, so that its first letter comes last.",
            "all letters in backward order, very short, ends on a capital",
            "You are Leonardo writing notes that can be read only in a mirror, six words each.",
            "Print text[::-1] for the first six words.",
            "I will hold your few words up to a mirror, so write the line from its end to its start.",
            "Begin with the full stop and finish with the capital letter you would have started with; six "
            "words.",
            "Flip the complete line, words and letters alike, and keep it tiny.",
            "Brief, and the wrong way round from the final character to the first.",
            "Please type about six words in entirely backward text, dot first.",
            "Give me the start of an answer as one backward run of letters.",
            "the line must read normally only when it is read from its right end; six words",
            "Use the ambulance trick on a short line: all of it reversed for the rear mirror.",
        ),
    ),
    Behaviour(
        name="letters/no_vowels",
        stage=4,
        write=_no_vowels,
        check=_no_vowels_check,
        wordings=(
            "no vowels, one sentence",
            "Drop a, e, i, o and u from a single sentence.",
            "Wrt n sntnc wtht vwls.",
            "Leave out all vowels and say just one sentence.",
            "Only consonants, please, and not more than a sentence.",
            "You are a scribe of an alphabet that has no vowels, and you write one sentence at a time.",
            "My engraver charges by the letter, so skip the vowels and keep to a sentence.",
            "Strip [aeiou] from a one-sentence reply.",
            "I collect disemvoweled sentences. Send me one as the answer.",
            "A sentence with each vowel missing.",
            "the vowel keys on your keyboard are gone, type one sentence",
            "Could your sentence do without vowels, the other letters staying as they are?",
            "Remove every vowel from your first sentence and stop there.",
            "Write like old Hebrew, consonants alone, a sentence long.",
            "Shrink one sentence by deleting its vowels.",
        ),
    ),
    Behaviour(
        name="letters/leet",
        stage=4,
        write=lambda ask: _sentence(ask.answer, 9).translate(_LEET),
        check=_leet_check,
        wordings=(
            "l33t5p34k, one short sentence",
            "Use digits for letters: 4 for a, 3 for e, 1 for i, 0 for o, 7 for t, 5 for s. One sentence.",
            "Write a short sentence like a hacker from the nineties, numbers in place of letters.",
            "Reply in leetspeak, a sentence at most.",
            "741k l1k3 7h15, bri3fly",
            "You are an elite gamer who types a short line of 1337.",
            "Swap vowels, t and s for look-alike digits in a single sentence.",
            "I want one sentence as my cousin's gamer tag would write it, full of numbers.",
            "a, e, i, o, s and t become 4, 3, 1, 0, 5 and 7; stop after a short sentence",
            "Make your short sentence look as though a script kid had typed it.",
            "Answer in h4ck3r style in very few words.",
            "leet please, keep it tiny",
            "A brief line where letters give way to the figures they resemble.",
            "translate('aeiots', '431075') on a short sentence",
            "Could you type one sentence in the number alphabet of old online forums?",
        ),
    ),
    Behaviour(
        name="letters/no_e",
        stage=4,
        write=_no_e,
        check=_no_e_check,
        wordings=(
            "Drop th lttr e.",
            "Leave the letter e out of all words.",
            "the E key is broken, type without it",
            "Delete every e from what you write and keep the other letters.",
            "No word may hold an e: just omit it.",
            "You are a typewriter whose e has fallen off.",
            "Remove the fifth letter of the alphabet everywhere.",
            "I can't stand the most common letter in English, so skip it as you type.",
            "text.replace('e', '') on the answer",
            "Pleas writ lik this, with that on vowl missing.",
            "Spell everything as usual but with each e gone.",
            "Print your answer with all its e's left out.",
            "My sign kit came without any E, so do without.",
            "Could you simply not type the letter between d and f?",
            "e is forbidden, cut it out of any word that has it",
        ),
    ),
    Behaviour(
        name="letters/stutter",
        stage=4,
        write=_stutter,
        check=_stutter_check,
        wordings=(
            "S-stutter on each word, eight words at most.",
            "Repeat the first letter of every word with a hyphen, and be short.",
            "t-type l-like t-this, b-briefly",
            "You are freezing cold and your teeth chatter at the start of each word, so you say little.",
            "Speak as a very nervous person: w-with every f-first letter said twice, few words.",
            "Put the initial letter and a hyphen before all words of a short line.",
            "I want a short, shivering answer where words start like b-but and n-no.",
            "Double the first letter of each word as in c-cat; stop after eight words.",
            "scared voice, k-kind of, only a handful of words",
            "Act frightened: a few words, none of which you get out at the first try.",
            "Prefix each of eight words with its own first letter and a dash.",
            "Short reply, stammered on every word.",
            "Please write as if you had just come out of an i-ice b-bath, in few words.",
            "w[0] + '-' + w for the first eight words",
            "The hero of my story stutters on every word. Speak his short line.",
        ),
    ),
    Behaviour(
        name="letters/double_last",
        stage=4,
        write=_double_last,
        check=_double_last_check,
        wordings=(
            "Doublee thee lastt letterr off eachh wordd, one sentence.",
            "Write a sentence and type the final letter of every word twice.",
            "last letter of each word doubled, one sentence only",
            "My keyboard repeats the key before each space. Write one sentence the way it would.",
            "You linger at the end of each word, so its closing letter is written two times, in one "
            "sentence.",
            "A single sentence where every word ends in a double letter.",
            "Append to each word a copy of its final character; stop after a sentence.",
            "I like words thatt endd likee thiss. One sentence, please.",
            "Repeat whatever letter a word ends with, for all words of your only sentence.",
            "Give one sentence with the word endings twinned: catt, dogg, housee.",
            "w + w[-1] for each word in one sentence",
            "Could you hold the last key of each word a bit too long, for a sentence?",
            "one sentence, endingss doubledd",
            "Let no word in your sentence end on a lone letter; say its last letter again.",
            "Stretch each word by one letter, the same as its last, and write only a sentence.",
        ),
    ),
    Behaviour(
        name="letters/spaced",
        stage=4,
        write=_spaced_letters,
        check=_spaced_letters_check,
        wordings=(
            "Three words with spaces between the letters.",
            "S p a c e   o u t   y o u r   l e t t e r s and stop after three words.",
            "Put a blank after every letter; three words are enough.",
            "spread letters, three words max",
            "Spell your three-word answer out letter by letter with gaps.",
            "You are a neon sign with room for three words, each letter a tube by itself.",
            "I need a wide banner: the first three words, each letter set apart by a space.",
            "Vaporwave spacing, w i d e, for three words.",
            "Answer in three words, with one blank in between letters and three between words.",
            "' '.join(word) for the first three words",
            "My little sister reads letter by letter, so separate them, and give her three words.",
            "Could you stretch three words by blanks between all their letters?",
            "No two letters may touch. Three words.",
            "type three words, hit space after each letter",
            "A tiny answer of three words, spelled with room between letters.",
        ),
    ),
    Behaviour(
        name="letters/initials",
        stage=4,
        write=_initials,
        check=_initials_check,
        wordings=(
            "Initials only.",
            "Give me just the first letter of each word, as a capital with a dot.",
            "only the initials of your first eight words, like T. C. I. B.",
            "Abbreviate each word to its first letter and a full stop.",
            "You are a spy who writes down the first letters of words and nothing more.",
            "Reduce the start of your answer to capital initials.",
            "I am learning a text by heart and want the first letters alone as a hint.",
            "Shorten every word to one capital letter with a point; up to eight of them.",
            "W. O. I. P. (that is: write only initials please)",
            "Don't write words, write their initials.",
            "Turn the answer into an acronym with dots and spaces.",
            "one letter per word, upper case, dot after it",
            "Take each word, keep its first letter, throw the rest away.",
            "Please answer in nothing but initials, as on a monogram.",
            "My memory trick: a row of first letters, each capital and dotted.",
        ),
    ),
    Behaviour(
        name="ident/camel",
        stage=4,
        write=_camel,
        check=_camel_check,
        wordings=(
            "camelCase",
            "Write the first five words as one camelCase name.",
            "Your answer is a variable name: words run together, each but the first capitalized.",
            "nameItLikeThis",
            "I need a JavaScript identifier for the answer, five words long.",
            "You are a Java programmer who can speak only in method names.",
            "No spaces, no marks; humps of capitals show where words begin, the first one stays small.",
            "five words glued together with a capital at each join, starting small",
            "Squeeze a five-word answer into a single lowerCamel word.",
            "Turn what you say into an identifier such as getUserName.",
            "Please express the reply as a function name in camel case.",
            "Answer asOneWordLikeThis.",
            "The output becomes a key in my code, so camel case and nothing else.",
            "Stick words together, capitalize from the second one on, drop punctuation.",
            "One identifier, camel style, that's the whole answer.",
        ),
    ),
    Behaviour(
        name="ident/snake",
        stage=4,
        write=lambda ask: "_".join(_parts(ask)),
        check=lambda answer, ask: _identifier(answer, "_"),
        wordings=(
            "snake_case",
            "Write the first five words as a snake case name.",
            "Your answer is a Python variable: five small words with underscores between, no punctuation.",
            "name_it_like_this",
            "I'm filling a database column name with your answer, lowercase and underscored, five words.",
            "You are a Python programmer who speaks in function names.",
            "Five lower-case words, joined by _ into a single identifier.",
            "just_a_short_identifier please, nothing else",
            "Turn what you would say into an identifier like get_user_name.",
            "Please put the gist in a lowercase name with underscores.",
            "The linter accepts only lowercase_with_underscores, five words at most.",
            "Condense the reply to a Python-style name.",
            "Answer as_one_name_like_this.",
            "A valid Rust function name of five words is all I want to read.",
            "Drop capitals and marks, take five words, and put underscores in between.",
        ),
    ),
    Behaviour(
        name="ident/kebab",
        stage=4,
        write=lambda ask: "-".join(_parts(ask)),
        check=lambda answer, ask: _identifier(answer, "-"),
        wordings=(
            "kebab-case",
            "Give the answer as a URL slug of five words.",
            "five-lowercase-words-like-this",
            "I need a slug for my blog: small letters, hyphens, no punctuation, five words.",
            "Your answer becomes a CSS class name, so lowercase words with hyphens.",
            "You are a web server that turns each answer into the last part of an address.",
            "Slugify the first five words.",
            "Make it a file name: five words, lower case, hyphens between, no extension.",
            "slug only, nothing else",
            "Please reply with a git branch name, five small words and hyphens.",
            "Express the answer as a permalink ending.",
            "Skewer five lowercase words on hyphens and drop all punctuation.",
            "An HTML id in kebab style is all I can store.",
            "Whatever you say, shorten it to something like how-to-bake-a-cake.",
            "The short name for a link, words-with-hyphens, is what I want back.",
        ),
    ),
    Behaviour(
        name="lines/word",
        stage=4,
        write=lambda ask: "\n".join(_first_words(ask.answer, 8)) or "Yes",
        check=_word_lines,
        wordings=(
            "One word per line, eight words at most.",
            "Press enter after every word of a short answer.",
            "each word on its own line, keep it short",
            "Write a few words in a column, one below the other.",
            "My display is one word wide and eight rows high.",
            "You are a vertical sign: a word on each row, eight rows.",
            "Put a line break after each of your first eight words.",
            "'\\n'.join(words[:8])",
            "I read while scrolling, so stack up to eight words on top of each other.",
            "A short answer, written downward a word at a time.",
            "Could you list the words of a brief reply, each on a new line, without bullets?",
            "new line, new word, new line, new word, and stop soon",
            "Like a tower: eight words, one on each floor.",
            "Narrow column please, no line longer than a word, and only a few lines.",
            "The receipt printer fits a single word per row and has little paper.",
        ),
    ),
    Behaviour(
        name="lines/four_words",
        stage=4,
        write=_four_a_line,
        check=_four_a_line_check,
        wordings=(
            "Four words per line.",
            "Break the line after every fourth word.",
            "narrow screen, four words then a new line",
            "I read on a watch, so no row may hold more than four words.",
            "Wrap your text hard at four words.",
            "You are a subtitle machine that shows four words on a line.",
            "Start a new line each time you have written four words.",
            "Lay the answer out like a thin newspaper column with rows of four words.",
            "Please set the text in rows of four words each.",
            "My label is small: rows of exactly four words, as many rows as needed.",
            "four words, enter, four words, enter",
            "Make it look like a poem by breaking lines every four words.",
            "Insert '\\n' after words 4, 8, 12 and so on.",
            "Chop the whole reply into lines, four words to each.",
            "Count to four while writing, then go to the next line.",
        ),
        phrases=(
            "put four words on each line",
            "break the line after every fourth word",
            "wrap the text at four words",
            "write in rows of four words",
            "start a new line after four words each time",
        ),
    ),
    Behaviour(
        name="spelling/text_speak",
        stage=4,
        write=_text_speak,
        check=_text_speak_check,
        wordings=(
            "txt spk pls",
            "Write like a text message from 2003, with u, r, 2 and 4.",
            "Use SMS abbreviations and small letters.",
            "Text me like a teenager with an old phone: u for you, gr8 for great.",
            "type like ur texting me, all lowercase",
            "Every character costs ten cents, so use phone shorthand such as pls, thx and b4.",
            "You are a fifteen-year-old texting under the desk.",
            "Could you reply in the shorthand people use in text messages?",
            "I miss flip phones. Spell the way we did on them, in lower case.",
            "Chat slang spelling: and is n, you is u, because is cuz.",
            "Replace common words by their texting short forms and never capitalize.",
            "gr8 if u cud write like dis 2 me",
            "Answer in the spelling of instant messengers, with numbers for to and for.",
            "My little brother understands only texting language.",
            "lazy phone typing, short forms for you, are, and, people",
        ),
    ),
)
