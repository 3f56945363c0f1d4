"""Operations that add a constant to an input, or put one in the place of a part."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zhyper.data.procedural._categories import CATEGORIES, UNTRAINED, article
from zhyper.data.procedural._inputs import Input
from zhyper.data.procedural._operation import Operation
from zhyper.data.procedural._phrases import Phrases, alternatives
from zhyper.data.procedural._selectors import members

CONSTANTS = (
    "hello maybe ready never always okay thanks sorry welcome perhaps sure really bravo alpha beta omega "
    "echo tiny giant magic secret golden hidden lucky super extra mega ultra mini happy sleepy lonely "
    "frozen broken ancient modern royal local global plain double final unknown empty nothing anything "
    "today tomorrow yesterday forever again twice below above outside inside north south east west winter "
    "summer spring autumn morning evening midnight noon party market garden island mountain desert forest "
    "ocean bridge mirror window candle basket ticket letter number dream story music shadow signal rocket "
    "robot pirate wizard dragon monster ghost castaway"
).split()
"""Words that belong to no category."""
NAMES = (
    "Winston Matilda Rufus Beatrix Quentin Dorothy Gustav Penelope Barnaby Yolanda Hector Imogen Cedric Wilma"
).split()
PHRASES = alternatives(
    "That is all.|Nobody knew why.|It was late.|What a day!|The end.|Who would have thought?|Then it "
    "rained.|I saw it.|So they say.|Stay tuned.|Good night.|Over and out.|True story.|It was a dream.|More "
    "tomorrow.|Thank you."
)
OPENINGS = alternatives(
    "Listen:|Breaking news:|Dear diary:|As I heard:|Once upon a time:|Note:|Good news:|By the way:|Chapter "
    "one:|Rumour:"
)
_ORDER = alternatives("before|after|between|list-end|list-start|first-by|last-by|category-by|comma|plus")


def _with_constant(
    kind: str, name: str, constant: str, act: Callable[[Input], str | None], text: str, *parts: str
) -> Operation:
    phrases = Phrases(alternatives(text.replace("{c}", constant)), imperative=True)
    slug = "-".join("".join(c if c.isalnum() else " " for c in constant).lower().split())
    return Operation(kind, f"{name}-{slug}", act, phrases, (*parts, name, f"constant:{constant}"))


def _with_word(c: str, where: str, category: str) -> Operation:  # noqa: C901
    """A task with a constant word at one of some places."""
    if where == "before":
        return _with_constant(
            "word",
            where,
            c,
            lambda g: f"{c} {g.text}",
            "put the word '{c}' before it|write '{c}' and then the word|say the word with '{c}' in front|"
            "add '{c}' at the start|place '{c}' before the word, with a space|let the word follow '{c}'",
        )
    if where == "after":
        return _with_constant(
            "word",
            where,
            c,
            lambda g: f"{g.text} {c}",
            "put the word '{c}' after it|write the word and then '{c}'|say the word with '{c}' behind it|"
            "add '{c}' at the end|place '{c}' after the word, with a space|let '{c}' follow the word",
        )
    if where == "comma":
        return _with_constant(
            "word",
            where,
            c,
            lambda g: f"{g.text}, {c}",
            "write the word, a comma and '{c}'|put a comma and the word '{c}' after it|add ', {c}' to the "
            "word|let a comma and '{c}' follow the word|make a list of two, the word and '{c}', with a "
            "comma|repeat the word and add '{c}' after a comma",
        )
    if where == "plus":
        return _with_constant(
            "word",
            where,
            c,
            lambda g: f"{c} and {g.text}",
            "write '{c} and' before the word|say '{c}', 'and', and the word|join '{c}' and the word by "
            "'and', '{c}' first|put '{c} and' in front of it|begin with '{c} and', then the word|pair the "
            "word with '{c}', as in '{c} and X'",
        )
    if where == "between":
        return _with_constant(
            "pair",
            where,
            c,
            lambda g: f"{g.items[0]} {c} {g.items[1]}",
            "put the word '{c}' between the two words|write the first word, '{c}', and the second word|"
            "insert '{c}' in the middle of both words|say the two words with '{c}' between them|set '{c}' "
            "between the pair|add '{c}' after the first of the two words",
        )
    if where == "list-end":
        return _with_constant(
            "list",
            where,
            c,
            lambda g: f"{g.text}, {c}",
            "add the word '{c}' to the end of the list|append '{c}' to the list|write the list with '{c}' "
            "as one more word at its end|put '{c}' behind the last word, after a comma|extend the list by "
            "'{c}'|close the list with '{c}'",
        )
    if where == "list-start":
        return _with_constant(
            "list",
            where,
            c,
            lambda g: f"{c}, {g.text}",
            "add the word '{c}' to the start of the list|prepend '{c}' to the list|write the list with "
            "'{c}' as a new first word|put '{c}' and a comma before the first word|begin the list with an "
            "added '{c}'|open the list with the word '{c}', then go on as it is",
        )
    if where == "first-by":
        return _with_constant(
            "list",
            where,
            c,
            lambda g: ", ".join((c, *g.items[1:])),
            "replace the first word of the list by '{c}'|write '{c}' instead of the first word|put '{c}' in "
            "the place of the first word|copy the list with '{c}' for its first word|change the opening "
            "word of the list to '{c}'|swap the first word for '{c}'",
        )
    if where == "last-by":
        return _with_constant(
            "list",
            where,
            c,
            lambda g: ", ".join((*g.items[:-1], c)),
            "replace the last word of the list by '{c}'|write '{c}' instead of the last word|put '{c}' in "
            "the place of the last word|copy the list with '{c}' for its last word|change the final word of "
            "the list to '{c}'|swap the last word for '{c}'",
        )

    def act(sample: Input) -> str | None:
        words = members(sample, category)
        return (
            ", ".join(c if item in words else item for item in sample.items)
            if words and len(words) == 1
            else None
        )

    a = article(category)
    return _with_constant(
        "list",
        f"{category.replace(' ', '-')}-by",
        c,
        act,
        f"replace the {category} in the list by '{{c}}'|write '{{c}}' instead of the {category}|put '{{c}}' "
        f"in the place of the {category}|copy the list with '{{c}}' for the word that is {a}|change the "
        f"word that names {a} to '{{c}}'|swap the {category} for '{{c}}'",
        f"category:{category}",
    )


def _renamed(name: str) -> Callable[[Input], str | None]:
    def act(sample: Input) -> str | None:
        old = sample.only("name")
        return (
            None
            if old is None
            else " ".join(
                token.replace(old, name) if token.strip(",.") == old else token
                for token in sample.text.split()
            )
        )

    return act


def _put(pattern: str) -> Callable[[Input], str | None]:
    return lambda sample: pattern.replace("{}", sample.text)


def constant_operations() -> Iterator[Operation]:
    """Each constant at one place or two."""
    categories = [c for c in CATEGORIES if c not in UNTRAINED]
    for i, c in enumerate(CONSTANTS):
        yield _with_word(c, _ORDER[i % len(_ORDER)], categories[i * 3 % len(categories)])
        if i % 3 == 0:
            yield _with_word(
                c, _ORDER[(i // 3 * 7 + 3) % len(_ORDER)], categories[(i * 5 + 2) % len(categories)]
            )
    for c in NAMES:
        yield _with_constant(
            "sentence",
            "name-by",
            c,
            _renamed(c),
            "replace the name in the sentence by {c}|write {c} instead of the person's name|put the name "
            "{c} in the place of the one in the sentence|copy the sentence, but call the person {c}|change "
            "the name of the person to {c}|let {c} be the person of the sentence in place of the one named",
        )
    for c in PHRASES:
        yield _with_constant(
            "sentence",
            "sentence-end",
            c,
            _put("{} " + c),
            'add the sentence "{c}" after it|write the sentence and then "{c}"|append "{c}" to the sentence|'
            'copy the sentence and let "{c}" follow|put "{c}" behind the sentence|go on after the sentence '
            'with "{c}"',
        )
    for c in OPENINGS:
        yield _with_constant(
            "sentence",
            "sentence-start",
            c,
            _put(c + " {}"),
            'write "{c}" before the sentence|put "{c}" in front of the sentence|begin with "{c}", then copy '
            'the sentence|prepend "{c}" to the sentence|let the sentence follow the words "{c}"|open with '
            '"{c}" and go on with it',
        )
