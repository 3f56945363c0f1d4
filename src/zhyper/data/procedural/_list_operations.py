"""Operations on a whole list or pair of words, or list of numbers: sorting, joining, counting.

Long because it is a table: each row brings its phrases.
"""

from __future__ import annotations

from collections.abc import Callable

from zhyper.data.procedural._categories import UNTRAINED
from zhyper.data.procedural._inputs import Input
from zhyper.data.procedural._operation import do, get
from zhyper.data.procedural._transformations import in_words


def _joined(between: str) -> Callable[[Input], str | None]:
    return lambda sample: between.join(sample.items)


def _changed(change: Callable[[str], str], between: str = ", ") -> Callable[[Input], str | None]:
    return lambda sample: between.join(map(change, sample.items))


def _sorted(key: Callable[[str], object], reverse: bool = False) -> Callable[[Input], str | None]:
    def act(sample: Input) -> str | None:
        if len({key(item) for item in sample.items}) < len(sample.items):
            return None
        return ", ".join(sorted(sample.items, key=key, reverse=reverse))  # type: ignore[arg-type]

    return act


def _and(sample: Input) -> str:
    return f"{', '.join(sample.items[:-1])} and {sample.items[-1]}"


def _swapped(sample: Input) -> str:
    return ", ".join((sample.items[-1], *sample.items[1:-1], sample.items[0]))


LIST_OPERATIONS = (
    do(
        "list",
        "sort",
        _sorted(str.lower),
        "sort the words alphabetically|put the list in alphabetical order|arrange the words from A to Z|"
        "order the words as in a dictionary|list the words alphabetically|bring the words into the order of "
        "the alphabet",
    ),
    do(
        "list",
        "sort-z-a",
        _sorted(str.lower, True),
        "sort the words in reverse alphabetical order|arrange the words from Z to A|order the words "
        "alphabetically backwards, Z first|list the words from the last to the first in the alphabet|put "
        "the list in descending alphabetical order|sort the list by the alphabet, but from its end to its "
        "start",
    ),
    do(
        "list",
        "sort-by-length",
        _sorted(len),
        "sort the words from the shortest to the longest|order the words by their length, shortest first|"
        "arrange the list by growing length|list the words from fewest to most letters|put the shortest "
        "word first and go on up to the longest|sort the list by the number of letters, lowest first",
    ),
    do(
        "list",
        "reverse",
        lambda g: ", ".join(g.items[::-1]),
        "reverse the order of the words|list the words from the last to the first|turn the list around|put "
        "the list in reverse order|write the words of the list backwards, last word first|flip the list so "
        "that its end comes first",
    ),
    get(
        "list",
        "count",
        lambda g: str(len(g.items)),
        "the number of words in the list|the count of the words|the size of the list|the total of words in "
        "the list|the length of the list in words|the word count, as a number",
    ),
    get(
        "list",
        "count-in-words",
        lambda g: in_words(str(len(g.items))),
        "the number of words in the list, spelled out|the count of the words, written as a word such as "
        "seven|the size of the list as an English word|the total of words, not in digits but in letters|the "
        "length of the list, in words like seven|the word count written out in letters",
    ),
    do(
        "list",
        "join-and",
        _and,
        "join the words with commas, but put 'and' before the last one instead of a comma|write the list "
        "with 'and' between the last two words|replace the last comma by the word 'and'|connect the last "
        "two words with 'and' and keep the other commas|turn the list into plain English with an 'and' "
        "before its last word|use 'and' in place of the final comma",
    ),
    do(
        "list",
        "join-or",
        lambda g: f"{', '.join(g.items[:-1])} or {g.items[-1]}",
        "write the list with 'or' between the last two words|replace the last comma by the word 'or'|"
        "connect the last two words with 'or' and keep the other commas|make the list a choice, with 'or' "
        "before its last word|use 'or' in place of the final comma|put an 'or' before the last word instead "
        "of a comma",
    ),
    do(
        "list",
        "spaces",
        _joined(" "),
        "remove the commas|separate the words by spaces alone|write the words with spaces and no commas|"
        "take the commas out of the list|drop every comma|list the words with nothing but a space between "
        "them",
    ),
    do(
        "list",
        "semicolons",
        _joined("; "),
        "replace the commas by semicolons|separate the words with semicolons|put semicolons where the "
        "commas are|use a semicolon instead of every comma|write the list with ; between the words|turn "
        "each comma into a semicolon",
    ),
    do(
        "list",
        "slashes",
        _joined("/"),
        "join the words with slashes, without spaces|separate the words by a slash and no space|write the "
        "list with / between the words|use / in place of every comma and space|put a slash, with no blanks, "
        "between the words|connect the words by slashes alone",
    ),
    do(
        "list",
        "plus-signs",
        _joined(" + "),
        "join the words with plus signs|write the list as a sum, with a + between the words|put a plus "
        "between the words instead of a comma|use ' + ' in place of every comma|separate the words by plus "
        "signs|connect the words with +",
    ),
    do(
        "list",
        "arrows",
        _joined(" > "),
        "join the words with > signs|put a > between the words, with spaces|use ' > ' in place of every "
        "comma|separate the words by the sign >|write the list as a path with > between the words|connect "
        "the words with >",
    ),
    do(
        "list",
        "numbered",
        lambda g: " ".join(f"{i}. {w}" for i, w in enumerate(g.items, 1)),
        "number the words, as in '1. sun 2. moon'|put 1., 2., 3. and so on before the words instead of "
        "commas|make a numbered list on one line, like '1. sun 2. moon'|write a number and a full stop "
        "before each word and drop the commas|turn the list into '1. sun 2. moon' style|give each word its "
        "number in front, with a full stop and no commas",
    ),
    do(
        "list",
        "swap-ends",
        _swapped,
        "swap the first and the last word of the list|exchange the two words at the ends of the list|let "
        "the first and the last word change places|write the list with its first and last words swapped|put "
        "the last word first and the first word last, with the rest as it is|trade the places of the "
        "opening and the closing word",
    ),
    do(
        "list",
        "last-to-front",
        lambda g: ", ".join((g.items[-1], *g.items[:-1])),
        "move the last word to the front of the list|put the last word first and keep the others in order|"
        "shift the list by one so that its last word leads|take the final word and place it at the start|"
        "write the list with its last word moved to the beginning|rotate the list to the right by one",
    ),
    do(
        "list",
        "first-to-back",
        lambda g: ", ".join((*g.items[1:], g.items[0])),
        "move the first word to the end of the list|put the first word last and keep the others in order|"
        "shift the list by one so that its first word ends it|take the opening word and place it at the end|"
        "write the list with its first word moved to the back|rotate the list to the left by one",
    ),
    get(
        "list",
        "acronym",
        lambda g: "".join(w[0].upper() for w in g.items),
        "the initials of all the words as one capital string|the acronym of the words in capitals|the first "
        "letters of all words, in capitals and without spaces|the capital initials of the list joined into "
        "one string|an uppercase abbreviation made of the first letter of every word|the opening letters of "
        "the words, run together in upper case",
    ),
    do(
        "list",
        "repeat-first",
        lambda g: ", ".join((g.items[0], *g.items)),
        "write the list with its first word twice|repeat the first word, then go on with the rest|double "
        "the first word of the list and keep the rest|say the first word two times and the others once|copy "
        "the list but with the first word repeated|put one more copy of the first word at the start of the "
        "list",
    ),
    do(
        "list",
        "upper-first",
        lambda g: ", ".join((g.items[0].upper(), *g.items[1:])),
        "write the list with only its first word in capital letters|put the first word in upper case and "
        "leave the others|capitalise all letters of the first word and nothing else|copy the list, the "
        "first word in block capitals|make the opening word of the list uppercase|shout the first word in "
        "capitals and keep the rest as it is",
    ),
)
PAIR_OPERATIONS = (
    do(
        "pair",
        "swap",
        lambda g: f"{g.items[1]} {g.items[0]}",
        "swap the two words|exchange the words|write the second word and then the first|put the words in "
        "the opposite order|let the two words change places|turn the order of the words around",
    ),
    do(
        "pair",
        "join-and",
        _joined(" and "),
        "join the two words with 'and'|put 'and' between the words|write the words with the word 'and' in "
        "the middle|connect both words by 'and'|link the words with an 'and'|say both words with 'and' "
        "between them",
    ),
    do(
        "pair",
        "join-or",
        _joined(" or "),
        "join the two words with 'or'|put 'or' between the words|write the words with the word 'or' in the "
        "middle|connect both words by 'or'|link the words with an 'or'|say both words with 'or' between them",
    ),
    do(
        "pair",
        "not-but",
        lambda g: f"not {g.items[0]} but {g.items[1]}",
        "write 'not', the first word, 'but' and the second word|put 'not' before the first word and 'but' "
        "before the second|make it 'not A but B' of the words A and B|say 'not' the first 'but' the second "
        "word|use the words in the phrase 'not A but B'|fill the two words into 'not ... but ...'",
    ),
    do(
        "pair",
        "hyphen",
        _joined("-"),
        "join the two words with a hyphen|put a hyphen between the words instead of the space|write both "
        "words as one with a hyphen|replace the space by a hyphen|hyphenate the two words|link the words "
        "with -",
    ),
    do(
        "pair",
        "underscore",
        _joined("_"),
        "join the two words with an underscore|put an underscore in place of the space|write both words as "
        "one with _ between them|replace the space by an underscore|link the words with _|use snake_case "
        "style for the two words",
    ),
    do(
        "pair",
        "glue",
        _joined(""),
        "write the two words as one, without the space|remove the space between the words|glue the two "
        "words together|run the words together into one|drop the space|join the two words with nothing "
        "between them",
    ),
    do(
        "pair",
        "comma",
        _joined(", "),
        "put a comma between the words|separate the two words by a comma and a space|write the words with a "
        "comma after the first|add a comma behind the first word|list the two words with a comma|make a "
        "comma-separated list of the two words",
    ),
    do(
        "pair",
        "upper-second",
        lambda g: f"{g.items[0]} {g.items[1].upper()}",
        "write both words, the second in capital letters|put only the second word in upper case|leave the "
        "first word and capitalise all letters of the second|make the second word uppercase|copy both words "
        "with the second in block capitals|shout the second word in capitals after the first as it is",
    ),
    do(
        "pair",
        "upper-first",
        lambda g: f"{g.items[0].upper()} {g.items[1]}",
        "write both words, the first in capital letters|put only the first word in upper case|capitalise "
        "all letters of the first word and leave the second|make the first word of the two uppercase|copy "
        "both words with the first in block capitals|shout the first word in capitals and leave the second "
        "as it is",
    ),
    do(
        "pair",
        "sort",
        lambda g: " ".join(sorted(g.items, key=str.lower)),
        "put the two words in alphabetical order|sort the two words alphabetically|write the words in the "
        "order of a dictionary|arrange both words from A to Z|order the pair by the alphabet|write the word "
        "that is first in the alphabet, then the other",
    ),
    get(
        "pair",
        "initials",
        lambda g: f"{g.items[0][0]}{g.items[1][0]}",
        "the first letters of both words, together|the two initial letters as one string|the opening letter "
        "of each word, without a space|the initials of the two words as they are|both first letters side by "
        "side|a string of the first letter of each of the two words",
    ),
    get(
        "pair",
        "categories",
        lambda g: None if UNTRAINED.intersection(g.kinds) else " and ".join(g.kinds),
        "the categories of both words, with 'and' between them|the kind of the first word 'and' the kind of "
        "the second|the two groups that the words belong to, joined by 'and'|the type of each word, with an "
        "'and' in the middle|the general classes of the two words, linked with 'and'|the sorts of thing the "
        "words name, first and second, with 'and'",
        True,
    ),
    get(
        "pair",
        "total-letters",
        lambda g: str(len("".join(g.items))),
        "the number of letters in both words together|the total letter count of the two words|the sum of "
        "the lengths of both words|the combined length of the two words in letters|the count of all letters "
        "in the pair|the letters of both words counted together, as a number",
    ),
)


def _ints(sample: Input) -> list[int]:
    return [int(item) for item in sample.items]


def _those(test: Callable[[int], bool]) -> Callable[[Input], str | None]:
    return lambda sample: ", ".join(item for item in sample.items if test(int(item))) or None


def _sum_two(sample: Input) -> str | None:
    a, b = _ints(sample)[:2]
    return str(a + b) if a + b <= 40 else None


def _span(sample: Input) -> str | None:
    return str(max(_ints(sample)) - min(_ints(sample)))


NUMBER_OPERATIONS = (
    do(
        "numbers",
        "sort",
        _sorted(int),
        "sort the numbers from the smallest to the largest|put the numbers in ascending order|arrange the "
        "numbers by size, lowest first|order the list of numbers upwards|list the numbers in growing order|"
        "bring the numbers into increasing order",
    ),
    do(
        "numbers",
        "sort-down",
        _sorted(int, True),
        "sort the numbers from the largest to the smallest|put the numbers in descending order|arrange the "
        "numbers by size, highest first|order the list of numbers downwards|list the numbers in falling "
        "order|bring the numbers into decreasing order",
    ),
    do(
        "numbers",
        "reverse",
        lambda g: ", ".join(g.items[::-1]),
        "reverse the order of the numbers|list the numbers from the last to the first|turn the list of "
        "numbers around|write the numbers in the opposite order|write the list of numbers backwards, last "
        "number first|flip the numbers so that the end comes first",
    ),
    get(
        "numbers",
        "count",
        lambda g: str(len(g.items)),
        "the number of numbers in the list|the count of the numbers|the amount of numbers given|the total "
        "count of entries in the list of numbers|the length of the list of numbers|the quantity of numbers "
        "in the list",
    ),
    get(
        "numbers",
        "sum-of-first-two",
        _sum_two,
        "the sum of the first two numbers|the first number plus the second|the result of adding the first "
        "two numbers|the total of the first and the second number|the first two numbers added together|what "
        "the first two numbers add up to",
    ),
    get(
        "numbers",
        "span",
        _span,
        "the difference between the largest and the smallest number|the largest number minus the smallest|"
        "the range of the numbers, from lowest to highest, as a difference|the smallest number taken from "
        "the largest|the gap between the highest and the lowest number|the distance from the minimum to the "
        "maximum",
    ),
    get(
        "numbers",
        "even",
        _those(lambda n: n % 2 == 0),
        "the even numbers|only the even numbers of the list|all numbers that can be divided by two|the "
        "numbers without the odd ones|the even ones among the numbers|the numbers of the list that are even",
        True,
    ),
    get(
        "numbers",
        "odd",
        _those(lambda n: n % 2 == 1),
        "the odd numbers|only the odd numbers of the list|all numbers that cannot be divided by two|the "
        "numbers without the even ones|the odd ones among the numbers|the numbers of the list that are odd",
        True,
    ),
    *(
        get(
            "numbers",
            f"above-{k}",
            _those(k.__lt__),
            f"the numbers above {k}|only the numbers greater than {k}|all numbers in the list that are "
            f"larger than {k}|the numbers that exceed {k}|the numbers that are more than {k}|those numbers "
            f"bigger than {k}",
            True,
        )
        for k in (5, 8, 10, 20)
    ),
    *(
        get(
            "numbers",
            f"below-{k}",
            _those(k.__gt__),
            f"the numbers below {k}|only the numbers less than {k}|all numbers in the list that are smaller "
            f"than {k}|the numbers that stay under {k}|the numbers that are lower than {k}|those numbers "
            f"under {k}",
            True,
        )
        for k in (6, 9, 12, 25)
    ),
    get(
        "numbers",
        "all-in-words",
        _changed(in_words),
        "all the numbers in words|each number of the list spelled out in English|the numbers written as "
        "words, with commas|every number as an English word|the list with words for its numbers|the numbers "
        "in letters rather than digits",
    ),
    do(
        "numbers",
        "add-one-to-all",
        _changed(lambda n: str(int(n) + 1)),
        "add one to every number|increase each number by 1|raise all the numbers by one|write each number "
        "plus one|count every number of the list up by one|replace each number by the next one",
    ),
    do(
        "numbers",
        "double-all",
        _changed(lambda n: str(int(n) * 2)),
        "double every number|multiply each number by 2|write twice each number|replace every number of the "
        "list by its double|times all the numbers by two|make each number twice as large",
    ),
    do(
        "numbers",
        "plus-signs",
        _joined(" + "),
        "join the numbers with plus signs|write the numbers as a sum, without working it out|put a plus "
        "between the numbers instead of a comma|separate the numbers by plus signs|connect the numbers with "
        "+|use ' + ' between the numbers in place of commas",
    ),
    do(
        "numbers",
        "hyphens",
        _joined("-"),
        "join the numbers with hyphens|put a hyphen between the numbers instead of comma and space|separate "
        "the numbers by hyphens alone|connect the numbers with -|write the numbers like 1-2-3|use - between "
        "the numbers, with no spaces",
    ),
    do(
        "numbers",
        "join-and",
        _and,
        "write the numbers with 'and' between the last two|replace the last comma between the numbers by "
        "'and'|put 'and' before the last number instead of a comma|connect the last two numbers with 'and' "
        "and keep the other commas|list the numbers in plain English, with an 'and' before the last|use "
        "'and' for the final comma between the numbers",
    ),
    do(
        "numbers",
        "without-largest",
        lambda g: ", ".join(n for n in g.items if int(n) != max(_ints(g))),
        "leave out the largest number|remove the largest number from the list|write the numbers without "
        "their maximum|drop the highest number and keep the others in order|take the biggest number out|"
        "list all the numbers but the largest",
    ),
    do(
        "numbers",
        "without-smallest",
        lambda g: ", ".join(n for n in g.items if int(n) != min(_ints(g))),
        "leave out the smallest number|remove the smallest number from the list|write the numbers without "
        "their minimum|drop the lowest number and keep the others in order|take the least number out|list "
        "all the numbers but the smallest",
    ),
)
