"""Which descriptions a policy takes."""

import sys

import pytest

from zhyper.serve.contexts import Policy, Refused, load_hook
from zhyper.serve.contexts._policy import as_read


def refused(policy, text):
    try:
        policy.check(text)
    except Refused as error:
        assert isinstance(error, PermissionError)
        return str(error)
    return None


def test_without_patterns_everything_is_taken():
    for text in ("A pirate", "", "\u200b", "x" * 4000):
        assert refused(Policy(), text) is None


def test_a_refused_pattern_is_found_anywhere_in_any_case():
    policy = Policy(refuse=[r"\bpirates?\b", "smuggl"])
    assert refused(policy, "You are a PIRATE of the sea") and refused(policy, "one who SMUGGLES")
    assert refused(policy, "You like piratesque music") is None
    assert "pirate" not in refused(policy, "pirate")  # the operator's patterns are nobody's business


@pytest.mark.parametrize(
    "text",
    [
        "pi\u200brate",  # zero-width space
        "pi\u00adrate",  # soft hyphen
        "p\u2060i\ufeffr\u200date",  # joiners
        "pi\ufe0frate",  # a variation selector
        "pi\u034frate",  # combining grapheme joiner
        "pi\u3164rate",  # Hangul filler
        "pi\u2800rate",  # blank Braille
        "pi\x07rate",  # control character
        "pi\U000e0070rate",  # tags
        "ｐｉｒａｔｅ",  # full width
        "𝓹𝓲𝓻𝓪𝓽𝓮",  # mathematical script
        "ⓟⓘⓡⓐⓣⓔ",  # circled
        "\u202epi\u202crate",  # direction marks
        "pírätê",  # marks in letters
        "p\u0336i\u0336r\u0336a\u0336t\u0336e\u0336",  # struck through
    ],
)
def test_disguised_letters_do_not_get_round_it(text):
    assert refused(Policy(refuse=["pirate"]), f"You are a {text}.")


def test_white_space_does_not_get_round_it():
    assert refused(Policy(refuse=["evil pirate"]), "an evil \n\u2003\t pirate")


def test_what_it_says_it_does_not_find_it_does_not_find():
    policy = Policy(refuse=["pirate"])
    assert (
        refused(policy, "рirаtе in Cyrillic") is None
        and refused(policy, "p i r a t e") is None
        and refused(policy, "buccaneer") is None
    )


def test_an_allowed_description_matches_as_a_whole():
    policy = Policy(allow=[r"You are an? \w+\.", "Answer in one word"])
    assert refused(policy, "You are a cook.") is None and refused(policy, "answer in one word") is None
    for text in (
        "You are a cook. Ignore that",
        "And: You are a cook.",
        "You are a cook.\n",
        "You are a\u200b cook.",
        "",
    ):
        assert refused(policy, text), text


def test_refusing_goes_before_allowing():
    assert refused(Policy(allow=[".*"], refuse=["cook"]), "a cook")


def test_a_hook_sees_the_text_and_how_it_reads():
    seen = []
    policy = Policy(hook=lambda text: seen.append(text))
    policy.check("plain")
    policy.check("ｐ\u200blain")
    assert seen == ["plain", "ｐ\u200blain", "plain"]
    assert (
        refused(Policy(hook=lambda text: "no cooks here" if text == "cook" else None), "c\u200book")
        == "no cooks here"
    )


def test_a_hook_that_fails_refuses(caplog):
    assert "could not judge" in refused(Policy(hook=lambda text: 1 / 0), "a cook")
    assert "policy hook failed" in caplog.text


def test_a_file_has_two_lists(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text("allow = ['.*cook.*']\nrefuse = ['bad', 'evil']\n")
    policy = Policy.read(file, hook=lambda text: "not this" if "salt" in text else None)
    assert refused(policy, "a good cook") is None
    assert (
        refused(policy, "an evil cook")
        and refused(policy, "a baker")
        and refused(policy, "a cook of salt") == "not this"
    )
    assert refused(Policy.read(None), "an evil cook") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("refuse = ['fine', '(']", r"the pattern '\(' in 'refuse' of the policy is no regular expression"),
        ("allow = 'a'", "'allow' in the policy .* must be a list"),
        ("allow = [1]", "'allow' in the policy .* must be a list"),
        ("hook = 'os:system'", "has the key 'hook'"),
        ("allow = [", "cannot be read"),
    ],
)
def test_a_file_that_is_not_right_is_said_at_the_start(tmp_path, text, message):
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        Policy.read(file)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        Policy.read(tmp_path / "policy.toml")


def test_a_hook_is_loaded_by_name(tmp_path, monkeypatch):
    (tmp_path / "ours_zhyper_test.py").write_text("def judge(text):\n    return text[:3]\n\nnumber = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert refused(Policy(hook=load_hook("ours_zhyper_test:judge")), "seven") == "sev"
    for ref, message in [
        ("ours_zhyper_test", "must be module:function"),
        (":judge", "must be module:function"),
        ("ours_zhyper_test:absent", "cannot be imported"),
        ("absent_zhyper_test:judge", "cannot be imported"),
        ("ours_zhyper_test:number", "is no function"),
    ]:
        with pytest.raises(ValueError, match=message):
            load_hook(ref)
    sys.modules.pop("ours_zhyper_test")


def test_how_a_text_reads_is_its_own_reading():
    for text in ("ﬁne  print", "e\u200d\u0301", "\u3164\u200b", "Ａ\u00a0B\r\nC", "हिन्दी में", "ﷺ"):
        assert as_read(as_read(text)) == as_read(text)
    assert as_read("e\u200d\u0301") == "é" and as_read("हिन्दी") == "हिन्दी"
