"""Operations that rewrite a whole sentence, date or name.

Long because it is a table: each row brings its phrases.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from zhyper.data.procedural._categories import CATEGORIES
from zhyper.data.procedural._inputs import PERSON_VERBS, VERBS, Input
from zhyper.data.procedural._operation import do, get


def _without(*roles: str) -> Callable[[Input], str | None]:
    """The sentence without its one word of a role, and with no other that could be meant."""

    def act(sample: Input) -> str | None:
        places = [i for i, role in enumerate(sample.roles) if role in ("adjective", "colour")]
        if len(places) != 1 or sample.roles[places[0]] not in roles:
            return None
        return sample.text.replace(f" {sample.items[places[0]]} ", " ", 1)

    return act


def _verb(make: Callable[[Input, str, str, str], str | None]) -> Callable[[Input], str | None]:
    def act(sample: Input) -> str | None:
        past = sample.only("verb")
        if past is None:
            return None
        base, third = {**VERBS, **PERSON_VERBS}[past]
        return make(sample, past, base, third)

    return act


def _present(sample: Input, past: str, base: str, third: str) -> str | None:
    return (
        sample.text.replace(f" {past} ", f" {third} ")
        if sample.roles.count("name") < 2 or " and " not in sample.text
        else None
    )


def _opening(sample: Input) -> str:
    """The sentence with its first word as it stands inside a sentence."""
    return sample.text if sample.roles[0] in ("name",) else sample.text[0].lower() + sample.text[1:]


def _question(sample: Input, past: str, base: str, third: str) -> str | None:
    return None if "," in sample.text else f"Did {_opening(sample)[:-1].replace(f' {past} ', f' {base} ')}?"


def _words_of(sample: Input, change: Callable[[str], str]) -> str:
    return " ".join(map(change, sample.items))


SENTENCE_OPERATIONS = (
    get(
        "sentence",
        "count",
        lambda g: str(len(g.items)),
        "the number of words in the sentence|the word count of the sentence|the total of words in the "
        "sentence|the count of the words that make up the sentence|the sentence length in words|the amount "
        "of words in the sentence",
    ),
    do(
        "sentence",
        "upper",
        lambda g: g.text.upper(),
        "write the sentence in capital letters|put the whole sentence in upper case|copy the sentence in "
        "block capitals|turn all letters of the sentence into capitals|make the sentence all caps|"
        "capitalise every letter of the sentence",
    ),
    do(
        "sentence",
        "lower",
        lambda g: g.text.lower(),
        "write the sentence in small letters|put the whole sentence in lower case|copy the sentence without "
        "any capitals, everything small|turn all letters of the sentence into lower case|make the sentence "
        "all lowercase|remove the capitals by writing every letter of the sentence small",
    ),
    do(
        "sentence",
        "question-mark",
        lambda g: g.text[:-1] + "?",
        "end the sentence with a question mark instead of the full stop|replace the full stop by a question "
        "mark|copy the sentence but with ? at its end for the full stop|put a question mark where the full "
        "stop is|change only the last sign of the sentence, to ?|write the same words with a question mark "
        "at the end",
    ),
    do(
        "sentence",
        "exclamation",
        lambda g: g.text[:-1] + "!",
        "end the sentence with an exclamation mark instead of the full stop|replace the full stop by an "
        "exclamation mark|copy the sentence but with ! at its end for the full stop|put an exclamation mark "
        "where the full stop is|change only the last sign of the sentence, to !|write the same words with "
        "an exclamation mark at the end",
    ),
    do(
        "sentence",
        "no-full-stop",
        lambda g: g.text[:-1],
        "remove the full stop|copy the sentence without its full stop|leave out the dot at the end of the "
        "sentence|drop the final full stop and change nothing else|write the sentence with no full stop at "
        "its end|take the period off the sentence",
    ),
    do(
        "sentence",
        "reverse-words",
        lambda g: _words_of(Input("", g.items[::-1]), str),
        "write the words of the sentence in reverse order, without punctuation|list the words from the last "
        "to the first, with spaces and no punctuation|reverse the word order of the sentence and drop its "
        "punctuation|turn the sentence around word by word, with no punctuation|read the words backwards, "
        "last word first, leaving out punctuation|put the last word first and so on down to the first, "
        "without any punctuation",
    ),
    get(
        "sentence",
        "first-letters",
        lambda g: " ".join(w[0] for w in g.items),
        "the first letter of each word, with spaces between them|the initial letters of the words, "
        "separated by spaces|the opening letter of every word of the sentence, spaced out|each word cut to "
        "its first letter, with spaces|the letters that the words begin with, one after the other with "
        "spaces|a row of the first letters of all the words with spaces between",
    ),
    do(
        "sentence",
        "commas",
        lambda g: ", ".join(g.items),
        "list the words of the sentence with commas between them and no full stop|turn the sentence into a "
        "comma-separated list of its words|put a comma after each word but the last, and drop the full stop|"
        "separate the words of the sentence by commas, without a full stop|write the words one by one, with "
        "commas and no full stop|make a list of the sentence's words, commas between them",
    ),
    do(
        "sentence",
        "without-adjective",
        _without("adjective"),
        "remove the adjective from the sentence|write the sentence without its adjective|leave out the "
        "adjective|drop the one adjective and keep the rest|copy the sentence minus the adjective|take the "
        "adjective out",
    ),
    do(
        "sentence",
        "without-colour",
        _without("colour"),
        "remove the colour from the sentence|write the sentence without the colour word|leave out the "
        "colour|drop the word for the colour and keep the rest|copy the sentence minus its colour|take the "
        "colour word out",
    ),
    do(
        "sentence",
        "present",
        _verb(_present),
        "put the sentence into the present tense|change the past tense to the simple present|rewrite the "
        "sentence so that it happens now, in the simple present|use the present tense of the verb|turn the "
        "verb into its present form|write the sentence in the present simple",
    ),
    do(
        "sentence",
        "future",
        _verb(lambda g, past, base, third: g.text.replace(f" {past} ", f" will {base} ")),
        "put the sentence into the future with 'will'|change the past tense to the future with 'will'|"
        "rewrite the sentence so that it will happen|use 'will' and the base form of the verb|turn the verb "
        "into its future form with 'will'|write the sentence in the future tense with 'will'",
    ),
    do(
        "sentence",
        "negation",
        _verb(lambda g, past, base, third: g.text.replace(f" {past} ", f" did not {base} ")),
        "negate the sentence with 'did not'|make the sentence negative with 'did not'|say with 'did not' "
        "that it did not happen|use 'did not' and the base form of the verb|turn the sentence into its "
        "denial with 'did not'|write the opposite by putting 'did not' before the verb",
    ),
    do(
        "sentence",
        "could",
        _verb(lambda g, past, base, third: g.text.replace(f" {past} ", f" could {base} ")),
        "rewrite the sentence with 'could'|put 'could' and the base form in place of the verb|say with "
        "'could' that it was possible|use 'could' before the base form of the verb|turn the verb into "
        "'could' plus its base form|change what was done to what could be done, with 'could'",
    ),
    do(
        "sentence",
        "yes-no-question",
        _verb(_question),
        "turn the sentence into a yes-or-no question with 'Did'|ask whether it happened, beginning with "
        "'Did'|rewrite the sentence as a question that starts with 'Did'|make a 'Did' question of the "
        "sentence|change the statement to a question with 'Did'|put the sentence as a question opened by "
        "'Did'",
    ),
    get(
        "sentence",
        "base-verb",
        _verb(lambda g, past, base, third: base),
        "the base form of the verb|the verb in its infinitive, without 'to'|the dictionary form of the verb|"
        "the verb of the sentence in its base form|the bare infinitive of the verb|the form of the verb "
        "that a dictionary lists",
    ),
    get(
        "sentence",
        "to-verb",
        _verb(lambda g, past, base, third: f"to {base}"),
        "the infinitive of the verb with 'to'|the verb as an infinitive, 'to' first|the verb of the "
        "sentence in the form 'to go'|'to' and the base form of the verb|the full infinitive of the verb, "
        "with 'to' in front|the verb put into the infinitive with 'to'",
    ),
)


def _month(sample: Input) -> int:
    return CATEGORIES["month"].index(sample.items[1]) + 1


DATE_OPERATIONS = (
    do(
        "date",
        "iso",
        lambda g: f"{g.items[2]}-{_month(g):02}-{int(g.items[0]):02}",
        "write the date as YYYY-MM-DD|put the date in ISO format|convert the date to the form 2001-02-03, "
        "year first|give year, month and day as numbers with hyphens, two digits for month and day|use the "
        "ISO 8601 form of the date|turn the date into year-month-day numbers like 2001-02-03",
    ),
    do(
        "date",
        "slashes",
        lambda g: f"{int(g.items[0]):02}/{_month(g):02}/{g.items[2]}",
        "write the date as DD/MM/YYYY|put the date in numbers with slashes, day first and two digits each|"
        "convert the date to the form 03/02/2001, where 03 is the day|give day, month and year as numbers "
        "with slashes, like 03/02/2001|use the day/month/year form with two-digit day and month|turn the "
        "date into DD/MM/YYYY numbers",
    ),
    do(
        "date",
        "dots",
        lambda g: f"{int(g.items[0])}.{_month(g)}.{g.items[2]}",
        "write the date as D.M.YYYY without leading zeros|put the date in numbers with dots, as in "
        "3.2.2001, day first|convert the date to the form 3.2.2001, where 3 is the day|give day, month and "
        "year as numbers with dots between them and no extra zeros|use the day.month.year form, such as "
        "3.2.2001|turn the date into numbers separated by dots, day first, no leading zeros",
    ),
    do(
        "date",
        "month-first",
        lambda g: f"{g.items[1]} {g.items[0]}, {g.items[2]}",
        "write the date the American way, as in May 3, 1990|put the month first, then the day, a comma and "
        "the year|convert the date to the form May 3, 1990|give month, day, comma, year|use the style 'May "
        "3, 1990' for the date|move the month to the front and put a comma after the day",
    ),
    do(
        "date",
        "without-year",
        lambda g: f"{g.items[0]} {g.items[1]}",
        "leave out the year|write only the day and the month|remove the year from the date|give the date "
        "without its year|drop the year and keep the rest of the date|cut the date down to day and month",
    ),
    do(
        "date",
        "without-day",
        lambda g: f"{g.items[1]} {g.items[2]}",
        "leave out the day|write only the month and the year|remove the day from the date|give the date "
        "without its day|drop the day and keep the rest of the date|cut the date down to month and year",
    ),
    do(
        "date",
        "year-first",
        lambda g: f"{g.items[2]} {g.items[1]} {g.items[0]}",
        "write the year first, then the month, then the day|reverse the order of day, month and year|turn "
        "the date around so that the year leads|put the date in the order year month day, the month as a "
        "word|give the three parts of the date from the last to the first|order the date from year to day",
    ),
    get(
        "date",
        "month-number",
        lambda g: str(_month(g)),
        "the number of the month|the month as a number from 1 to 12|the month of the date in digits|the "
        "place of the month in the year, as a number|the month's number|a number for the month, 1 for "
        "January and so on",
    ),
    get(
        "date",
        "next-year",
        lambda g: str(int(g.items[2]) + 1),
        "the year after the one in the date|the year of the date plus one|the following year as a number|"
        "the year that comes next after the date's year|the date's year increased by 1|one year more than "
        "the year given",
    ),
    get(
        "date",
        "year-before",
        lambda g: str(int(g.items[2]) - 1),
        "the year before the one in the date|the year of the date minus one|the preceding year as a number|"
        "the year that comes just before the date's year|the date's year decreased by 1|one year less than "
        "the year given",
    ),
    get(
        "date",
        "short-year",
        lambda g: f"'{g.items[2][2:]}",
        "the year as an apostrophe and its last two digits|the short year, like '85|the last two digits of "
        "the year after an apostrophe|the year abbreviated in the style of '85|an apostrophe followed by "
        "the final two digits of the year|the two-digit year with an apostrophe before it",
    ),
    get(
        "date",
        "decade",
        lambda g: f"{g.items[2][:3]}0s",
        "the decade of the date, like 1980s|the decade that the year belongs to, with an s|the decade in "
        "the form 1980s|the ten-year span of the date, written like 1980s|the decade in which the date "
        "lies, in digits and an s|the year rounded down to its decade, such as 1980s",
    ),
)


def _styled(pattern: str) -> Callable[[Input], str | None]:
    """The name in a pattern, where First, FIRST, first and F. stand for its first name, likewise the last."""

    def act(sample: Input) -> str | None:
        first, last = sample.items
        values = {
            "FIRST": first.upper(),
            "LAST": last.upper(),
            "First": first,
            "Last": last,
            "first": first.lower(),
            "last": last.lower(),
            "F.": f"{first[0]}.",
            "L.": f"{last[0]}.",
        }
        return re.sub("|".join(map(re.escape, values)), lambda match: values[match.group()], pattern)

    return act


_NAME_STYLES = (
    (
        "last-first",
        "Last, First",
        "put the last name first, with a comma before the first name|write the surname, a comma and the "
        "first name|turn the name around, with a comma|write the name as in a phone book, last name, comma, "
        "first name|list the name by its surname, comma between|use the form 'Doe, Jane'",
    ),
    (
        "swap",
        "Last First",
        "put the last name before the first, without a comma|swap first and last name|write the surname and "
        "then the first name, no comma|exchange the two names|write the two parts of the name in the "
        "opposite order|use the form 'Doe Jane'",
    ),
    (
        "initials",
        "F. L.",
        "write the initials with full stops and a space|reduce the name to its initials, like J. D.|give "
        "both initials, each with a full stop, a space between|shorten the name to the form J. D.|"
        "abbreviate both names to one letter and a full stop|write only the initials, in the style J. D.",
    ),
    (
        "short-first",
        "F. Last",
        "shorten the first name to its initial and a full stop|write the name like J. Doe|abbreviate only "
        "the first name, as in J. Doe|give the first initial with a full stop and the whole surname|use an "
        "initial for the first name and keep the last name|cut the first name to one letter and a full stop",
    ),
    (
        "short-last",
        "First L.",
        "shorten the last name to its initial and a full stop|write the name like Jane D.|abbreviate only "
        "the last name, as in Jane D.|give the first name and the initial of the surname with a full stop|"
        "use an initial for the last name and keep the first name|cut the last name to one letter and a "
        "full stop",
    ),
    (
        "user-name",
        "first.last",
        "make a user name of it, in small letters with a dot|write the name in lower case with a dot for "
        "the space|turn it into the form jane.doe|join both names in small letters by a dot|make it a login "
        "such as jane.doe|use lower case and put a dot between the names",
    ),
    (
        "mail",
        "first.last@mail.com",
        "make a mail address of it at mail.com, like jane.doe@mail.com|turn the name into an address such "
        "as jane.doe@mail.com|write both names in small letters with a dot, then @mail.com|form an email "
        "address in the style jane.doe@mail.com|make it lower case, dot for the space, and add @mail.com|"
        "give the person the address first.last@mail.com, in small letters",
    ),
    (
        "handle",
        "@firstlast",
        "make a handle of it like @janedoe|write @ and both names in small letters without a space|turn the "
        "name into the form @janedoe|put an @ before the names run together in lower case|form a handle in "
        "the style @janedoe|join both names in small letters and put @ in front",
    ),
    (
        "snake",
        "first_last",
        "write the name in small letters with an underscore for the space|turn it into the form jane_doe|"
        "join both names in lower case by an underscore|make it snake case, like jane_doe|use lower case "
        "and put _ between the names|give the name the style of jane_doe",
    ),
    (
        "upper-last",
        "First LAST",
        "put the last name in capital letters|write the name with its surname in upper case|keep the first "
        "name and capitalise all letters of the last|write the name like Jane DOE|shout only the surname, "
        "in capitals|turn the last name into block capitals",
    ),
    (
        "upper-first",
        "FIRST Last",
        "put the first name in capital letters|write the name with its first name in upper case|keep the "
        "last name and capitalise all letters of the first|write the name like JANE Doe|shout only the "
        "first name, in capitals|turn the first name into block capitals",
    ),
    (
        "dear",
        "Dear First,",
        "open a letter to the person by first name, with 'Dear' and a comma|write 'Dear', the first name "
        "and a comma|greet the person as in 'Dear Jane,'|make a salutation like 'Dear Jane,'|begin a letter "
        "with 'Dear' and the first name, then a comma|address the person in the form 'Dear Jane,'",
    ),
    (
        "hello",
        "Hello First!",
        "say hello to the person by first name, as in 'Hello Jane!'|write 'Hello', the first name and an "
        "exclamation mark|greet the person with 'Hello Jane!' in that style|make it a greeting like 'Hello "
        "Jane!'|welcome the person by 'Hello', first name, !|address the person in the form 'Hello Jane!'",
    ),
    (
        "doctor",
        "Dr. Last",
        "write the surname with the title Dr. before it|call the person a doctor by surname, as in Dr. Doe|"
        "give 'Dr.' and the last name|replace the first name by the title Dr.|make it a doctor's name like "
        "Dr. Doe|put Dr. in place of the first name",
    ),
    (
        "professor",
        "Professor Last",
        "write the surname with the title Professor before it|call the person a professor by surname, as in "
        "Professor Doe|give 'Professor' and the last name|replace the first name by the title Professor|"
        "make it a professor's name like Professor Doe|put Professor in place of the first name",
    ),
    (
        "family",
        "the Last family",
        "write 'the', the last name and 'family'|name the person's family, as in 'the Doe family'|turn the "
        "name into 'the Doe family' by its surname|speak of the family by the surname, like 'the Doe "
        "family'|put the surname between 'the' and 'family'|use the form 'the Doe family'",
    ),
    (
        "possessive",
        "First's",
        "write the first name in the possessive, with 's|add 's to the first name and leave out the last|"
        "give the possessive of the first name, like Jane's|turn the name into Jane's form, first name only|"
        "put an apostrophe and s after the first name alone|use only the first name, with 's behind it",
    ),
)
NAME_OPERATIONS = tuple(do("name", name, _styled(pattern), text) for name, pattern, text in _NAME_STYLES)
