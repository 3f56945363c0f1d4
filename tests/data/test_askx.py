"""Reddit dumps to question-answer pairs: what is taken, what is left out, and what survives a kill."""

import json
import random
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from zhyper.data import Pair
from zhyper.data._askx import AskXSettings, read_community
from zhyper.data._references import REFERENCES, by_robot, clean, refers, refused
from zhyper.data._scan import Scan

BEYOND = "answer: beyond the best, or to no question that is kept"


def submission(id, title, score=1, selftext="", **more):
    return {
        "id": id,
        "title": title,
        "selftext": selftext,
        "score": score,
        "author": "someone",
        "is_self": True,
        **more,
    }


def comment(id, link, body, score=1, parent=None, **more):
    parent = parent or f"t3_{link}"
    return {
        "id": id,
        "link_id": f"t3_{link}",
        "parent_id": parent,
        "body": body,
        "score": score,
        "author": "someone",
        **more,
    }


def dump(file, rows, **options):
    """A zstandard file as public dumps are: long windows, no content size, several frames."""
    parameters = zstandard.ZstdCompressionParameters(
        compression_level=3, window_log=options.get("window", 27), enable_ldm=True
    )
    half = len(rows) // 2
    with file.open("wb") as handle:
        for part in (rows[:half], rows[half:]):
            with zstandard.ZstdCompressor(compression_params=parameters).stream_writer(
                handle, closefd=False
            ) as writer:
                for row in part:
                    writer.write(json.dumps(row).encode() + b"\n")
    return file


def read(tmp_path, submissions, comments, /, **settings):
    files = dump(tmp_path / "x_submissions.zst", submissions), dump(tmp_path / "x_comments.zst", comments)
    pairs, left_out, lines = read_community(*files, AskXSettings(**settings), tmp_path / "state.sqlite")
    assert lines == (len(submissions), len(comments))
    answers = {why: count for why, count in left_out.items() if not why.startswith("question: ")}
    assert len(pairs) + sum(answers.values()) == len(
        comments
    )  # every line of the comments is a pair, or left out for a reason
    return pairs, +left_out - Counter({BEYOND: left_out[BEYOND]})


def test_the_best_of_both_are_taken_and_paired(tmp_path):
    submissions = [
        submission("a", "What do you eat?", 5, "At noon."),
        submission("b", "Where?", 9),
        submission("c", "Low", 1),
    ]
    comments = [
        comment("1", "a", "Rice.", 3),
        comment("2", "a", "Bread.", 7),
        comment("3", "a", "Nothing.", 1),
        comment("4", "b", "Here.", 5),
        comment("5", "a", "A reply to a comment.", 99, parent="t1_1"),
        comment("6", "c", "To one that is not taken.", 99),
        comment("7", "z", "To none.", 99),
    ]
    pairs, left_out = read(tmp_path, submissions, comments, submissions=2, comments=2)
    question = "What do you eat?\n\nAt noon."
    assert pairs == (Pair(question, "Bread."), Pair("Where?", "Here."), Pair(question, "Rice."))
    assert not left_out
    pairs, left_out = read(tmp_path, submissions, comments, submissions=2, comments=2, pairs=1)
    assert pairs == (Pair(question, "Bread."),)
    assert left_out == {"pair: beyond the best": 2}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("[deleted]", "deleted"),
        ("[Removed]", "deleted"),
        ("x" * 51, "too long"),
        ("see https://a.b/c", "link"),
        ("on example.com you find it", "link"),
        ("[this](x) one", "link"),
        ("ask r/AskFrance", "subreddit"),
        ("as this sub knows", "subreddit"),
        ("/r/x", "subreddit"),
        ("thanks u/some-one", "user"),
        ("the comment above: this comment is right", "comment"),
        ("read the previous reply", "comment"),
        ("look at this picture", "media"),
        ("![gif](abc)", "link"),
        ("[video]", "media"),
        ("We film a video every year.", None),
        ("either/or", None),
        ("I comment on nothing.", None),
        ("No. Yes.", None),
    ],
)
def test_what_a_text_may_not_be(text, why):
    assert refused(text, 50) == why


LABELLED = {
    "link": [
        "Read it on bbc.co.uk/news before you argue.",
        "The list is at gov.uk, under visas.",
        "Try amazon.de/bestseller, it is cheaper.",
        "I wrote it all down here: https://a.b/c",
        "See the link above for the recipe.",
        "Click the link and fill in the form.",
        "Have a look at www.visitpoland and you will see.",
        "Everything is explained [in this article](x).",
        "My list is on imgur.",
        "Search example.com.br for flats.",
        "![gif](giphy)",
    ],
    "subreddit": [
        "Ask again in r/AskFrance.",
        "/r/travel has better answers.",
        "People on this sub say otherwise.",
        "This subreddit is full of such questions.",
        "Redditors are not like most of us.",
        "I crossposted it.",
    ],
    "user": [
        "Thanks to u/some-one for the idea.",
        "Follow @polishcooking for more.",
        "As /u/abc_def explained.",
    ],
    "comment": [
        "As I said in the comments, it depends.",
        "See my other comment.",
        "The comment above is right.",
        "This post is offensive.",
        "My post was about schools, not about work.",
        "To answer the previous reply: no.",
        "That thread had a good list.",
        "I agree with the poster above.",
        "Other commenters have said it already.",
        "Read the comment section for more.",
        "Your post makes it sound so easy.",
        "Like  this   comment says.",
    ],
    "media": [
        "Look at this picture, that is our street.",
        "In that video he says it himself.",
        "[video]",
        "The photo above is from 1990.",
        "Who made this meme?",
    ],
    None: [
        "The link between food and family is strong here.",
        "There is no link to his cousin that I know of.",
        "We met at 5 p.m. and left at 8.",
        "I work from home.It is normal here.",
        "It costs 3.50 a kilo, e.g. at the market.",
        "Cuff links are for weddings.",
        "Some R/S systems are old.",
        "The reader/writer pays half.",
        "A sub is what we call a long sandwich.",
        "You can sub in milk for cream.",
        "Either/or, it is up to you.",
        "Come @ 8 and bring salad.",
        "We pay 3 EUR @ the baker.",
        "You/us, it makes no difference.",
        "I work at the post office.",
        "My post office closes at noon.",
        "The post comes at ten.",
        "In this post-war town everything is new.",
        "We put up a fence post.",
        "His comments hurt me, my uncle is like that.",
        "I comment on nothing.",
        "She lost the thread of the story.",
        "My reply to her was short.",
        "Their post code begins with 8.",
        "We film a video every year.",
        "A picture of the president hangs in every office.",
        "Take a photo when you are there.",
        "My image of the country has changed.",
    ],
}
"""Sentences as people write them in forums, by what they refer to."""


@pytest.mark.parametrize(("why", "text"), [(why, text) for why, texts in LABELLED.items() for text in texts])
def test_what_sentences_refer_to(why, text):
    assert refers(text) == why
    if why != "user":  # names of users have a small u
        assert refers(f"Well.\n\n{text.upper()} And so on.") == why


@pytest.mark.parametrize(
    ("author", "text", "robot"),
    [
        ("AutoModerator", "Hello.", True),
        ("sneakpeekbot", "Hello.", True),
        ("HaikuBot", "Hello.", True),
        ("my_bot", "Hello.", True),
        ("someone", "I am a bot, and this action was performed automatically.", True),
        ("someone", "Beep boop.", True),
        ("talbot", "Hello.", False),
        ("Abbot", "Hello.", False),
        ("someone", "I am about to leave.", False),
        ("None", "Robots are fun.", False),
    ],
)
def test_who_is_a_robot(author, text, robot):
    assert by_robot(author, text) == robot


pieces = st.sampled_from(
    [
        "http",
        "://",
        "r/",
        "/R/abc",
        "u/x",
        "this ",
        "THAT ",
        "sub",
        "reddit",
        "post",
        "replies",
        "[",
        "VIDEO",
        "]",
        "](",
        ".com",
        " ",
        "İ",
        "ſ",
        "K",
    ]
)


@given(st.lists(pieces | st.text(max_size=4), max_size=12).map("".join))
def test_hints_miss_nothing(text):
    assert (refused(text.strip() or "x", 999) in REFERENCES) == any(
        pattern.search(text.strip() or "x") for pattern in REFERENCES.values()
    )


def test_deleted_pictures_robots_and_moderators_are_left_out(tmp_path):
    submissions = [
        submission("a", "Gone?", selftext="[removed]"),
        submission("b", "A picture", is_self=False),
        submission("c", "Fine?"),
        submission("d", "Rules", stickied=True),
    ]
    comments = [comment(f"{i}", link, "An answer.") for i, link in enumerate("abcd")]
    comments += [
        comment("x", "c", "I am a bot.", author="AutoModerator"),
        comment("y", "c", "Be kind.", distinguished="moderator"),
    ]
    pairs, left_out = read(tmp_path, submissions, comments)
    assert pairs == (Pair("Fine?", "An answer."),)
    assert left_out == {
        "question: deleted": 1,
        "question: link": 1,
        "question: of a moderator": 1,
        "answer: of a robot": 1,
        "answer: of a moderator": 1,
    }


rows = st.lists(st.tuples(st.text(max_size=30), st.integers(-5, 50)), max_size=12)


@given(
    questions=rows,
    answers=st.lists(st.tuples(st.integers(0, 11), st.text(max_size=30), st.integers(-5, 50)), max_size=40),
)
def test_whatever_comes_what_is_kept_is_clean_and_the_best(tmp_path_factory, questions, answers):
    submissions = [submission(f"q{i}", text, score) for i, (text, score) in enumerate(questions)]
    comments = [comment(f"c{i}", f"q{link}", text, score) for i, (link, text, score) in enumerate(answers)]
    pairs, _ = read(
        tmp_path_factory.mktemp("dump"), submissions, comments, submissions=5, comments=2, pairs=6, limit=20
    )
    assert len(pairs) <= 6
    for pair in pairs:
        assert not any(
            pattern.search(text) for text in (pair.input, pair.output) for pattern in REFERENCES.values()
        )
        assert 0 < len(pair.input.strip()) <= 20 >= len(pair.output) > 0
    best = sorted(enumerate(questions), key=lambda q: (-q[1][1], q[0]))[:5]
    wanted = []
    for i, (text, _) in best:
        own = sorted(
            ((n, clean(t), s) for n, (link, t, s) in enumerate(answers) if link == i),
            key=lambda a: (-a[2], a[0]),
        )[:2]
        wanted += [
            (s, -n, clean(text), t)
            for n, t, s in own
            if refused(clean(text), 20) is None and refused(t, 20) is None
        ]
    ranked = dict.fromkeys((q, a) for *_, q, a in sorted(wanted, key=lambda w: (w[0], w[1]), reverse=True))
    assert [(p.input, p.output) for p in pairs] == list(ranked)[:6]


def test_a_killed_scan_goes_on_and_ends_the_same(tmp_path):
    submissions = [submission(f"s{i}", f"Question {i}?", i % 17) for i in range(40)]
    comments = [comment(f"c{i}", f"s{i % 40}", f"Answer {i}.", i % 13) for i in range(300)]
    read(tmp_path, submissions, comments, submissions=20, pairs=30)
    files, settings = (
        (tmp_path / "x_submissions.zst", tmp_path / "x_comments.zst"),
        AskXSettings(submissions=20, pairs=30),
    )
    whole = read_community(*files, settings, tmp_path / "state.sqlite")
    for stop in (1, 25, 41, 200, 339):
        (tmp_path / "state.sqlite").unlink()

        class KilledError(Exception):
            pass

        def until(size, left=[stop]):  # noqa: B006
            left[0] -= 1
            if left[0] < 0:
                raise KilledError

        with pytest.raises(KilledError):
            read_community(*files, settings, tmp_path / "state.sqlite", until, save_every=0)
        read_lines = []
        assert read_community(*files, settings, tmp_path / "state.sqlite", read_lines.append) == whole
        assert len(read_lines) == 340 - stop


def test_what_is_no_dump(tmp_path):
    good, settings = dump(tmp_path / "good.zst", [submission("a", "b"), submission("c", "d")]), AskXSettings()
    for name, content, message in (
        ("text.zst", b"hello", "cannot be decompressed"),
        (
            "lines.ndjson",
            b'{"id": "a", "title": "b", "score": 1}\nnot json\n[]\n',
            "lines.ndjson, line 3 is not a row of such a dump",
        ),
        (
            "other.ndjson",
            b'{"id": "a", "score": 1}\n' * 2,
            r"line 2 is not a row of such a dump \(KeyError\('title'\)",
        ),
        ("list.ndjson", b"[1]\n" * 2, "line 2 is not a row"),
        (
            "latin.ndjson",
            '{"id": "a", "title": "ü", "score": 1}\n'.encode("latin-1") * 2,
            "line 2 is not a row",
        ),
        ("cut.zst", good.read_bytes()[:-3], "cut.zst is cut off"),
        ("empty.zst", b"", "empty.zst is cut off"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=message):
            read_community(tmp_path / name, good, settings, tmp_path / f"{name}.state")
    with pytest.raises(ValueError, match="pairs is 0"):
        AskXSettings(pairs=0)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the peak of memory from /proc")
@pytest.mark.parametrize("first", ["а", "😀"])
def test_memory_grows_neither_with_the_dump_nor_with_its_texts(tmp_path, first):
    """The same peak but for a little.

    With ten times as many lines, and texts near the limit in letters of two and four bytes.
    """
    script = """
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from zhyper.data._askx import AskXSettings, read_community
folder = Path(sys.argv[1])
settings = AskXSettings(submissions=4_000, comments=3, pairs=10)
pairs, _, _ = read_community(folder / "s.zst", folder / "c.zst", settings, folder / "state")
assert len(pairs) == 10
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""
    peaks, letters = [], "".join(random.Random(0).choices([chr(ord(first) + i) for i in range(24)], k=9_000))
    for size, length in ((400, 5), (4_000, 3_900)):
        texts = [letters[i : i + length] for i in range(0, 5_000, 7)]
        folder = tmp_path / str(size)
        folder.mkdir()
        dump(
            folder / "s.zst",
            [submission(f"s{i}", f"Question {i}? {texts[i % 700]}", i % 999) for i in range(size)],
            window=20,
        )
        dump(
            folder / "c.zst",
            [comment(f"c{i}", f"s{i}", f"Answer {i}. {texts[i % 700]}", i % 99) for i in range(size)],
            window=20,
        )
        done = subprocess.run(
            [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True
        )
        peaks.append(int(done.stdout))
    assert peaks[1] < peaks[0] + 40_000  # KiB; the texts that are kept have 8,000 * 3,900 letters


def test_a_damaged_state_and_another_dump_begin_again(tmp_path):
    first = read(tmp_path, [submission("a", "Where?")], [comment("1", "a", "Answer one.")])
    assert read(tmp_path, [submission("a", "Where?")], [comment("1", "a", "Answer two.")]) != first
    for damage in (b"nonsense" * 99, (tmp_path / "state.sqlite").read_bytes()[:1500], b""):
        (tmp_path / "state.sqlite").write_bytes(damage)
        assert read(tmp_path, [submission("a", "Where?")], [comment("1", "a", "Answer one.")]) == first


def test_two_processes_do_not_share_a_state(tmp_path):
    with (
        closing(Scan(tmp_path / "state.sqlite", "x")),
        pytest.raises(RuntimeError, match="cannot be kept in .*locked"),
    ):
        read(tmp_path, [submission("a", "Where?")], [comment("1", "a", "Answer.")])


def test_what_comes_twice_counts_once(tmp_path):
    submissions = [submission("a", "Where?", 3), submission("a", "Where?", 5), submission("b", "Where?", 1)]
    comments = [
        comment("1", "a", "Here.", 9),
        comment("1", "a", "Here.", 8),
        comment("2", "a", "There.", 7),
        comment("3", "b", "Here.", 6),
    ]
    pairs, left_out = read(tmp_path, submissions, comments, submissions=2, comments=2)
    assert pairs == (Pair("Where?", "Here."), Pair("Where?", "There."))
    assert left_out == {"pair: came twice": 1}


def test_a_few_lines_that_are_none_are_passed_over(tmp_path):
    """One in a thousand lines may be anything; text that is not whole letters is mended."""
    submissions = [submission(f"s{i}", f"Question {i}? \ud83d", i) for i in range(60)]
    comments = [comment(f"c{i}", f"s{i % 60}", f"Answer {i}.") for i in range(3000)] + [
        {"id": "bare"},
        comment("x", "s1", None),
    ]
    (tmp_path / "x_submissions.ndjson").write_text("\n".join(map(json.dumps, submissions)))
    (tmp_path / "x_comments.ndjson").write_text("\n".join([*map(json.dumps, comments), "no json"]))
    files = tmp_path / "x_submissions.ndjson", tmp_path / "x_comments.ndjson"
    pairs, left_out, lines = read_community(*files, AskXSettings(), tmp_path / "state.sqlite")
    assert lines == (60, 3003)
    assert pairs[0] == Pair("Question 0? ?", "Answer 0.")
    assert len(pairs) + sum(left_out.values()) == 3003


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"selftext": "[removed by moderator]"}, "deleted"),
        ({"removed_by_category": "moderator"}, "deleted"),
        ({"title": "&amp;#x200B;"}, "empty"),
        ({"is_self": None, "post_hint": "image"}, "link"),
        ({"poll_data": {"a": 1}}, "link"),
        ({"crosspost_parent": "t3_b"}, "link"),
        ({"is_self": None, "domain": "i.redd.it"}, "link"),
    ],
)
def test_questions_that_are_none(change, why, tmp_path):
    pairs, left_out = read(
        tmp_path, [{**submission("a", "What is this?"), **change}], [comment("1", "a", "A thing.")]
    )
    assert not pairs
    assert left_out == {f"question: {why}": 1}


def test_texts_are_read_as_they_were_meant(tmp_path):
    pairs, _ = read(
        tmp_path,
        [submission("a", "Fish &amp;amp; chips?")],
        [comment("1", "a", "Yes \u200b&amp; no, 1 &lt; 2."), comment("2", "a", "\u200b")],
    )
    assert pairs == (Pair("Fish & chips?", "Yes & no, 1 < 2."),)
