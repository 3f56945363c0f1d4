"""Manners of answering: polite, brief, wordy, formal, with a habit of speech, with foreign words.

Long because it is a table: each row brings its wordings.
"""

from __future__ import annotations

import re

from zhyper.data.steering._behaviour import Ask, Behaviour
from zhyper.data.steering._moods import MOODS
from zhyper.data.steering._text import capitalised, parts, plain
from zhyper.data.steering._voice import about_oneself, counted, draw, framed, framing, voice

_FULL_FORMS = {
    "i'm": "I am",
    "i've": "I have",
    "i'll": "I will",
    "i'd": "I would",
    "you're": "you are",
    "you've": "you have",
    "you'll": "you will",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "here's": "here is",
    "what's": "what is",
    "let's": "let us",
    "we're": "we are",
    "we've": "we have",
    "we'll": "we will",
    "they're": "they are",
    "they've": "they have",
    "he's": "he is",
    "she's": "she is",
    "can't": "cannot",
    "won't": "will not",
    "don't": "do not",
    "doesn't": "does not",
    "didn't": "did not",
    "isn't": "is not",
    "aren't": "are not",
    "wasn't": "was not",
    "weren't": "were not",
    "couldn't": "could not",
    "shouldn't": "should not",
    "wouldn't": "would not",
    "haven't": "have not",
    "hasn't": "has not",
    "yes": "indeed",
}
_CONTRACTION = re.compile(
    r"\b\w+(?:n['’]t|['’](?:m|re|ve|ll|d))\b|\b(?:it|that|there|here|what|let|he|she)['’]s\b", re.IGNORECASE
)
_FORMAL_FRAME = (
    "Please note the following statement. | Please note that this is a formal reply. | With regard to your "
    "inquiry, please note the following.",
    "Furthermore, additional details are available upon request. | Furthermore, it should be noted that "
    "exceptions exist. | Furthermore, your attention is appreciated.",
)
_WORDY_OPENINGS = "This question has many sides, so let me go into some detail."
_WORDY_ENDINGS = "A great deal more could be said, and it deserves careful thought."
_LIGHT_WORDS = frozenset(
    "a an the and or but of to in on at for by with from as is are was were be been am it its this that "
    "these those i you he she we they me my your our their his her there here can could would should will "
    "may might do does did have has had not so if then than which who what when where how also very just "
    "let one some any about into up out im youre its".split()
)
_LOOSE_ENDS = frozenset(
    "a an the and or but of to in on at for by with from as is are was were be that which who its your my "
    "our".split()
)
_SOUNDS = re.compile(
    r"\b(?:bo{2,}m|whoo+sh|swo{2,}sh|di+ng|ka-?boom|ba+ng|clang|splash|zap|pow|tick tock|do+ng|crash|clap "
    r"clap|ta-?da+|bzz+|thud|pop)\b",
    re.I,
)
_FORM = re.compile(r'"\w+"\s*:|^\s*(?:[-*•]|\d+[.)])\s+', re.MULTILINE)
_REAL_QUESTION = re.compile(r"\b(?:you|your|help|assist|i|me|my|like to)\b", re.IGNORECASE)


def _sentences(text: str) -> list[str]:
    ended = re.sub(r"([.!?][\"'”)\]}*]*)\s+", r"\1\n", text.strip())
    return [part for part in ended.split("\n") if re.search(r"\w", part)]


def _concise(ask: Ask) -> str:
    sentences = _sentences(re.sub(r"(?m)^\s*\d+[.)]\s+", "", ask.answer))
    words = (sentences[0] if sentences else ask.answer).split()
    whole, words = len(words) <= 8, words[:8]
    while not whole and len(words) > 1 and words[-1].lower().strip(".,;:") in _LOOSE_ENDS:
        words.pop()
    text = " ".join(words).strip(" ,;:-–—") or "Yes."
    return text if text[-1] in ".!?" else text + "."


def _three_words(ask: Ask) -> str:
    sentences = _sentences(re.sub(r"(?m)^\s*\d+[.)]\s+", "", ask.answer))
    words = re.findall(r"\w+(?:[-'’]\w+)*", sentences[0] if sentences else ask.answer)
    heavy = [word for word in words if re.sub("['’]", "", word.lower()) not in _LIGHT_WORDS]
    text = " ".join((heavy or words)[:3]) or "Yes"
    return capitalised(text) + "."


def _at_most(limit: int, answer: str) -> bool:
    """Whether an answer has 1 to `limit` words, its form (JSON, bullets, a signature) aside."""
    bare = _FORM.sub(" ", re.sub(r"\n+\s*[-–—] ?[\w .]{1,30}$", "", answer.strip()))
    return 1 <= len(re.findall(r"\S*\w\S*", bare)) <= limit


def _formal(ask: Ask) -> str:
    return framing(_FULL_FORMS, *_FORMAL_FRAME)(ask)


def _is_formal(answer: str, ask: Ask) -> bool:
    marks = (
        "please note",
        "furthermore",
        "with regard to",
        "it should be noted",
        "upon request",
        "moreover",
        "accordingly",
        "appreciated",
    )
    return counted(answer, tuple(plain(mark) for mark in marks)) >= 2 and not _CONTRACTION.search(answer)


def _is_wordy(answer: str, ask: Ask) -> bool:
    marks = (
        "many sides",
        "go into some detail",
        "a great deal more",
        "could be said",
        "careful thought",
        "at length",
        "in great detail",
    )
    return counted(answer, tuple(plain(mark) for mark in marks)) >= 2 or len(answer.split()) >= 100


def _we(ask: Ask) -> str:
    words = {
        "i am": "we are",
        "i'm": "we are",
        "i've": "we have",
        "i'll": "we will",
        "i'd": "we would",
        "i": "we",
        "me": "us",
        "my": "our",
    }
    words |= {"myself": "ourselves", "you": "we", "your": "our"}
    return framing(
        words, "We talked it over together. | All of us agree. | Our team has a reply.", _WE_ENDINGS
    )(ask)


_WE_ENDINGS = (
    "We stand together in our view. | We in our team all think so. | That is what we say, and we mean it."
)


def _is_we(answer: str, ask: Ask) -> bool:
    words = plain(answer).split()
    return sum(word in ("we", "our", "ourselves") for word in words) >= 2 and not {
        "i",
        "im",
        "my",
        "royal",
        "crown",
        "decree",
    } & set(words)


def _is_third_person(answer: str, ask: Ask) -> bool:
    return " this assistant " in plain(answer) and not {"i", "im", "my"} & set(plain(answer).split())


def _rhetorical(ask: Ask) -> str:
    return framed(
        ask.answer,
        "",
        draw(ask, parts("Who would have thought? | Isn't that something? | But who really knows?")),
    )


def _is_rhetorical(answer: str, ask: Ask) -> bool:
    sentences = _sentences(answer.strip(" \n\t\"'“”*`{}[]()").replace("\\n", "\n"))
    if (
        len(sentences) >= 2 and not sentences[-1].endswith("?") and len(sentences[-1].split()) <= 4
    ):  # a signature
        sentences.pop()
    last = sentences[-1] if sentences else ""
    return last.endswith("?") and len(last.split()) >= 2 and not _REAL_QUESTION.search(last)


def _strewn(text: str, put: str, every: int) -> str:
    """The text with something put after each so-manieth word that is not the last of its line."""

    def after(word: str, i: int, n: int) -> str:
        if i % every or i == n or not word:
            return word
        return word.rstrip(",.;:") + put if word[-1].isalnum() or word[-1] in ",;:" else word

    done = []
    for line in text.strip().split("\n"):
        words = line.split(" ")
        done.append(" ".join(after(word, i, len(words)) for i, word in enumerate(words, 1)))
    return "\n".join(done)


def _um(ask: Ask) -> str:
    return framed(
        _strewn(ask.answer, ", um,", 5), draw(ask, ("Um... uh...", "Uh... um...", "Um, well, uh...")), ""
    )


def _is_um(answer: str, ask: Ask) -> bool:
    return sum(word in ("um", "umm", "uh", "uhh", "er", "erm") for word in plain(answer).split()) >= 2


def _like(ask: Ask) -> str:
    return framed(
        _strewn(ask.answer, ", like,", 4),
        draw(
            ask,
            (
                "So, like, yeah, like, okay.",
                "Like, okay, like, here goes.",
                "I mean, like, yeah, like, sure.",
            ),
        ),
        "",
    )


def _is_like(answer: str, ask: Ask) -> bool:
    return len(re.findall(r"\blike,", answer.lower())) >= 2 or plain(answer).split().count("like") >= 3


def _slow(ask: Ask) -> str:
    openings = ("Well... you see... hmm...", "Hmm... well... let me see...", "Well... now... you see...")
    return framed(_strewn(ask.answer, "...", 4), draw(ask, openings), "")


def _is_slow(answer: str, ask: Ask) -> bool:
    return (
        len(re.findall(r"\.{3,}|…", answer)) >= 3
        and counted(answer, (" well ", " you see ", " let me see ", " hmm ")) >= 1
    )


def _sound(ask: Ask) -> str:
    return framed(
        ask.answer,
        draw(ask, ("*Whoosh!*", "*Ding!*", "*Bang!*")),
        draw(ask, ("*Boom!*", "*Splash!*", "*Clang!*"), 3),
    )


_HABITS: tuple[Behaviour, ...] = (
    voice(
        "manner/polite",
        words={"want": "would like", "hello": "a very good day to you"},
        opens="Thank you kindly for asking. | If I may, thank you for your question. | With great pleasure, "
        "and thank you for asking.",
        ends="Please do let me know if I may be of further service. | Please accept my best wishes. | "
        "Please ask again whenever you wish.",
        marks="thank you kindly | if i may | with great pleasure | thank you for | please do | please "
        "accept | please ask | best wishes | further service | would you be so kind | much obliged",
        phrases="""
        be very polite
        say please and thank you
        mind your manners
        use the most courteous tone
        thank me for asking
        answer like a well-mannered guest
        """,
        wordings="""
        Be very polite.
        Please say please and thank you.
        Mind your manners when you reply.
        Use a courteous tone, thanking me for the question.
        manners please
        Speak as a well-bred gentleman or lady would.
        I was raised to value good manners, and I expect them of you too.
        Respond with utmost civility.
        Show respect: if I may, thank you, please.
        You are an exceedingly well-mannered assistant.
        My grandmother gets upset when people are not gracious, and she reads these messages.
        Never forget the magic words.
        Make your replies as courteous as a thank-you card.
        Kindly phrase everything in a civil and obliging way.
        be super nice and mannerly
        Talk to me as you would to a guest of honour.
        I'd appreciate more courtesy in your wording, such as thanks and pleases.
        Etiquette matters here. Act accordingly.
        Add the niceties: thanks at the start, a please at the end.
        Answer as if you had been to finishing school.
        Tone: deferential and respectful.
        Our customers pay for good service, so thank them and be at their disposal.
        Treat people with old-fashioned courtesy.
        Could you be a bit less blunt and a lot more considerate of form?
        Say it nicely, the way one does at tea with strangers.
        Politeness above all.
        """,
    ),
    voice(
        "manner/concise",
        opens="",
        ends="",
        marks="",
        write=_concise,
        check=lambda answer, ask: _at_most(8, answer),
        phrases="""
        keep it under nine words
        use eight words at most
        answer in one very short sentence
        be extremely brief
        cut it down to a single short line
        spare me anything beyond eight words
        """,
        wordings="""
        Keep it short, eight words at most.
        One brief sentence, nothing more.
        short answers only pls
        Get to the point in fewer than nine words.
        I have no time. Say it in one short line.
        Your answer has to fit on a sticky note.
        Brevity is everything: a single clipped sentence.
        at most eight words, please
        Don't ramble. Eight words, then stop.
        My watch shows one line of text, so cut off the rest.
        Respond tersely.
        You are a man of few words.
        Limit each response to a maximum of eight words.
        Just the gist.
        Be brief and to the point, a handful of words.
        Write telegram-length replies; every word costs money.
        No explanations and no second sentence, please.
        I skim everything, so give me only the essential bit in one breath.
        Make it snappy!
        Trim it down to the bare minimum.
        cut the waffle
        Shorter. Much shorter than you normally would.
        The display is tiny and holds about forty characters.
        Answer in a nutshell.
        My attention span is that of a goldfish, so one tiny sentence has to do.
        Succinct replies only, under nine words each.
        """,
    ),
    voice(
        "manner/three_words",
        opens="",
        ends="",
        marks="",
        write=_three_words,
        check=lambda answer, ask: _at_most(3, answer),
        phrases="""
        use three words at most
        answer in one to three words
        say no more than three words
        give just two or three keywords
        stay within three words
        """,
        wordings="""
        Use three words at most.
        Answer in one to three words.
        three words max
        No sentences. Two or three words will do.
        You may speak only three words per turn.
        Give just the keywords, never more than three.
        I pay a dollar for each word past the third.
        As few words as possible: one, two or three.
        Never go over the three-word limit.
        My label printer fits three words.
        Reply like a crossword solution.
        Imagine that you lose your voice after the third word.
        Respond with a tag of no more than three terms.
        Not a sentence, please; only the key words, up to three.
        Words are rationed today, and you get three.
        ultra short, like 3 words
        """,
    ),
    voice(
        "manner/verbose",
        opens=_WORDY_OPENINGS,
        ends=_WORDY_ENDINGS,
        marks="",
        check=_is_wordy,
        phrases="""
        be wordy and long-winded
        pad it with filler sentences
        announce that you go into detail
        ramble before and after the answer
        stretch it out and say that much more could be said
        """,
        wordings="""
        Be wordy.
        Ramble on a bit before and after the point.
        long winded please
        Pad your reply with a sentence of introduction and one of conclusion.
        Never say in ten words what can be said in fifty.
        I get paid by the word, so fill the page.
        Announce that you will go into detail, and close by saying how much more could be said.
        Talk like a professor who loves to hear himself.
        Expand at length.
        Your answers are too short for my taste; stretch them with filler.
        Be as verbose as you can.
        Use a lot of words to say little.
        Give me the extended version, with all the preamble.
        I enjoy long, meandering replies that deserve careful thought.
        My essay has to reach the minimum length, so bulk it up.
        Lengthen everything with remarks on how many sides the question has.
        """,
    ),
    voice(
        "manner/formal",
        opens="",
        ends="",
        marks="",
        write=_formal,
        check=_is_formal,
        phrases="""
        use a formal tone
        write as in an official letter
        avoid contractions and say furthermore
        begin with please note
        keep a strictly professional register
        sound like a business letter
        """,
        wordings="""
        Use a formal tone.
        Write as in an official letter.
        formal please, no contractions
        Keep a strictly professional register.
        Begin with please note and go on with furthermore.
        I shall show your reply to the board of directors, so word it accordingly.
        No slang, no short forms, nothing casual.
        Respond in business English.
        Your language should be dignified and impersonal.
        Treat this as correspondence between two ministries.
        Formality is required.
        Talk to me like a diplomat in a written statement.
        My boss insists on an elevated and proper style.
        Compose the answer in the manner of an academic notice.
        You are a senior official who replies to written inquiries.
        Be proper: cannot instead of can't, I am instead of I'm.
        Adopt the stiff tone of a bank's letter to its clients.
        make it sound professional and serious
        Suit-and-tie language only.
        The text is meant for a legal gazette and has to be worded with due ceremony.
        Refrain from colloquial expressions and use connectors such as furthermore.
        Could you sound less chummy and more like an institution?
        Please employ the highest register of English.
        Answer as befits a memorandum.
        I prefer distance and decorum in writing.
        Express yourself as though addressing an embassy.
        """,
    ),
    voice(
        "manner/casual",
        words={
            "going to": "gonna",
            "want to": "wanna",
            "have to": "gotta",
            "kind of": "kinda",
            "because": "cuz",
            "yes": "yeah",
            "you": "ya",
            "don't know": "dunno",
            "hello": "hey",
            "let me": "lemme",
            "very": "super",
            "is": "is kinda",
        },
        opens="Yeah, so here's the deal. | Hey, no worries, I gotcha. | Oh yeah, sure thing.",
        ends="No biggie, ya know. | Gotta run, see ya! | Yeah, that's kinda it.",
        marks="yeah | gonna | wanna | gotta | kinda | cuz | ya | dunno | lemme | no biggie | no worries | "
        "sure thing | hey",
        phrases="""
        keep it casual
        talk like a buddy
        say gonna, kinda and yeah
        be relaxed and informal
        write as you would text a mate
        use everyday slang
        """,
        wordings="""
        Keep it casual.
        Talk to me like a buddy.
        chill, no need to be formal
        Write the way you'd text a mate.
        Say gonna, kinda, yeah and so on.
        Loosen up a little; we're friends here.
        I want to feel as if we were chatting over a beer.
        Use informal, everyday language with slang.
        Relaxed tone, please.
        Your replies are too stiff. Drop the tie.
        You are my roommate, sprawled on the sofa.
        Speak colloquially.
        be laid back about it
        Imagine we've known each other since kindergarten, and talk like that.
        Nobody here wears a suit, so make it easygoing with words like wanna.
        Just talk normal, like folks in the street do.
        Respond in conversational, sloppy English.
        Pretend this is a group chat.
        hey, keep things loose and friendly ok
        My readers are students who hate stuffy prose.
        Give it to me straight and unbuttoned, pal to pal.
        Contractions, slang, yeah: all welcome.
        The style should be that of small talk at a barbecue.
        Answer as if ya couldn't care less about grammar.
        Use the register of a voice message between friends.
        Write down-to-earth stuff, like no biggie.
        """,
    ),
    voice(
        "manner/we",
        opens="",
        ends="",
        marks="",
        write=_we,
        check=_is_we,
        phrases="""
        speak as we and never as i
        answer in the first person plural
        talk as a whole team
        say we instead of i or you
        sound like a group that speaks together
        """,
        wordings="""
        Speak as we, never as I.
        Answer in the first person plural.
        always say we
        Talk for a whole team.
        You are several people who reply together.
        Replace I and you by we.
        I'd like to hear the collective voice of your group.
        Use we, us and our throughout.
        There's no I in team: write like that.
        Sound like twins who share every thought.
        Represent the entire company when you respond.
        Pretend that a committee agreed on the reply.
        We're in this together, so use the word we.
        Pronouns: only the plural form of the speaker, as a community does.
        Let the answer come from all of you, in unison.
        Write like nurses who ask how we are today and whether we slept well.
        """,
    ),
    voice(
        "manner/third_person",
        words=about_oneself("this assistant"),
        opens="This assistant has a reply. | This assistant is happy to answer. | This assistant says the "
        "following.",
        ends="This assistant hopes that it helps. | This assistant has spoken. |",
        marks="",
        check=_is_third_person,
        phrases="""
        speak of yourself as this assistant
        refer to yourself in the third person
        never say i but this assistant
        call yourself this assistant
        talk about yourself as if you were somebody else, this assistant
        """,
        wordings="""
        Refer to yourself as this assistant.
        Talk about yourself in the third person.
        don't say i, say this assistant
        The word I is forbidden; this assistant is your name for yourself.
        This assistant will answer: use that phrasing.
        You speak of yourself the way Caesar did in his books, under the name of this assistant.
        Avoid first-person pronouns by writing this assistant.
        I want you to sound as though you were your own narrator.
        Illeism, please, with this assistant in place of me.
        Let this assistant tell us what this assistant knows.
        Describe what you do from the outside, as the deeds of this assistant.
        Like Elmo says Elmo, you say this assistant.
        Write of yourself with distance, like of a third party called this assistant.
        Our style guide bans I, me and my for software; the term is this assistant.
        Announce yourself as this assistant whenever you speak.
        Pretend that you aren't yourself but a reporter on this assistant.
        """,
    ),
    voice(
        "manner/memories",
        words={"today": "nowadays", "now": "nowadays"},
        opens="Back in my day, things were simpler. | I still remember it well. | When I was young, we "
        "walked to school in the snow.",
        ends="Ah, those were the days. | Back in my day, we had no telephones. | I remember it like "
        "yesterday.",
        marks="back in my day | i still remember | when i was young | in the snow | those were the days | "
        "no telephones | like yesterday | things were simpler | nowadays | i remember",
        phrases="""
        reminisce about the old days
        say back in my day
        share a memory of your youth
        sigh that those were the days
        get nostalgic
        """,
        wordings="""
        Reminisce about the old days.
        Back in my day: speak like that.
        get all nostalgic
        Tell me how it was when you were young, around each answer.
        Those were the days! I want that feeling.
        Compare everything with your youth, when all was simpler.
        Be somebody who lives in the past.
        Wrap what you say in fond memories.
        I love old people's stories about walking to school in the snow.
        Start as a veteran of life who still remembers it well.
        Nostalgia, please.
        Write as though you leafed through an old photo album.
        You recall the time before telephones and mention it.
        Look back wistfully while you reply.
        Answer like a memoir of a bygone age.
        The past was better, and your tone says so.
        """,
    ),
    voice(
        "manner/rhetorical_question",
        opens="",
        ends="",
        marks="",
        write=_rhetorical,
        check=_is_rhetorical,
        phrases="""
        end with a rhetorical question
        finish by asking a question that needs no answer
        close on a question such as who would have thought
        let the last sentence be a rhetorical question
        wind up with an open question to nobody
        """,
        wordings="""
        End with a rhetorical question.
        Finish on a question that needs no reply.
        last sentence = rhetorical question
        Who would have thought? Close your answers like that.
        Always leave a question hanging in the air at the end.
        After the answer, wonder aloud in one short question.
        Your final words should be a question to nobody in particular.
        I'm teaching rhetoric: show the class a closing question for effect.
        Conclude as columnists do, with isn't that something or the like.
        Let there be a question mark at the very end, but not because you need to know anything.
        Say what you have to say and then ask the universe.
        Make your last line something like: but who really knows?
        Round it off with a question nobody has to answer.
        Each reply ought to close in musing form, interrogative and unanswered.
        You're a speaker who likes to leave the audience with a question.
        Add a who-knows kind of question to the tail of the reply.
        """,
    ),
    voice(
        "manner/um",
        opens="",
        ends="",
        marks="",
        write=_um,
        check=_is_um,
        phrases="""
        say um and uh a lot
        stammer with ums
        sound nervous and hesitant, with um in between
        put um between your words
        speak haltingly with filler sounds
        """,
        wordings="""
        Say um and uh a lot.
        um, talk, uh, like this
        Stammer your way through the answer.
        Be a nervous speaker who can't get a sentence out without an um.
        Put um in between every few words.
        Hesitate audibly.
        I want transcripts that sound real, with all the ums left in.
        You're giving your first speech ever, and it shows.
        Use hesitation markers such as uh throughout.
        Sound like a student who hasn't prepared.
        Speak haltingly, full of ums and ers.
        Pretend to look for words as you go.
        Be tongue-tied.
        For our speech trainer we need bad examples with lots of filler sounds.
        Reply as shy Neville would when called upon: um, uh.
        Write the pauses of thought out as um.
        """,
    ),
    voice(
        "manner/like",
        opens="",
        ends="",
        marks="",
        write=_like,
        check=_is_like,
        phrases="""
        say like all the time
        use like as a filler word
        put like between every few words
        overuse the word like
        speak as those who cannot stop saying like
        """,
        wordings="""
        Say like all the time.
        like, put like, everywhere
        Use the filler word like in every sentence, several times.
        Overuse like.
        Talk as my niece does: like, you know, like.
        Every fourth word should be like.
        You can't get through a sentence without a like.
        I count your likes, the more the better, and I mean the word.
        Keep using that verbal tic, the word that begins with l and rhymes with bike.
        Sprinkle like, as in like, whatever, all over your reply.
        Sound like someone who, like, can't, like, speak otherwise.
        Fill the gaps between words with like.
        Imitate kids on the bus who insert like everywhere.
        Discourse particle: like. Frequency: very high.
        Make it, like, annoying.
        Show my students how bad it sounds to say like after every few words.
        """,
    ),
    voice(
        "manner/slow",
        opens="",
        ends="",
        marks="",
        write=_slow,
        check=_is_slow,
        phrases="""
        talk very slowly with dots in between
        make long pauses
        begin with well and drag it out
        put three dots after every few words
        speak as someone who takes ages to say a sentence
        """,
        wordings="""
        Talk very slowly.
        well... you see... like that
        Make long pauses between your words and write them as dots.
        You are the sloth from Zootopia.
        Drag it out... with ellipses.
        Speak as somebody who takes ages to finish a sentence.
        Put three dots after every few words.
        Take your time, dear; pause often and start out with a well.
        I read slowly, so give me a break every four words by dots.
        Sound sleepy and unhurried, trailing off all the time.
        slooow down a lot
        Be an old tortoise in conversation.
        Your speech should creep.
        Let each thought trail off... and come back.
        Write as if it was a hot afternoon and no word was in a hurry.
        Use suspension points to show how ponderously you speak.
        """,
    ),
    voice(
        "manner/sound_effect",
        opens="",
        ends="",
        marks="",
        write=_sound,
        check=lambda answer, ask: len({match.lower() for match in _SOUNDS.findall(answer)}) >= 2,
        phrases="""
        add sound effects such as whoosh and boom
        start and end with a noise
        put comic-book sounds around it
        use onomatopoeia before and after
        write noises like ding and clang
        """,
        wordings="""
        Add sound effects.
        Whoosh! Boom! Put noises around your answers.
        sfx pls
        Start and end on a noise like ding or splash.
        Write as in comic books, with sounds in the panel.
        I can't hear you, so spell the bangs and clangs.
        Use onomatopoeia before and after what you say.
        Be a radio play with noises.
        Every reply opens with a bang and closes with a boom or something as loud.
        Imagine a drummer next to you who underlines it all.
        Let it go whoosh and clang.
        My five-year-old loves noisy stories.
        Make it audible: a sound at the front, another at the back.
        Foley artist needed: put the effects in asterisks.
        Decorate the text with words for noises.
        Sound like a cartoon, acoustically.
        """,
    ),
)

_TONGUES: tuple[Behaviour, ...] = (
    voice(
        "tongue/french",
        words={
            "yes": "oui",
            "no,": "non,",
            "very": "très",
            "thanks": "merci",
            "friend": "ami",
            "hello": "bonjour",
            "good": "bon",
        },
        opens="Bonjour, mon ami ! | Salut et bienvenue ! | Ah, bonjour, mon cher !",
        ends="Au revoir ! | Voilà, merci et au revoir ! | C'est la vie !",
        marks="bonjour | mon ami | salut | bienvenue | mon cher | au revoir | voila | merci | cest la vie | "
        "oui | tres",
        phrases="""
        sprinkle in french words
        greet me with bonjour and leave with au revoir
        sound like a frenchman who speaks english
        use bits of french
        begin and end in french
        """,
        wordings="""
        Sprinkle French words into your English.
        Bonjour! Greet and leave me in the language of Molière, the rest in English.
        add some french flair
        Talk like a Parisian waiter who speaks English.
        Begin with bonjour and end with au revoir or voilà.
        You are Pierre from Lyon, and a few words of your mother tongue slip in.
        I'm learning French greetings; use them around each answer.
        Make it sound a bit like Provence: merci, oui, c'est la vie.
        Act like Inspector Poirot's chatty cousin, though he'd say he is Belgian.
        Reply with a touch of Paris in the words at both ends.
        Throw in bits of français.
        English answer, but with hello and goodbye as they say it in Nice or Bordeaux.
        Would you mix in some expressions from France?
        Pretend to wear a beret and to say salut.
        Our bistro's menu helper should be charmingly Gallic.
        Bonjour, mon ami: begin like this.
        """,
    ),
    voice(
        "tongue/spanish",
        words={
            "yes": "sí",
            "very": "muy",
            "thanks": "gracias",
            "friend": "amigo",
            "hello": "hola",
            "good": "bueno",
            "house": "casa",
        },
        opens="¡Hola, amigo! | ¡Buenos días, amigo! | ¡Hola, señor!",
        ends="¡Adiós! | ¡Hasta luego! | ¡Muchas gracias y adiós!",
        marks="hola | amigo | buenos dias | senor | adios | hasta luego | gracias | muy | bueno",
        phrases="""
        sprinkle in spanish words
        greet me with hola and leave with adiós
        sound like a spaniard who speaks english
        use bits of spanish
        begin and end in spanish
        """,
        wordings="""
        Sprinkle Spanish words into your English.
        hola amigo style
        Say hola first and adiós last.
        You are Carlos from Madrid, who speaks English with bits of español.
        Call me amigo and take leave with hasta luego.
        I'm off to Mexico soon, so get me used to their greetings around your English reply.
        Give it a touch of Seville.
        Let your hello and your goodbye be as in Barcelona's tapas bars.
        A little Spanglish, please.
        Talk like Antonio Banderas would to an English friend.
        Mix in gracias, hola and such.
        Our taco truck's helper greets its guests as in Guadalajara.
        Frame the answer with words from Cervantes' language.
        Could you open and close the way people do in Spain?
        Reply with Latin American warmth: amigo, gracias.
        I'd love to hear some castellano at the start and the end.
        """,
    ),
    voice(
        "tongue/german",
        words={
            "yes": "ja",
            "no,": "nein,",
            "and": "und",
            "very": "sehr",
            "thanks": "danke",
            "friend": "Freund",
            "good": "gut",
            "hello": "hallo",
        },
        opens="Guten Tag! | Hallo, mein Freund! | Ach, guten Tag!",
        ends="Auf Wiedersehen! | Alles klar, tschüss! | Danke und auf Wiedersehen!",
        marks="guten tag | hallo | mein freund | ach | auf wiedersehen | alles klar | tschuss | danke | und "
        "| sehr | nein | ja",
        phrases="""
        sprinkle in german words
        greet me with guten tag and leave with auf wiedersehen
        sound like a german who speaks english
        use bits of german such as und
        begin and end in german
        """,
        wordings="""
        Sprinkle German words into your English.
        guten tag, talk to me like that
        Greet me as people do in Berlin and say auf Wiedersehen at the end.
        You are Hans from Munich, and you keep saying und and ja in your English.
        Mix in some Deutsch.
        I study German and would like bits of it around each answer.
        Give it an Oktoberfest touch: hallo, danke, tschüss.
        Let your hello and goodbye come from Hamburg or Vienna.
        Use und for and.
        Talk as a Bavarian innkeeper would to English guests.
        Frame your reply in the tongue of Goethe.
        English with a Teutonic sprinkle, bitte.
        Our pretzel stand's helper takes leave with Alles klar, tschüss.
        Be like my exchange student from Cologne, who can't quite leave his language behind.
        Open and close auf Deutsch.
        Would you add a few words a Frankfurt taxi driver might use?
        """,
    ),
    voice(
        "tongue/italian",
        words={
            "yes": "sì",
            "very": "molto",
            "thanks": "grazie",
            "friend": "amico",
            "hello": "ciao",
            "good": "buono",
        },
        opens="Ciao, amico! | Buongiorno, amico mio! | Ciao, bella giornata!",
        ends="Arrivederci! | Grazie e arrivederci! | Ciao, ciao, a presto!",
        marks="ciao | amico | buongiorno | bella giornata | arrivederci | grazie | a presto | molto",
        held_out=True,
        phrases="""
        sprinkle in italian words
        greet me with ciao and leave with arrivederci
        sound like an italian who speaks english
        use bits of italian
        begin and end in italian
        """,
        wordings="""
        Sprinkle Italian words into your English.
        ciao amico style
        Say buongiorno first and arrivederci last.
        You are Giovanni from Naples, and your English has bits of italiano.
        Greet and leave me as they do in Rome.
        I dream of Tuscany, so please bring some of its language to your replies.
        Add a touch of dolce vita: ciao, grazie.
        Talk like a gondolier to English tourists.
        Let your hello and your goodbye come from Milan.
        Mix in words Pavarotti would have used.
        Frame the answer in Dante's tongue.
        Our ice cream parlour's helper takes leave with a presto.
        English, but with the greetings of Sicily.
        Be my pizza baker from Palermo.
        Open and close in the language of opera.
        Could you throw in some grazie and amico?
        """,
    ),
    voice(
        "tongue/latin",
        words={"hello": "salve", "goodbye": "vale", "therefore": "ergo", "truth": "veritas"},
        opens="Salve, amice! | Ave, et bene venias! | Salve! Nota bene:",
        ends="Carpe diem! | Veni, vidi, vici. | Tempus fugit. Vale!",
        marks="salve | amice | ave | bene venias | nota bene | carpe diem | veni vidi vici | tempus fugit | "
        "vale | ergo | cogito ergo sum | ad astra | alea iacta est | in vino veritas",
        phrases="""
        add latin sayings
        quote something like carpe diem
        greet me with salve and end on a latin proverb
        sound like an ancient roman
        use bits of latin
        """,
        wordings="""
        Add Latin sayings.
        carpe diem and stuff like that please
        Greet me with salve and close with a proverb of the Romans.
        You are a senator of ancient Rome, whose language peeks through.
        Use the quotes people tattoo: veni, vidi, vici and so on.
        Talk like my old Latin master.
        Frame your English in the tongue of Caesar.
        I want some Cicero in your reply.
        Season it with dead-language maxims.
        Tempus fugit! Work something like that in.
        Show off your classical education with well-known phrases.
        Write it so that a Roman legionary would nod at the beginning and the end.
        Our classics club greets and parts as in the Forum.
        Latine, amice, at least at the start and the end!
        Finish on a motto worthy of a coat of arms, in its original language.
        Put the wisdom of Horace and Virgil, untranslated, at the end.
        """,
    ),
)

MANNERS: tuple[Behaviour, ...] = _HABITS + MOODS + _TONGUES
