"""Pools of inputs, one for each kind, which all tasks of the kind draw from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from random import Random

from zhyper.data.procedural._categories import CATEGORIES, CATEGORY_OF, NEAR
from zhyper.data.procedural._phrases import alternatives


@dataclass(frozen=True)
class Input:
    """An input, its words or numbers without punctuation, and the role of each of them in a sentence."""

    text: str
    items: tuple[str, ...]
    roles: tuple[str, ...] = ()

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The categories of the items, empty for one without."""
        return tuple(CATEGORY_OF.get(item, "") for item in self.items)

    def only(self, role: str) -> str | None:
        """The item of a role if there is just one."""
        return self.items[self.roles.index(role)] if self.roles.count(role) == 1 else None


FIRST_NAMES = (
    "Anna Peter Maria David Laura Thomas Sofia Daniel Emma Michael Clara Robert Nora Simon Julia Martin "
    "Helen Oscar Alice Victor Eva Paul Ingrid Samuel Olivia Henry Lucia Felix Hannah George Carmen Leo "
    "Fatima Omar Priya Ravi Yuki Kenji Chloe Marcus Elena Hugo Sara Edward Miriam Walter Zoe Adam Greta "
    "Louis"
).split()
LAST_NAMES = (
    "Smith Lopez Novak Keller Bauer Rossi Tanaka Singh Garcia Muller Jensen Cohen Murphy Dubois Silva "
    "Wagner Kowalski Nielsen Haddad Okafor Chen Ivanov Bianchi Larsen Evans Moreau Schmidt Walker Fischer "
    "Santos Yilmaz Petrov Hughes Lindberg Romero Clarke Patel Nakamura Hansen Weber Morris Fernandez "
    "Laurent Becker Carter Duarte Popov Ferrari Barnes Olsen"
).split()
VERBS = {
    "bought": ("buy", "buys"),
    "sold": ("sell", "sells"),
    "found": ("find", "finds"),
    "lost": ("lose", "loses"),
    "painted": ("paint", "paints"),
    "washed": ("wash", "washes"),
    "carried": ("carry", "carries"),
    "moved": ("move", "moves"),
    "dropped": ("drop", "drops"),
    "drew": ("draw", "draws"),
    "hid": ("hide", "hides"),
    "borrowed": ("borrow", "borrows"),
    "liked": ("like", "likes"),
    "wanted": ("want", "wants"),
    "cleaned": ("clean", "cleans"),
    "stole": ("steal", "steals"),
    "kept": ("keep", "keeps"),
    "wrapped": ("wrap", "wraps"),
    "described": ("describe", "describes"),
    "chose": ("choose", "chooses"),
    "took": ("take", "takes"),
    "brought": ("bring", "brings"),
    "touched": ("touch", "touches"),
    "noticed": ("notice", "notices"),
}
"""Base and third person by the past."""
PERSON_VERBS = {
    "met": ("meet", "meets"),
    "helped": ("help", "helps"),
    "called": ("call", "calls"),
    "thanked": ("thank", "thanks"),
    "followed": ("follow", "follows"),
    "visited": ("visit", "visits"),
    "invited": ("invite", "invites"),
    "trusted": ("trust", "trusts"),
}
THINGS = alternatives(
    "animal|fruit|tool|piece of clothing|piece of furniture|musical instrument|vehicle|vegetable"
)
"""Categories of the things in sentences."""
_ADJECTIVES = (
    "old new small big heavy tiny clean dirty cheap strange lovely huge pretty beautiful expensive soft "
    "rare ugly perfect wonderful ordinary special dusty wet cold"
).split()
_PERSON_ADJECTIVES = (
    "young tall kind friendly honest lazy clever famous brave polite nervous cheerful tired shy proud angry"
).split()
_NAMES = tuple(CATEGORIES)
_PATTERNS = alternatives(
    "{name} {verb} the {colour} {thing} in {city} .|{name} {verb} the {adjective} {thing} .|The {person} "
    "{job} {verb} the {thing} near the {building} .|In {city} , {name} {verb} this {adjective} {thing} .|"
    "The {job} {verb} the {colour} {thing} on {weekday} .|{name} and {name} {verb} the {thing} in {city} .|"
    "{name} {verb} the {adjective} {thing} and the {colour} {thing} .|The {person} {job} {meet} {name} in "
    "{city} .|On {weekday} , the {job} {verb} that {adjective} {thing} .|{name} {verb} the {thing} near the "
    "{building} on {weekday} .|{name} {meet} the {person} {job} near the {building} ."
)
_SLOTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": ("name", tuple(FIRST_NAMES)),
    "verb": ("verb", tuple(VERBS)),
    "meet": ("verb", tuple(PERSON_VERBS)),
    "adjective": ("adjective", tuple(_ADJECTIVES)),
    "person": ("adjective", tuple(_PERSON_ADJECTIVES)),
    "colour": ("colour", CATEGORIES["colour"]),
    "city": ("city", CATEGORIES["city"]),
    "job": ("job", CATEGORIES["job"]),
    "building": ("building", CATEGORIES["building"]),
    "weekday": ("day of the week", CATEGORIES["day of the week"]),
}


def _words(random: Random) -> Iterator[Input]:
    words = [word for words in CATEGORIES.values() for word in words]
    random.shuffle(words)
    for word in words:
        yield Input(word, (word,))


def _other(random: Random, name: str, *more: str) -> str:
    """A category that can stand beside these."""
    while True:
        other = random.choice(_NAMES)
        if other not in (name, *more) and NEAR[other].isdisjoint((name, *more)):
            return other


def _lists(random: Random) -> Iterator[Input]:
    """Of each category lists with one word of it: among words of one category, and among those of two."""
    while True:
        for name in CATEGORIES:
            second = _other(random, name)
            third = _other(random, name, second)
            for others in ((second,) * random.randint(2, 4), (second, *(third,) * random.randint(2, 3))):
                words = [random.choice(CATEGORIES[name])]
                for other in dict.fromkeys(others):
                    words += random.sample(CATEGORIES[other], others.count(other))
                words.sort()
                random.shuffle(words)
                if random.random() < 0.2 and len(words) < 6:
                    words.append(random.choice([word for word in CATEGORIES[name] if word not in words]))
                yield Input(", ".join(words), tuple(words))


def _numbers(random: Random) -> Iterator[Input]:
    while True:
        numbers = [str(n) for n in random.sample(range(1, random.choice((13, 31, 61))), random.randint(3, 6))]
        yield Input(", ".join(numbers), tuple(numbers))


def _pairs(random: Random) -> Iterator[Input]:
    """Two words, a quarter of them of the same category."""
    while True:
        for name in CATEGORIES:
            other = name if random.random() < 0.25 else _other(random, name)
            words = [random.choice(CATEGORIES[name])]
            words.append(random.choice([word for word in CATEGORIES[other] if word != words[0]]))
            random.shuffle(words)
            yield Input(" ".join(words), tuple(words))


def _sentence(random: Random, pattern: str) -> Input | None:
    words: list[str] = []
    roles: list[str] = []
    things = random.sample(THINGS, 2)
    for token in pattern.split():
        role = ""
        choices: tuple[str, ...] = (token,)
        if token == "{thing}":
            role = things.pop()
            choices = CATEGORIES[role]
        elif token[0] == "{":
            role, choices = _SLOTS[token[1:-1]]
        words.append(random.choice(choices))
        roles.append(role)
    places = [i for i, word in enumerate(words) if word not in ",."]
    if len({word.lower() for word in words if word not in ("the", "The")}) < len(
        [w for w in words if w not in ("the", "The")]
    ):
        return None
    text = " ".join(words).replace(" ,", ",").replace(" .", ".")
    return Input(text, tuple(words[i] for i in places), tuple(roles[i] for i in places))


def _sentences(random: Random) -> Iterator[Input]:
    while True:
        for pattern in _PATTERNS:
            if sentence := _sentence(random, pattern):
                yield sentence


def _dates(random: Random) -> Iterator[Input]:
    while True:
        date = (
            str(random.randint(1, 28)),
            random.choice(CATEGORIES["month"]),
            str(random.randint(1950, 2029)),
        )
        yield Input(" ".join(date), date, ("day", "month", "year"))


def _names(random: Random) -> Iterator[Input]:
    while True:
        name = (random.choice(FIRST_NAMES), random.choice(LAST_NAMES))
        yield Input(" ".join(name), name, ("first", "last"))


_MAKERS = {
    "word": (_words, len([word for words in CATEGORIES.values() for word in words])),
    "list": (_lists, 4900),
    "numbers": (_numbers, 1000),
    "pair": (_pairs, 3300),
    "sentence": (_sentences, 1800),
    "date": (_dates, 500),
    "name": (_names, 500),
}


def _distinct(inputs: Iterator[Input]) -> Iterator[Input]:
    texts = set()
    for sample in inputs:
        if sample.text not in texts:
            texts.add(sample.text)
            yield sample


def make_pools(seed: str) -> dict[str, tuple[Input, ...]]:
    """The inputs of each kind, pairwise different."""
    pools = {}
    for kind, (maker, count) in _MAKERS.items():
        pools[kind] = tuple(islice(_distinct(maker(Random(f"{seed}/{kind}"))), count))
    return pools
