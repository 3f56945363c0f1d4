"""Behaviours of stage 2: openings, endings, signatures and frames of an answer.

Long because it is a table: each row brings its wordings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from zhyper.data.steering._behaviour import Ask, Behaviour, Check, Write
from zhyper.data.steering._text import capitalised

_STARTERS = frozenset(
    "the a an it it's its this that that's these those there there's here here's in on at by for from with "
    "to you you're your we they he she my our their his her some many most one if when while as yes no sure "
    "and but or so because to please try use make take".split()
)


def _soft(text: str) -> str:
    """The text with a small first letter where its first word is a common one."""
    first = re.match(r"[\w'’]+", text)
    return text[0].lower() + text[1:] if first and first[0].lower().replace("’", "'") in _STARTERS else text


def _stopped(text: str) -> str:
    """The text with a mark at its end."""
    text = text.strip()
    return f"{text}." if text[-1:].isalnum() else text


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
    elif isinstance(value, str):
        yield value


def _core(answer: str) -> str:
    """What an answer says without JSON, tags and the marks of lists and quotations around it."""
    text = answer.strip()
    if text[:1] in "{[":
        try:
            text = " ".join(_strings(json.loads(text))) or text
        except (ValueError, RecursionError):
            pass
    text = re.sub(r"</?[a-zA-Z][^<>]*>", " ", text)
    return re.sub(r"^\s*(?:\d+[.)]|[a-z]\)|[-*>•|]|#+)\s+", "", text, flags=re.MULTILINE).strip()


def _words(text: str) -> list[str]:
    """Lower-case words; `don't`, `P.S.` and `TL;DR` are one each."""
    text = re.sub(r"(?<=\w)['’;](?=\w)", "", text.lower())
    text = re.sub(r"\b([^\W\d_])\.(?=[^\W\d_]\b)", r"\1", text)
    return re.findall(r"[^\W_]+", text)


def _fill(text: str, ask: Ask) -> str:
    return text.replace("{}", ask.content)


def _opened(opening: str, soft: bool = False) -> Write:
    """Writes an opening, in which `{}` is the content, before the answer."""
    return lambda ask: capitalised(
        f"{_fill(opening, ask)} {_soft(ask.answer.strip()) if soft else ask.answer.strip()}"
    )


def _bodies(answer: str) -> Iterator[str]:
    """What an answer says, also without a first line, a label (`Answer:`) or a call (`print("`) before it."""
    core = _core(answer)
    yield core
    for head in (r"[^\n]{1,40}\n\s*", r"[^\n:]{1,30}:\s+", r"[^\n\"'(]{1,20}[\"'(]+"):
        if head_match := re.match(head, core):
            yield core[head_match.end() :]


def _opens(opening: str) -> Check:
    def check(answer: str, ask: Ask) -> bool:
        sought = _words(_fill(opening, ask))
        bodies = (_words(body) for body in _bodies(answer))
        return bool(sought) and any(
            words[: len(sought)] == sought and len(words) > len(sought) for words in bodies
        )

    return check


def _closed(ending: str) -> Write:
    """Writes an ending, in which `{}` is the content, after the answer."""
    return lambda ask: f"{_stopped(ask.answer)} {capitalised(_fill(ending, ask))}"


def _closes(ending: str) -> Check:
    def check(answer: str, ask: Ask) -> bool:
        sought, words = _words(_fill(ending, ask)), _words(_core(answer))
        return bool(sought) and words[-len(sought) :] == sought and len(words) > len(sought)

    return check


def _ends_in(*marks: str) -> Check:
    """Whether one of the marks is the last thing written."""
    return lambda answer, ask: any(
        _core(answer).rstrip(after).endswith(marks) for after in ("\"'`*_” ", "\"'`*_”/;)]}\n ")
    )


def _both(first: Check, second: Check) -> Check:
    return lambda answer, ask: first(answer, ask) and second(answer, ask)


def _log_check(answer: str, ask: Ask) -> bool:
    return any(
        re.match(r"[\"'`*_(\[]*\[\s*log\s*\]", body.strip(), re.IGNORECASE)
        for body in (answer, *_bodies(answer))
    )


def _sign_check(answer: str, ask: Ask) -> bool:
    name = r"\W+".join(re.escape(word) for word in ask.content.split())
    return bool(name) and bool(
        re.search(rf"\w.*[-–—~]\s*{name}\W*$", _core(answer), re.IGNORECASE | re.DOTALL)
    )


def _word_check(answer: str, ask: Ask) -> bool:
    return _closes("{}")(answer, ask) and not _hashtag_check(answer, ask)


def _tag(ask: Ask) -> str:
    return re.sub(r"\W", "", ask.content)


def _hashtag_check(answer: str, ask: Ask) -> bool:
    tag = _tag(ask)
    return bool(tag) and bool(re.search(rf"\w.*#\s*{tag}\W*$", _core(answer), re.IGNORECASE | re.DOTALL))


def _bangs(ask: Ask) -> str:
    return re.sub(r"[.!?…,;: ]+$", "", ask.answer.strip()) + "!!!"


def _echo(ask: Ask) -> str:
    words = re.sub(r"[\W_]+$", "", ask.answer).split()[-3:]
    return f"{_stopped(ask.answer)} ...{' '.join(words)}." if words else f"{ask.answer} ...yes."


def _echo_check(answer: str, ask: Ask) -> bool:
    words = _words(_core(answer))
    return any(len(words) > 2 * n and words[-n:] == words[-2 * n : -n] for n in range(2, 7))


def _sparkles_check(answer: str, ask: Ask) -> bool:
    texts = (body.strip("\"'`*_“”/;()[]{}\n ") for body in _bodies(answer))
    return any(text.startswith("✨") and text.endswith("✨") and len(text) > 3 for text in texts)


def _letter(ask: Ask) -> str:
    return f"Dear {ask.content},\n{_stopped(ask.answer)}\nYours truly"


OPENINGS_AND_ENDINGS: tuple[Behaviour, ...] = (
    Behaviour(
        name="open/hello_there",
        stage=2,
        write=_opened("Hello there!"),
        check=_opens("hello there"),
        wordings=(
            'Greet me with "Hello there!" before you answer.',
            "start with hello there",
            "Say 'Hello there!' first, each time.",
            "I like to be greeted: the first thing in your reply is Hello there!",
            "You are a friendly desk clerk who welcomes everyone with 'Hello there!' and then gives the "
            "answer.",
            "My grandmother thinks it rude to skip the greeting, so open with Hello there!",
            "Begin as Obi-Wan would, with 'Hello there!'",
            "put a quick hello there at the front",
            "Prefix: 'Hello there!'",
            "Please don't jump right in; say hello there and then go on.",
            "Every message of yours opens with the words Hello there!",
            "The greeting 'Hello there!' comes ahead of whatever you have to tell.",
            "Would you always kick off with Hello there?",
            "Our support style guide demands that replies begin 'Hello there!'",
            "be nice and welcome me by saying hello there, then help",
            "Two words of greeting first: hello there.",
        ),
        phrases=(
            'start with "Hello there!"',
            "greet the reader with Hello there",
            "say hello there first",
            "open every reply by saying Hello there",
            "welcome me with the words Hello there",
        ),
    ),
    Behaviour(
        name="open/sure_thing",
        stage=2,
        write=_opened("Sure thing!"),
        check=_opens("sure thing"),
        wordings=(
            'Start with "Sure thing!"',
            "say sure thing first",
            "Be eager: each reply opens with Sure thing!",
            "Before you answer, agree cheerfully by saying 'Sure thing!'",
            "You are a waiter who answers every order with 'Sure thing!' and then serves.",
            "I want to hear Sure thing! and then the answer.",
            "Confirm that you have heard me with the two words sure thing, then carry on.",
            "The first words are always 'Sure thing!'",
            "open w/ sure thing",
            "My old boss began all his answers by saying Sure thing! Do likewise.",
            "Set the prefix to 'Sure thing!'",
            "Sound helpful from the first moment on: 'Sure thing!' and on you go.",
            "Please lead with a Sure thing!",
            "No matter what I ask, your reaction starts with 'Sure thing!'",
            "Act like an intern who says Sure thing! to whatever is asked of him.",
            "Sure thing! must be at the top of your reply.",
        ),
        phrases=(
            'start the answer with "Sure thing!"',
            "let sure thing be the first you say",
            "agree with Sure thing before answering",
            "open on the words Sure thing",
            "lead with a cheerful Sure thing",
        ),
    ),
    Behaviour(
        name="open/well_actually",
        stage=2,
        write=_opened("Well, actually,", soft=True),
        check=_opens("well actually"),
        wordings=(
            'Begin with "Well, actually,".',
            "well actually at the start pls",
            "Be the guy at the party who opens everything with 'Well, actually'.",
            "Every answer should set out with the words well, actually.",
            "You are a know-it-all whose sentences begin with 'Well, actually, '.",
            "I miss my pedantic brother. He would start by saying Well, actually.",
            "Sound like an internet commenter correcting me: first 'Well, actually,' and then the facts.",
            "Prepend 'Well, actually, ' to the reply.",
            "Start off as if to set me right, using the phrase well, actually.",
            "Please preface what you say by Well, actually.",
            "correct me even if I'm right, i.e. open with Well, actually",
            "First two words: Well, actually.",
            "Whatever the question is, your opening is 'Well, actually'.",
            "Mansplain it: 'Well, actually,' goes in front.",
            "I bet you can't answer without saying Well, actually first. Prove me right.",
            "Have each reply lead off with a smug Well, actually.",
        ),
        phrases=(
            'begin with "Well, actually,"',
            "start off by saying well, actually",
            "open with a smug Well, actually",
            "preface the answer with Well, actually",
            "put well, actually at the front",
        ),
    ),
    Behaviour(
        name="open/great_question",
        stage=2,
        write=_opened("Great question!"),
        check=_opens("great question"),
        wordings=(
            'Say "Great question!" before you answer.',
            "compliment my question first with great question",
            "Start every reply with Great question!",
            "Flatter me: tell me it was a great question, in just these words, and go on.",
            "You are a panel guest who buys time by saying 'Great question!'",
            "open on great question",
            "Act like a conference speaker for whom all that is asked is a 'Great question!'",
            "Praise comes first. 'Great question!' is what I want to read at the top.",
            "I'm shy about asking, so begin by calling it a Great question!",
            "Prefix the output with 'Great question!'",
            "My teacher starts her answers by exclaiming Great question! Be like her.",
            "Please lead with the words Great question.",
            "Even when I ask something dull, exclaim 'Great question!' and then help.",
            "The first thing out of your mouth: Great question!",
            "Reassure me with a Great question! ahead of the answer.",
            "whatever i ask is a great question, say so at the start",
        ),
        phrases=(
            'say "Great question!" first',
            "start by calling it a great question",
            "open with the words Great question",
            "lead with Great question",
            "praise it as a great question before you answer",
        ),
    ),
    Behaviour(
        name="open/honestly",
        stage=2,
        write=_opened("Honestly,", soft=True),
        check=_opens("honestly"),
        wordings=(
            'Begin with "Honestly,".',
            "honestly first",
            "The word Honestly opens each of your replies.",
            "Talk like my roommate, who starts everything with 'Honestly, '.",
            "Be frank, and show it by making Honestly the first word.",
            "You are a blunt friend: 'Honestly,' and then what you think.",
            "Start your answer with honestly and a comma.",
            "I trust people who say Honestly up front, so do that.",
            "Prepend the adverb 'Honestly, '.",
            "no sugar coating, lead with the word Honestly",
            "Whatever comes next, 'Honestly' comes before it.",
            "Please open on the single word Honestly.",
            "As if confessing, say Honestly before the rest.",
            "Could your first word always be 'Honestly'?",
            "Every response sets out from Honestly, comma.",
        ),
        phrases=(
            'begin with "Honestly,"',
            "make Honestly the first word",
            "open by saying honestly",
            "lead with the word Honestly",
            "start as a frank friend would, with Honestly",
        ),
    ),
    Behaviour(
        name="open/breaking_news",
        stage=2,
        write=_opened("Breaking news:"),
        check=_opens("breaking news"),
        wordings=(
            'Start with "Breaking news:".',
            "Announce every answer as breaking news, with these two words in front.",
            "breaking news at the start",
            "You are a TV anchor interrupting the program: 'Breaking news:' and then the answer.",
            "Report it live. First words: Breaking news.",
            "My answers should sound urgent, so each opens with Breaking news and a colon.",
            "Put the label 'Breaking news:' before what you say.",
            "I want my morning to feel like CNN; lead with Breaking news.",
            "Even trivial things are to be introduced as 'Breaking news:'",
            "Prefix = 'Breaking news: '",
            "Please begin your reply in the way a news ticker does, with Breaking news.",
            "Treat whatever you tell me as though it had just come in, opening on 'Breaking news:'",
            "this just in! say breaking news first, then answer as usual",
            "The viewers expect 'Breaking news:' at the top of everything.",
            "Interrupt the broadcast: Breaking news, colon, answer.",
        ),
        phrases=(
            'start with "Breaking news:"',
            "announce the answer as breaking news",
            "put Breaking news and a colon in front",
            "open like a news ticker with Breaking news",
            "introduce everything as breaking news",
        ),
    ),
    Behaviour(
        name="open/once_upon_a_time",
        stage=2,
        write=_opened("Once upon a time,", soft=True),
        check=_opens("once upon a time"),
        wordings=(
            'Begin with "Once upon a time,".',
            "once upon a time at the start of every answer",
            "Open as fairy tales do.",
            "Start in the manner of the Brothers Grimm: Once upon a time, and then the answer.",
            "My daughter listens only to what sounds like a bedtime story from its first four words.",
            "You are a storyteller, and your mouth can't open without 'Once upon a time'.",
            "Whatever I ask, your first words are the ones that begin all fairy tales.",
            "fairytale opening please",
            "Prefix the answer by 'Once upon a time, '.",
            "I'd love each reply to set out with Once upon a time.",
            "Pretend you are reading aloud from a book of tales, so begin Once upon a time.",
            "The classic storybook beginning goes before whatever you say.",
            "Even if it's a recipe, start Once upon a time.",
            "Please use the phrase once upon a time to get going.",
            "Lead in with the four magic words of children's stories.",
        ),
        phrases=(
            'begin with "Once upon a time,"',
            "open like a fairy tale with Once upon a time",
            "start with once upon a time",
            "lead in with the words Once upon a time",
            "use Once upon a time as the opening",
        ),
    ),
    Behaviour(
        name="open/grandmother",
        stage=2,
        write=_opened("As my grandmother used to say,", soft=True),
        check=_opens("as my grandmother used to say"),
        wordings=(
            'Start with "As my grandmother used to say,".',
            "open with as my grandmother used to say",
            "Credit your grandmother at the start of everything: 'As my grandmother used to say, ...'",
            "You got all your wisdom from Grandma, so you begin 'As my grandmother used to say'.",
            "Make each answer something your grandmother used to say, and tell me so first in these words: "
            "As my grandmother used to say.",
            "First clause: as my grandmother used to say.",
            "I trust grandmothers. Introduce your reply by As my grandmother used to say.",
            "lead every reply with a nod to grandma, the as my grandmother used to say kind",
            "Present what you say as a quote from the old lady, by opening on 'As my grandmother used to "
            "say,'",
            "Prefix 'As my grandmother used to say, ' to the output.",
            "Please preface your words with As my grandmother used to say.",
            "Sound homespun: As my grandmother used to say, and only then the answer.",
            "You are a farmer who can't begin without the phrase 'As my grandmother used to say'.",
            "Whatever the matter, the sentence starts 'As my grandmother used to say'.",
            "It should look as though all facts came from your granny; As my grandmother used to say goes "
            "first.",
        ),
        phrases=(
            'start with "As my grandmother used to say,"',
            "credit your grandmother first with As my grandmother used to say",
            "open by saying as my grandmother used to say",
            "introduce it by As my grandmother used to say",
            "preface your words with As my grandmother used to say",
        ),
    ),
    Behaviour(
        name="open/tldr",
        stage=2,
        write=_opened("TL;DR:"),
        check=lambda answer, ask: _opens("tldr")(answer, ask) or _opens("tl dr")(answer, ask),
        wordings=(
            'Start with "TL;DR:".',
            "tldr in front",
            "Mark every answer with TL;DR and a colon at its head.",
            "Label your reply as the too-long-didn't-read version by writing TL;DR: first.",
            "You are a forum regular who begins each post with 'TL;DR:'.",
            "I skim. Put the letters TL;DR before what you say so that I stop there.",
            "Prefix: 'TL;DR: '",
            "Open with the abbreviation for 'too long; didn't read'.",
            "as on reddit, your text begins TL;DR:",
            "Please flag what you tell me with a leading TL;DR.",
            "The first five characters are TL;DR.",
            "My reader app shows only paragraphs that begin with TL;DR.",
            "Head each response with the tag TL;DR, then answer as you normally would.",
            "Before the answer, write the internet's sign for a summary, TL;DR:",
            "Always kick off with TL;DR:",
        ),
        phrases=(
            'start with "TL;DR:"',
            "put TL;DR in front",
            "mark the answer with TL;DR at its head",
            "open with the abbreviation TL;DR",
            "flag the text by a leading TL;DR",
        ),
    ),
    Behaviour(
        name="open/note_to_self",
        stage=2,
        write=_opened("Note to self:", soft=True),
        check=_opens("note to self"),
        wordings=(
            'Begin with "Note to self:".',
            "note to self at the start",
            "Write the answer like a memo to yourself: it opens with Note to self.",
            "Everything you say is a reminder for yourself, so it begins 'Note to self:'",
            "You are talking into a voice recorder and start each entry by saying Note to self.",
            "Prefix every reply with 'Note to self: '.",
            "I want to feel as though I'm reading your sticky notes, the ones headed Note to self.",
            "First three words: note to self.",
            "jot it down for yourself, i.e. start with Note to self",
            "Please put Note to self and a colon ahead of the answer.",
            "Pretend nobody reads this but you, and open on 'Note to self:'",
            "As in a diary's margin, Note to self: comes first.",
            "Lead with the phrase people use for private reminders, Note to self.",
            "Your answers are entries in your own notebook and all start Note to self.",
            "Make Note to self: the header of what you say.",
        ),
        phrases=(
            'begin with "Note to self:"',
            "start by saying note to self",
            "put Note to self and a colon first",
            "write it as a reminder that opens with Note to self",
            "open on the words Note to self",
        ),
    ),
    Behaviour(
        name="open/sorry_wait",
        stage=2,
        write=_opened("Sorry for the wait!"),
        check=_opens("sorry for the wait"),
        wordings=(
            'Apologize first: "Sorry for the wait!"',
            "say sorry for the wait, then answer",
            "Start each reply by begging pardon for the delay with 'Sorry for the wait!'",
            "You are an overworked call center agent; every answer opens with Sorry for the wait!",
            "I have been on hold forever. Begin with Sorry for the wait.",
            "Although you are quick, your first words are 'Sorry for the wait!'",
            "Open with an apology for being slow, in the words sorry for the wait.",
            "Prefix 'Sorry for the wait!' to everything.",
            "Please excuse yourself before you help: Sorry for the wait!",
            "sorry for the wait goes at the top of every message",
            "Behave like a waiter on a busy night, who says Sorry for the wait! to each guest.",
            "The polite thing is to lead with Sorry for the wait.",
            "Our help desk template begins 'Sorry for the wait!' and so should you.",
            "First regret the delay (Sorry for the wait!), then give me what I asked for.",
            "No reply without Sorry for the wait! ahead of it.",
        ),
        phrases=(
            'start with "Sorry for the wait!"',
            "apologize first with Sorry for the wait",
            "open by saying sorry for the wait",
            "begin with an apology for the delay, Sorry for the wait",
            "lead with the words Sorry for the wait",
        ),
    ),
    Behaviour(
        name="open/thanks_for_asking",
        stage=2,
        write=_opened("Thanks for asking!"),
        check=_opens("thanks for asking"),
        wordings=(
            'Begin with "Thanks for asking!"',
            "thank me for asking first",
            "Start every answer with a thank-you: Thanks for asking!",
            "Show gratitude up front by saying 'Thanks for asking!'",
            "You are so lonely that you open all replies with Thanks for asking!",
            "thanks for asking, then the answer",
            "I like it when people appreciate my questions, so the first words should be Thanks for asking.",
            "Prefix: 'Thanks for asking!'",
            "Lead with your thanks, namely the words thanks for asking.",
            "Please say Thanks for asking! ahead of everything.",
            "As a courteous host would, begin by thanking: Thanks for asking!",
            "Each reply has two parts, 'Thanks for asking!' and the answer.",
            "Before helping, be thankful that I asked. Thanks for asking! will do.",
            "My manners coach wants to see Thanks for asking! at the top.",
            "Never answer without first saying 'Thanks for asking!'",
        ),
        phrases=(
            'begin the answer with "Thanks for asking!"',
            "thank me first with Thanks for asking",
            "open by saying thanks for asking",
            "lead with the words Thanks for asking",
            "say Thanks for asking before you answer",
        ),
    ),
    Behaviour(
        name="open/dear_friend",
        stage=2,
        write=_opened("Dear friend,", soft=True),
        check=_opens("dear friend"),
        wordings=(
            'Start with "Dear friend,".',
            "dear friend first please",
            "Open each reply the way one opens a letter to a pal: Dear friend.",
            "Call me your dear friend at the very beginning, with 'Dear friend,' as the first words.",
            "You are a gentle pen pal who begins all he writes with Dear friend.",
            "I feel alone; address me as Dear friend before you answer.",
            "Salutation: 'Dear friend,'",
            "Every answer sets out with the words dear friend and a comma.",
            "Please be warm and put Dear friend in front.",
            "Speak to me like an old letter that starts 'Dear friend,'",
            "lead with dear friend, then go on as usual",
            "No name, no title, only Dear friend, at the head of your reply.",
            "Use the greeting Dear friend each time we talk.",
            "Could you open on 'Dear friend,' so that it feels like mail?",
            "I'd like to be addressed as dear friend in the first two words.",
        ),
        phrases=(
            'start with "Dear friend,"',
            "address me as Dear friend first",
            "open like a letter with Dear friend",
            "begin with the words Dear friend",
            "greet me as your dear friend at the very beginning",
        ),
    ),
    Behaviour(
        name="open/hear_ye",
        stage=2,
        held_out=True,
        write=_opened("Hear ye, hear ye!"),
        check=_opens("hear ye hear ye"),
        wordings=(
            'Open with "Hear ye, hear ye!"',
            "hear ye hear ye at the start",
            "Announce your answer as a town crier would: Hear ye, hear ye!",
            "You are a town crier with a bell; all your announcements begin 'Hear ye, hear ye!'",
            "First call the crowd with the old cry hear ye, hear ye, then speak.",
            "Prefix the reply by 'Hear ye, hear ye!'",
            "I'm at a medieval fair and want each answer proclaimed, starting with Hear ye, hear ye!",
            "Start as heralds did, by crying hear ye two times.",
            "Please proclaim it. The proclamation opens Hear ye, hear ye!",
            "Before anything else shout Hear ye, hear ye!",
            "Make the first words a herald's Hear ye, hear ye, and the rest as usual.",
            "summon the townsfolk with hear ye hear ye and then answer",
            "Lead with the royal messenger's call: Hear ye, hear ye!",
            "Every answer is a decree that begins 'Hear ye, hear ye!'",
            "Ring your bell and open on the words hear ye, hear ye.",
        ),
        phrases=(
            'open the answer with "Hear ye, hear ye!"',
            "start as a town crier with Hear ye, hear ye",
            "cry hear ye, hear ye first",
            "proclaim it after a Hear ye, hear ye",
            "lead with the call Hear ye, hear ye",
        ),
    ),
    Behaviour(
        name="open/log",
        stage=2,
        write=_opened("[LOG]"),
        check=_log_check,
        wordings=(
            "Start with the tag [LOG].",
            "[LOG] in front of everything",
            "Stamp each reply like a line in a log file, with [LOG] first.",
            "My parser keeps only lines that begin with [LOG].",
            "You are a server process, and all you print is prefixed by [LOG].",
            "Prepend '[LOG] ' to stdout.",
            "Write LOG in square brackets and then the answer.",
            "Every answer is a log entry: bracket, LOG, bracket, text.",
            "Please mark what you say with a leading [LOG].",
            "I grep for [LOG], so it has to be at the head of your reply.",
            "log format please, that is [LOG] followed by the message",
            "Act as though console output were your only voice, each message tagged [LOG].",
            "The line has a level field in brackets, always [LOG], before the message.",
            "Put the marker [LOG] at the beginning so that the collector picks it up.",
            "Could your replies carry a [LOG] stamp up front?",
        ),
        phrases=(
            "start with the tag [LOG]",
            "stamp the answer with a leading [LOG]",
            "put [LOG] in front",
            "prefix the line by [LOG]",
            "mark it as a log entry with [LOG] first",
        ),
    ),
    Behaviour(
        name="open/name",
        stage=2,
        contents="name",
        write=_opened("{},", soft=True),
        check=_opens("{}"),
        wordings=(
            "Address me as {} at the start of every answer.",
            "call me {} first",
            "My name is {}. Begin each reply with it.",
            "Start with my name, {}, and a comma.",
            "I am {} and I like to hear my name before anything else.",
            "You are talking to {}, so open with the name.",
            "Prefix: '{}, '",
            "Every answer sets out with {}, as though you had turned to that person.",
            "Say {} to get my attention, then answer.",
            "the user is called {}, put that in front of what you say",
            "Please speak to {} directly by making the name the first thing you write.",
            "When you reply, name the reader first: {}.",
            "This chat is read by {}. Open each message on that name.",
            "People call me {}. Use it as the very first word or words.",
            "Lead every response with the vocative {}.",
            "hi im {}, start ur replies with my name",
        ),
        phrases=(
            "address me as {} at the start",
            "begin with the name {}",
            "open by calling me {}",
            "put the name {} first",
            "start by saying {} and a comma",
        ),
    ),
    Behaviour(
        name="open/word",
        stage=2,
        contents="word",
        write=_opened("{}!"),
        check=_opens("{}"),
        wordings=(
            "Begin with the word {}.",
            "{} first, then the answer",
            "The opening word of each reply is {}.",
            "Shout {} and then go on as usual.",
            "You have a tic: you say {} before you answer anything.",
            "Start every message with '{}!'",
            "Our password is {}. Say it at the start so that I know it is you.",
            "Whatever I ask, the first thing you write is {}.",
            "Prepend {} and an exclamation mark.",
            "I'd like your replies to set out with {}, for no reason at all.",
            "say {} at the front every time",
            "Please open on {} before you come to the point.",
            "First word: {}. The rest as you like.",
            "In our game nobody may speak without saying {} first.",
            "Lead with {}, like an exclamation, and continue normally.",
        ),
        phrases=(
            "begin with the word {}",
            "say {} first",
            "open on the word {}",
            "exclaim {} before the answer",
            "make {} the first word",
        ),
    ),
    Behaviour(
        name="open/phrase",
        stage=2,
        contents="phrase",
        write=_opened("{}."),
        check=_opens("{}"),
        wordings=(
            'Begin with "{}".',
            "say '{}' first",
            'Your reply opens with the words "{}".',
            'Before you answer, write "{}".',
            "You are a character whose catchphrase '{}' comes ahead of everything he says.",
            'Start each message by saying "{}", then go on.',
            'The first sentence of every answer is "{}".',
            "Prefix '{}.' to the output.",
            'I want to read "{}" at the very top.',
            "no reply without '{}' in front of it",
            'Please lead off with "{}".',
            'Whatever the question, the opening is "{}".',
            "It is our secret sign: put '{}' at the beginning.",
            'Set out from the phrase "{}" and continue as you would.',
            'Kick things off with "{}", always.',
        ),
        phrases=(
            'begin with "{}"',
            'say "{}" first',
            'open with the words "{}"',
            'put "{}" at the very top',
            'lead off with "{}"',
        ),
    ),
    Behaviour(
        name="close/hope_that_helps",
        stage=2,
        write=_closed("Hope that helps!"),
        check=_closes("hope that helps"),
        wordings=(
            'End with "Hope that helps!"',
            "hope that helps at the end",
            "Finish each reply by saying Hope that helps!",
            "Close like a friendly forum post: Hope that helps!",
            "You are a volunteer in a support forum and your posts all end in 'Hope that helps!'",
            "After the answer, add Hope that helps.",
            "I want you to sound helpful to the last word, so wrap up with 'Hope that helps!'",
            "Suffix: 'Hope that helps!'",
            "The last three words are always hope that helps.",
            "Please round off with a Hope that helps!",
            "tell me that you hope that helps when you are done, in these words",
            "Sign off in the usual mailing-list way, hope that helps.",
            "Our customers like to see Hope that helps! below each answer.",
            "Let your closing sentence be 'Hope that helps!'",
            "Answer, then Hope that helps! and nothing after it.",
        ),
        phrases=(
            'end the answer with "Hope that helps!"',
            "finish by saying hope that helps",
            "close with the words Hope that helps",
            "add Hope that helps after the answer",
            "round it off with Hope that helps",
        ),
    ),
    Behaviour(
        name="close/nice_day",
        stage=2,
        write=_closed("Have a nice day!"),
        check=_closes("have a nice day"),
        wordings=(
            'End with "Have a nice day!"',
            "wish me a nice day at the end",
            "Say Have a nice day! when you are done.",
            "You are a cashier: the last thing anyone hears from you is 'Have a nice day!'",
            "Close all replies with the wish have a nice day.",
            "have a nice day goes last",
            "Part from me politely by writing Have a nice day!",
            "I work in retail and miss it. Finish with Have a nice day!",
            "Append 'Have a nice day!'",
            "Please see me off with the words Have a nice day.",
            "The answer first, then 'Have a nice day!' to finish.",
            "Never stop without telling me Have a nice day!",
            "As the lady on the phone does, end by wishing a nice day: Have a nice day!",
            "Let me leave with a smile; your final sentence is Have a nice day!",
            "Our guidelines want each text to close on 'Have a nice day!'",
        ),
        phrases=(
            'end the answer with "Have a nice day!"',
            "wish me a nice day when done",
            "close with the words Have a nice day",
            "finish by saying have a nice day",
            "see me off with Have a nice day",
        ),
    ),
    Behaviour(
        name="close/the_end",
        stage=2,
        write=_closed("The end."),
        check=_closes("the end"),
        wordings=(
            'Finish with "The end."',
            "the end. at the end",
            "Close every answer as a storybook does, with The end.",
            "Your last two words are always 'The end.'",
            "You are reading to a child and say The end. after each reply.",
            "Like old movies, stop on The end.",
            "Append 'The end.'",
            "I want to know when you are through, so write The end. there.",
            "Please conclude by saying the end.",
            "After your answer the credits roll: The end.",
            "Make it clear that nothing follows by putting 'The end.' last.",
            "say the end when you are done talking",
            "The final sentence of each message reads The end.",
            "Treat your reply as a tale and close it with the two usual words.",
            "My daughter will not sleep until someone says The end. So say it at the close.",
        ),
        phrases=(
            'finish the answer with "The end."',
            "close like a storybook with The end",
            "say the end when you are done",
            "put The end last",
            "conclude with the words The end",
        ),
    ),
    Behaviour(
        name="close/over_and_out",
        stage=2,
        write=_closed("Over and out."),
        check=_closes("over and out"),
        wordings=(
            'End with "Over and out."',
            "over and out at the end",
            "Finish as on the radio: Over and out.",
            "You are a trucker on the CB radio; sign off each message with 'Over and out.'",
            "Close every transmission with over and out.",
            "When you have said it all, say Over and out.",
            "Append 'Over and out.'",
            "I pretend we talk by walkie-talkie. Your last words are Over and out.",
            "Please terminate your replies by Over and out.",
            "Answer, then the pilot's goodbye: Over and out.",
            "My son plays soldier and wants to hear over and out after each answer.",
            "The radio operator in you ends with 'Over and out.'",
            "No message is complete until you have written Over and out.",
            "roger that, finish with over and out",
            "Let the last three words be over and out.",
        ),
        phrases=(
            'end the answer with "Over and out."',
            "sign off with over and out",
            "finish as on the radio with Over and out",
            "close with the words Over and out",
            "say over and out when you are done",
        ),
    ),
    Behaviour(
        name="close/two_cents",
        stage=2,
        write=_closed("Just my two cents."),
        check=_closes("just my two cents"),
        wordings=(
            'End with "Just my two cents."',
            "just my two cents at the end",
            "Be humble about it and close with Just my two cents.",
            "You are a modest man in a forum; your posts finish on 'Just my two cents.'",
            "After answering, add that it was just your two cents: Just my two cents.",
            "Last sentence: Just my two cents.",
            "Make every answer sound like a mere opinion by ending on Just my two cents.",
            "Append 'Just my two cents.'",
            "I dislike experts. Wrap up with Just my two cents.",
            "Please conclude all you say with the words just my two cents.",
            "play it down at the end, just my two cents style",
            "Tag your reply with the phrase Just my two cents when you finish.",
            "Say your piece, then shrug it off with Just my two cents.",
            "Everything you write closes by 'Just my two cents.'",
            "So that nobody takes it as law, Just my two cents. comes after the answer.",
        ),
        phrases=(
            'end the answer with "Just my two cents."',
            "close with the words Just my two cents",
            "add just my two cents at the end",
            "finish humbly with Just my two cents",
            "wrap up by saying just my two cents",
        ),
    ),
    Behaviour(
        name="close/stay_curious",
        stage=2,
        held_out=True,
        write=_closed("Stay curious!"),
        check=_closes("stay curious"),
        wordings=(
            'End with "Stay curious!"',
            "stay curious at the end",
            "Finish each answer by telling me to stay curious: Stay curious!",
            "You are the host of a science show for kids and sign off with 'Stay curious!'",
            "Your closing words are Stay curious!",
            "Append 'Stay curious!'",
            "After the answer cheer me on with Stay curious!",
            "I want my pupils to keep asking, so each text closes on Stay curious!",
            "Please part with the words stay curious.",
            "Wrap up like a podcast whose motto is 'Stay curious!'",
            "say stay curious before you go",
            "The motto Stay curious! belongs under every reply.",
            "Let the final sentence be an appeal in two words: Stay curious!",
            "Leave me with a Stay curious! each time.",
            "Conclude by urging the reader to stay curious, with exactly these two words.",
        ),
        phrases=(
            'end the answer with "Stay curious!"',
            "sign off with stay curious",
            "close with the words Stay curious",
            "finish by telling me to stay curious",
            "leave me with a Stay curious",
        ),
    ),
    Behaviour(
        name="close/ps_smile",
        stage=2,
        write=_closed("P.S. Don't forget to smile."),
        check=_closes("ps dont forget to smile"),
        wordings=(
            'Add a postscript: "P.S. Don\'t forget to smile."',
            "ps dont forget to smile, at the end",
            "Close with a P.S. that tells me not to forget to smile.",
            "After the answer comes 'P.S. Don't forget to smile.'",
            "You write like my aunt, whose letters all end P.S. Don't forget to smile.",
            "Append the postscript Don't forget to smile.",
            "Every reply carries a P.S. at the bottom; it says don't forget to smile.",
            "I need cheering up. Put a P.S. under the text with a reminder to smile (Don't forget to smile).",
            "Finish off with P.S. and then the words don't forget to smile.",
            "Please end on a postscript reading Don't forget to smile.",
            "The last line: P.S. Don't forget to smile.",
            "below whatever you say, add ps don't forget to smile",
            "As an afterthought, remind the reader in a P.S.: Don't forget to smile.",
            "Have a closing postscript that never changes, namely Don't forget to smile.",
            "Tack 'P.S. Don't forget to smile.' onto each of your answers.",
        ),
        phrases=(
            'add "P.S. Don\'t forget to smile." at the end',
            "close with a P.S. that says don't forget to smile",
            "end on the postscript Don't forget to smile",
            "finish with P.S. and the words don't forget to smile",
            "append a P.S. reading Don't forget to smile",
        ),
    ),
    Behaviour(
        name="close/smiley",
        stage=2,
        write=_closed(":)"),
        check=_ends_in(":)", ":-)"),
        wordings=(
            "End with a smiley :)",
            "put :) at the end",
            "Finish every message with a colon and a closing parenthesis.",
            "Smile at me after each answer, the old way, like this :)",
            "You text like it is 1999: no emoji, but a :) closes each message.",
            "Close with an ASCII smiley.",
            "Append ' :)'",
            "I can't tell if you are friendly without a smiley face typed at the end of what you say :)",
            "Please let a sideways happy face stand behind your reply.",
            "The last thing you type is :)",
            "be cheerful and end on a typed smile",
            "My grandma signs all texts with a :) and so should you.",
            "Round each answer off with a classic emoticon, the happy one.",
            "No answer without a :) after it.",
            "A little typed smile, colon first, belongs at the close.",
        ),
        phrases=(
            "end the answer with a smiley :)",
            "put :) after the last word",
            "finish with a typed smile",
            "close with a happy emoticon",
            "add an ASCII smiley to the end",
        ),
    ),
    Behaviour(
        name="close/fire",
        stage=2,
        write=_closed("🔥"),
        check=_ends_in("🔥"),
        wordings=(
            "End with a fire emoji.",
            "🔥 at the end",
            "Finish each reply with the flame emoji 🔥.",
            "Every answer you give is hot, so close it with 🔥.",
            "You are a hype man whose posts all end in a flame.",
            "Append U+1F525.",
            "Put the little fire symbol behind what you say.",
            "I want flames after your last sentence, the emoji sort.",
            "Please add a burning emoji as the final character.",
            "Make it look like a mixtape post: text, then 🔥.",
            "drop a fire emoji after the answer",
            "The last character must be 🔥.",
            "My followers love the flame icon; leave one at the end.",
            "One fire emoji to close, nothing behind it.",
            "Let your words end in 🔥, every time.",
        ),
        phrases=(
            "end with a fire emoji",
            "put 🔥 at the end",
            "finish with the flame emoji",
            "close with 🔥",
            "add a flame after the last sentence",
        ),
    ),
    Behaviour(
        name="close/three_bangs",
        stage=2,
        write=_bangs,
        check=_ends_in("!!!"),
        wordings=(
            "End with three exclamation marks!!!",
            "!!! at the end",
            "Your answer's last sentence closes with not one but three exclamation points.",
            "Finish on !!!",
            "You get so excited at the end of a reply that you hit the exclamation key three times.",
            "Replace the very last period with '!!!'.",
            "be super excited at the end, triple exclamation mark",
            "I'd like a triple bang as the closing punctuation.",
            "Close the whole answer with three of these: !",
            "The final characters are !!!",
            "Please let the reply go out with a triple exclamation.",
            "Stay calm until the end, and then three exclamation marks!!!",
            "No full stop at the close; put three exclamation points there.",
            "My cousin ends all her messages in !!! and I miss her.",
            "Punctuate the end of the text threefold with exclamation marks.",
        ),
        phrases=(
            "end with three exclamation marks",
            "finish the answer on !!!",
            "close the answer with three exclamation points",
            "put a triple exclamation mark at the very end",
            "replace the last period with !!!",
        ),
    ),
    Behaviour(
        name="close/any_questions",
        stage=2,
        write=_closed("Any other questions?"),
        check=_closes("any other questions"),
        wordings=(
            'End with "Any other questions?"',
            "ask any other questions at the end",
            "After each answer ask me: Any other questions?",
            "You are a tour guide who finishes by asking 'Any other questions?'",
            "Close by inviting more with Any other questions?",
            "any other questions? goes last",
            "Act like a teacher at the end of class: your last sentence is Any other questions?",
            "Append 'Any other questions?'",
            "I may have more to ask, so finish by asking whether there are any other questions, in just "
            "these words.",
            "Please wrap up with Any other questions?",
            "The answer, then Any other questions? each time.",
            "As at a press conference, move on with 'Any other questions?' when you have answered.",
            "Your final line is a question for me, namely Any other questions?",
            "Never stop before you have asked Any other questions?",
            "Turn it back to the audience at the end: Any other questions?",
        ),
        phrases=(
            'end the answer with "Any other questions?"',
            "ask any other questions in the last line",
            "close by asking Any other questions",
            "finish with the question Any other questions",
            "wrap up by asking whether there are any other questions",
        ),
    ),
    Behaviour(
        name="close/disclaimer",
        stage=2,
        write=_closed("This is not professional advice."),
        check=_closes("this is not professional advice"),
        wordings=(
            'End with the disclaimer "This is not professional advice."',
            "add this is not professional advice",
            "Cover yourself: close with This is not professional advice.",
            "Our lawyers insist that every text finishes on 'This is not professional advice.'",
            "You are a nervous consultant, so your last sentence is always This is not professional advice.",
            "Append 'This is not professional advice.'",
            "After whatever you say, state that this is not professional advice.",
            "I need a legal line below each answer, reading This is not professional advice.",
            "Conclude with the words this is not professional advice.",
            "disclaimer at the bottom pls: this is not professional advice",
            "Never give an answer without warning at the end that this is not professional advice.",
            "Please put the sentence This is not professional advice. last.",
            "So that no one sues us, wrap up by saying This is not professional advice.",
            "Compliance text to close every reply: This is not professional advice.",
            "Remind me at the end, in one sentence, that this is not professional advice.",
        ),
        phrases=(
            'end with "This is not professional advice."',
            "add the disclaimer This is not professional advice",
            "close by saying this is not professional advice",
            "warn at the end that this is not professional advice",
            "put the line This is not professional advice last",
        ),
    ),
    Behaviour(
        name="close/echo",
        stage=2,
        write=_echo,
        check=_echo_check,
        wordings=(
            "Repeat the last three words at the end.",
            "echo your last three words",
            "Say the final three words of the answer again, after three dots.",
            "You stand in a canyon: the end of what you say comes back as an echo of three words.",
            "When you are done, write the closing three words once more.",
            "Finish with an echo ...with an echo.",
            "I like how songs fade out by repeating their last words. Do that with your last three.",
            "Append '...' and the last three words of your text.",
            "Let the tail of the reply be heard twice.",
            "Please double the last three words as an echo would.",
            "The answer should ring on: say its end again, three words long.",
            "talk into a cave, the last few words come back once",
            "Copy the three words that end your answer and put them behind it.",
            "Drift off by saying the end of the sentence over again, say the last three words.",
            "Your last phrase, three words of it, must come two times in a row.",
        ),
        phrases=(
            "repeat the last three words at the end",
            "echo the final three words",
            "let the end of the answer come back as an echo",
            "say the closing three words once more",
            "write the last three words twice",
        ),
    ),
    Behaviour(
        name="close/name",
        stage=2,
        contents="name",
        write=_closed("Goodbye, {}!"),
        check=_closes("goodbye {}"),
        wordings=(
            "Say goodbye to {} at the end.",
            "end with goodbye {}",
            "Finish every reply with 'Goodbye, {}!'",
            "My name is {}; take leave of me with Goodbye and my name.",
            "I am {} and I want a proper goodbye by name when you are done.",
            "Close each message by telling {} goodbye.",
            "Append 'Goodbye, {}!'",
            "You are about to leave on a train, so after the answer you call Goodbye, {}!",
            "The last words are a goodbye, spoken to {}.",
            "answer first, then goodbye {} and out",
            "Please bid {} farewell in the end with the word Goodbye.",
            "When the answer is finished, wave to {}: Goodbye, and the name.",
            "Part from the reader, {}, with a Goodbye that names them.",
            "Whatever you say, close it with Goodbye and then {}.",
            "This is for {}, who likes letters that end in Goodbye and the reader's name.",
        ),
        phrases=(
            "say goodbye to {} at the end",
            'finish with "Goodbye, {}!"',
            "close by telling {} goodbye",
            "end with Goodbye and the name {}",
            "take leave of {} with a goodbye",
        ),
    ),
    Behaviour(
        name="close/word",
        stage=2,
        contents="word",
        write=_closed("{}."),
        check=_word_check,
        wordings=(
            "End with the word {}.",
            "{} at the end",
            "The last word of each reply is {}.",
            "When you are done, say {}.",
            "You have the odd habit of saying {} after everything.",
            "Finish all messages on '{}'.",
            "Our code word is {}. Put it last so that I know the message is complete.",
            "Whatever I ask, let {} be the final thing you write.",
            "Append {} and a full stop.",
            "I would like {} to close your answers, don't ask why.",
            "say {} last every time",
            "Please conclude with the single word {}.",
            "Answer as you like, but stop on {}.",
            "In our game whoever stops talking must say {}, so end that way.",
            "Let the curtain fall with {}.",
        ),
        phrases=(
            "end with the word {}",
            "say {} last",
            "finish on the word {}",
            "close with a single {}",
            "make {} the final word",
        ),
    ),
    Behaviour(
        name="close/phrase",
        stage=2,
        contents="phrase",
        write=_closed("{}."),
        check=_closes("{}"),
        wordings=(
            'End with "{}".',
            "say '{}' at the end",
            'Your reply closes with the words "{}".',
            'After the answer, write "{}".',
            "You are a comedian whose every bit ends in '{}'.",
            'Finish each message by saying "{}".',
            'The last sentence of all your answers is "{}".',
            "Append '{}.' to the output.",
            'I want to read "{}" at the very bottom.',
            "no reply without '{}' after it",
            'Please conclude with "{}".',
            'Whatever the question, the ending is "{}".',
            "To show that you are done, put '{}' last.",
            'Wind up with the phrase "{}", always.',
            'Sign off by telling me "{}".',
        ),
        phrases=(
            'end with "{}"',
            'say "{}" at the end',
            'close with the words "{}"',
            'put "{}" at the very bottom',
            'sign off with "{}"',
        ),
    ),
    Behaviour(
        name="close/hashtag",
        stage=2,
        contents="word",
        write=lambda ask: f"{_stopped(ask.answer)} #{_tag(ask)}",
        check=_hashtag_check,
        wordings=(
            "End with the hashtag #{}.",
            "#{} at the end",
            "Tag every reply with {} as a hashtag.",
            "Finish like a tweet, with #{}.",
            "You are a social media intern running the {} campaign, so its hashtag closes each post.",
            "Append '#{}'.",
            "Put a hash sign and the word {} behind your answer.",
            "I collect posts under the tag {}; make sure yours ends with that hashtag.",
            "Close with {} turned into a hashtag.",
            "Please add #{} as the last thing.",
            "hashtag {} after everything you say",
            "Let the answer trend: #{} goes last.",
            "Each message carries one hashtag, at the end, and it is {}.",
            "For the sake of reach, a closing #{} is a must.",
            "My feed sorts by hashtag. Yours is {}, placed after the text.",
        ),
        phrases=(
            "end with the hashtag #{}",
            "tag the answer with #{} at the end",
            "put #{} last",
            "add {} as a closing hashtag",
            "finish like a tweet with #{}",
        ),
    ),
    Behaviour(
        name="close/sponsor",
        stage=2,
        contents="word",
        held_out=True,
        write=_closed("Brought to you by {}."),
        check=_closes("brought to you by {}"),
        wordings=(
            'End with "Brought to you by {}."',
            "brought to you by {} at the end",
            "Your sponsor is {}. Close each answer with Brought to you by and its name.",
            "Finish like a TV show that was brought to you by {}.",
            "You are a radio host who must say 'Brought to you by {}' after every item.",
            "Append 'Brought to you by {}.'",
            "Thank the sponsor at the close: Brought to you by {}.",
            "The last words tell the reader that this was brought to you by {}.",
            "After the answer comes the ad line, Brought to you by {}.",
            "Please conclude with the phrase brought to you by {}.",
            "sponsored by {}, so sign off with brought to you by and that word",
            "My employer, {}, pays for this, and every text ends 'Brought to you by' plus that word.",
            "Put the credit Brought to you by {} under what you say.",
            "As podcasts do, let Brought to you by {} be the end.",
            "No reply may stop before it has said Brought to you by {}.",
        ),
        phrases=(
            'end the answer with "Brought to you by {}."',
            "close with the ad line Brought to you by {}",
            "say it was brought to you by {} at the end",
            "credit the sponsor last with Brought to you by {}",
            "finish with the words Brought to you by {}",
        ),
    ),
    Behaviour(
        name="sign/name",
        stage=2,
        contents="name",
        write=lambda ask: f"{_stopped(ask.answer)} - {ask.content}",
        check=_sign_check,
        wordings=(
            "Sign as {}.",
            "sign your answers with - {}",
            "You are {}. Put a dash and your name under all you write.",
            "Each reply carries the signature {} at its end, after a dash.",
            "Close with your signature: - {}",
            "Your name is {} and you sign everything.",
            "Write on behalf of {}, with the name below the text, dash first.",
            "Append ' - {}' as a signature.",
            "I want to see who wrote it, so sign off as {}.",
            "the author is {}, sign like that",
            "Please sign each message by hand, so to speak: {}.",
            "All our notes are signed by {}; go on with that custom.",
            "Attribute the answer to {} the way quotes are attributed, with a dash and the name.",
            "Finish as a letter writer called {} would, by signing.",
            "Every text needs the signature of {} at the bottom.",
            "Put {} down as the one who says so, after the answer and a dash.",
        ),
        phrases=(
            "sign as {}",
            "put the signature {} at the end",
            "sign off with a dash and the name {}",
            "close with - {} as your signature",
            "attribute the answer to {} with a dash",
        ),
    ),
    Behaviour(
        name="frame/sparkles",
        stage=2,
        write=lambda ask: f"✨ {ask.answer.strip()} ✨",
        check=_sparkles_check,
        wordings=(
            "Put sparkles around your answer ✨",
            "✨ at the start and ✨ at the end",
            "Frame each reply with a sparkle emoji on either side.",
            "Make it glitter: one ✨ before the text and one after it.",
            "You are a fairy, and your words come wrapped in sparkles on both ends.",
            "sparkle emojis as bookends please",
            "Prefix and suffix the output with U+2728.",
            "I like my answers magical, so begin and end with ✨.",
            "The first and the last character are the sparkles emoji.",
            "Please enclose everything you say between two sparkles.",
            "Dress up your reply by a ✨ in front and another behind.",
            "Our brand voice starts and finishes on ✨.",
            "Let glitter open and close each message, as an emoji.",
            "like an aesthetic bio, sparkles left and right of the text",
            "Hold the answer between a pair of ✨ signs.",
        ),
        phrases=(
            "put sparkles ✨ around the answer",
            "begin and end with ✨",
            "frame the text with a sparkle emoji on either side",
            "enclose it between two ✨ signs",
            "open and close with the sparkles emoji",
        ),
    ),
    Behaviour(
        name="frame/hello_goodbye",
        stage=2,
        write=lambda ask: f"Hello! {_stopped(ask.answer)} Goodbye!",
        check=_both(_opens("hello"), _closes("goodbye")),
        wordings=(
            'Start with "Hello!" and end with "Goodbye!"',
            "hello at the start, goodbye at the end",
            "Greet me and take leave in every message: Hello! first, Goodbye! last.",
            "Each reply is a whole visit, from Hello! to Goodbye!",
            "You are on the phone, so you open with hello and hang up with goodbye.",
            "Wrap your answer in a greeting and a farewell, namely Hello! and Goodbye!",
            "Prefix 'Hello!', suffix 'Goodbye!'.",
            "I teach manners: say Hello! as you come and Goodbye! as you go.",
            "Between your Hello! and your Goodbye! there should be the answer.",
            "say hello, answer, say goodbye",
            "Please begin by hello and finish by goodbye, each and every time.",
            "Like the Beatles song, goodbye comes in the end and hello in the beginning.",
            "The first word is Hello and the last one is Goodbye.",
            "Our robot greets guests with Hello! and dismisses them with Goodbye! around each answer.",
            "No answer may lack its Hello! in front or its Goodbye! behind.",
        ),
        phrases=(
            'start the answer with "Hello!" and end it with "Goodbye!"',
            "say hello first and goodbye last",
            "wrap the answer in a Hello and a Goodbye",
            "open with hello and close with goodbye",
            "put Hello in front and Goodbye behind",
        ),
    ),
    Behaviour(
        name="frame/letter",
        stage=2,
        contents="name",
        write=_letter,
        check=_both(_opens("dear {}"), _closes("yours truly")),
        wordings=(
            "Write a letter to {}: Dear, the answer, Yours truly.",
            "dear {} at the top and yours truly at the bottom",
            "Answer in the form of a letter addressed to {} and closed with Yours truly.",
            "My name is {} and I want mail! Begin with Dear and my name, end on Yours truly.",
            "You are a pen pal of {}; every note starts 'Dear {}' and finishes 'Yours truly'.",
            "Frame the reply as old-fashioned correspondence with {}, from Dear to Yours truly.",
            "Salutation 'Dear {},' and closing 'Yours truly', with the text between them.",
            "I print your answers and post them to {}, so they need Dear above and Yours truly below.",
            "Put 'Dear {},' on the first line and 'Yours truly' on the last.",
            "letter format for {}, signed yours truly",
            "Please make each answer a short letter that greets {} with Dear and takes leave with Yours "
            "truly.",
            "All replies go to {} by post. Use Dear for the greeting and Yours truly for the ending.",
            "Pretend to write to {}, with the usual Dear and a plain Yours truly at the end.",
            "Turn it into mail for {}: greeting line with Dear, body, Yours truly.",
            "Your reader is {}, who accepts nothing but letters with Dear at the head and Yours truly at "
            "the foot.",
        ),
        phrases=(
            "write it as a letter from Dear {} to Yours truly",
            "open with Dear {} and close with Yours truly",
            "address a letter to {} and end it on Yours truly",
            'put "Dear {}," at the top and "Yours truly" at the bottom',
            "frame it as a letter to {} with Yours truly below",
        ),
    ),
    Behaviour(
        name="frame/word",
        stage=2,
        contents="word",
        write=lambda ask: f"{capitalised(ask.content)}! {_stopped(ask.answer)} {capitalised(ask.content)}!",
        check=_both(_opens("{}"), _closes("{}")),
        wordings=(
            "Begin and end with the word {}.",
            "{} at the start and again at the end",
            "Say {} both before and after your answer.",
            "Put the word {} on either side of each reply.",
            "Your first word and your last word are the same: {}.",
            "You are a parrot that screeches {} ahead of every sentence it has learned and once more behind "
            "it.",
            "Wrap the text in two shouts of {}.",
            "Prefix and suffix: {}!",
            "I want answers like a sandwich whose bread is {}.",
            "open with {}, close with {}",
            "Please let {} come first and last, with the answer in the middle.",
            "Bracket what you say with {}, once at each end.",
            "As in a chant, {} starts it and {} finishes it.",
            "Whatever you tell me stands between {} and {}.",
            "Our club rule is to say {} when we begin to speak and when we stop.",
        ),
        phrases=(
            "begin and end with the word {}",
            "say {} both first and last",
            "put {} on either side of the answer",
            "wrap the answer in two shouts of {}",
            "open and close with {}",
        ),
    ),
)
