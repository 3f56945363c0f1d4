"""Chat templates: what they read, what they lose, and which of several is used."""

import pytest

from conftest import CHAT, byte_tokenizer, tiny_base
from zhyper.data import answer_tokens, check_chat, prompt_tokens
from zhyper.serve.http._prompts import Prompts
from zhyper.spec import GeneratorSpec
from zhyper.text_to_adapter import TextToAdapter
from zhyper.weights import load_tokenizer


def turns(content):
    """A template of turns with this as their content."""
    return CHAT.replace("{{ m['content'] }}", content)


PARTS = turns("{% for p in m['content'] %}{% if p['type'] == 'text' %}{{ p['text'] }}{% endif %}{% endfor %}")
FIRST_PART = turns("{{ m['content'][0]['text'] }}")
ADDED = turns("{{ '' + m['content'][0].text }}")
MIXED = turns(
    "{% if m['role'] == 'system' %}{{ m['content'] }}{% else %}{{ m['content'][0].text }}{% endif %}"
)
CONFIG = tiny_base().config
TALK = [
    {"role": "system", "content": "Be {{ brief }}."},
    {"role": "user", "content": "House?\n\n'x'"},
    {"role": "assistant", "content": "houses"},
    {"role": "user", "content": "Wolf?"},
]


def with_template(template):
    tokenizer = byte_tokenizer()
    tokenizer.chat_template = template
    return tokenizer


@pytest.mark.parametrize("template", [PARTS, FIRST_PART, ADDED, MIXED])
def test_a_template_that_reads_parts_gets_them(template):
    plain, parts = with_template(CHAT), with_template(template)
    for prompt in ("House?", TALK):
        assert prompt_tokens(parts, prompt) == prompt_tokens(plain, prompt)
        assert prompt_tokens(plain, prompt, template) == prompt_tokens(plain, prompt)
    assert Prompts(parts).chat(TALK) == Prompts(plain).chat(TALK)
    assert answer_tokens(parts, "House?", "houses") == answer_tokens(plain, "House?", "houses")
    check_chat(parts, CONFIG)


LOSSES = {
    "nothing is read": "<|user|><|end|>",
    "a name, not a template": "chatml",
    "another key": turns("{{ m['text'] }}"),
    "cut": turns("{{ m['content'][:2000] }}"),
    "one word": turns("{{ m['content'].split()[0] }}"),
    "lower case": turns("{{ m['content'] | lower }}"),
    "escaped": turns("{{ m['content'] | e }}"),
    "squeezed": turns("{{ m['content'].split() | join(' ') }}"),
    "images alone": turns("{% for p in m['content'] if p['type'] == 'image' %}<image>{% endfor %}"),
}  # fmt: skip


@pytest.mark.parametrize("template", LOSSES.values(), ids=LOSSES)
def test_a_template_that_loses_what_a_user_says_is_refused(template):
    tokenizer = with_template(template)
    for refused in (
        lambda: check_chat(tokenizer, CONFIG),
        lambda: check_chat(byte_tokenizer(), CONFIG, template),
        lambda: prompt_tokens(tokenizer, "House?"),
        lambda: Prompts(tokenizer).chat(TALK[-1:]),
    ):
        with pytest.raises(ValueError, match="leaves out or changes what the user says"):
            refused()


def test_a_template_that_strips_outer_space_is_fine():
    tokenizer = with_template(turns("{{ m['content'] | trim }}"))
    check_chat(tokenizer, CONFIG)
    assert prompt_tokens(tokenizer, " a ") == prompt_tokens(byte_tokenizer(), "a")


def test_a_template_that_passes_over_a_role_refuses_that_role():
    tokenizer = with_template(
        "{% for m in messages if m['role'] != 'system' %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}"
    )
    with pytest.warns(UserWarning, match="leaves out or changes system messages"):
        check_chat(tokenizer, CONFIG)
    for refused in (lambda: prompt_tokens(tokenizer, TALK), lambda: Prompts(tokenizer).chat(TALK)):
        with pytest.raises(ValueError, match="leaves out or changes what the system says"):
            refused()
    assert prompt_tokens(tokenizer, TALK[1:]) == Prompts(tokenizer).chat(TALK[1:])


@pytest.mark.parametrize("which", ["-1", "0"])
def test_a_template_of_one_turn_refuses_more(which):
    tokenizer = with_template(f"<|user|>{{{{ messages[{which}]['content'] }}}}<|assistant|>")
    with pytest.warns(UserWarning, match="leaves out or changes") as warned:
        check_chat(tokenizer, CONFIG)
    assert "turns before the last" in str(warned[-1].message)
    assert tokenizer.decode(prompt_tokens(tokenizer, "House?")) == "<|user|>House?<|assistant|>"
    assert tokenizer.decode(answer_tokens(tokenizer, "House?", "houses")) == "houses<|end|>"
    with pytest.raises(ValueError, match="leaves out or changes"):
        prompt_tokens(tokenizer, TALK[1:])


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{ raise_exception('no, thanks') }}", "no, thanks"),
        ("{{ bos_token + messages[0]['content'] }}", "'bos_token' is undefined"),
        ("{{ messages[0]['content'] + 1 }}", "concatenate"),
        ("{% for m in messages %}", "Unexpected end"),
    ],
)
def test_a_template_that_fails_says_why(template, says):
    with pytest.raises(ValueError, match=f"cannot make a prompt of the messages: .*{says}"):
        check_chat(with_template(template), CONFIG)


def test_a_template_that_refuses_system_messages_warns_of_nothing():
    strict = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system here') }}{% endif %}" + CHAT
    )
    check_chat(with_template(strict), CONFIG)
    with pytest.raises(ValueError, match="no system here"):
        prompt_tokens(with_template(strict), TALK)


def test_of_several_templates_the_default_is_used(tmp_path):
    other = turns("[{{ m['content'] }}]")
    with_template({"default": CHAT, "bracket": other}).save_pretrained(tmp_path / "named")
    assert (tmp_path / "named" / "additional_chat_templates" / "bracket.jinja").is_file()
    tiny_base().config.save_pretrained(tmp_path / "named")
    tokenizer = load_tokenizer(str(tmp_path / "named"))
    assert isinstance(tokenizer.chat_template, dict)
    plain = byte_tokenizer()
    for template, same in ((None, CHAT), ("bracket", other), ("default", CHAT), (other, other)):
        assert prompt_tokens(tokenizer, TALK, template) == prompt_tokens(plain, TALK, same)
        assert Prompts(tokenizer, template).chat(TALK) == prompt_tokens(plain, TALK, same)
        assert answer_tokens(tokenizer, "a", "b", template) == answer_tokens(plain, "a", "b", same)
        check_chat(tokenizer, CONFIG, template)


def test_several_templates_without_a_default():
    tokenizer = with_template({"rag": CHAT, "tool_use": CHAT})
    for refused in (lambda: check_chat(tokenizer, CONFIG), lambda: Prompts(tokenizer)):
        with pytest.raises(
            ValueError, match="the chat templates rag, tool_use, and none called default; set"
        ):
            refused()
    assert prompt_tokens(tokenizer, "a", "rag") == prompt_tokens(byte_tokenizer(), "a")


def test_a_template_is_tried_before_weights_are_read(tmp_path, monkeypatch):
    tiny_base().config.save_pretrained(tmp_path)
    with_template(LOSSES["another key"]).save_pretrained(tmp_path)
    monkeypatch.setattr(
        "transformers.AutoModelForCausalLM.from_pretrained",
        lambda *args, **named: pytest.fail("weights read"),
    )
    spec = GeneratorSpec(base=str(tmp_path), context="task", encoder="one-hot", known_tasks=("a",))
    with pytest.raises(ValueError, match="leaves out or changes what the user says"):
        TextToAdapter.untrained(spec)
