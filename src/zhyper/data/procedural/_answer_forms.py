"""Forms of answers: brackets, quotation marks, a sentence around them; and the phrases that ask for these."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """How the answer is written: around a text at {}, with adverbials, and imperatives that say so."""

    name: str
    pattern: str
    adverbials: tuple[str, ...] = ()
    imperatives: tuple[str, ...] = ()

    def write(self, answer: str) -> str:
        return (
            json.dumps({"answer": answer}, ensure_ascii=False)
            if self.name == "json"
            else self.pattern.replace("{}", answer)
        )


BARE = Form("bare", "{}")


def _form(name: str, pattern: str, how: str) -> Form:
    adverbials = [*how.split("|"), f"in the form {pattern.replace('{}', 'X')} where X stands for it"]
    imperatives = [
        f"{verb} {text}"
        for text in how.split("|")
        for verb in ("write the answer", "write the result", "give your answer")
    ]
    example = pattern.replace("{}", "X")
    imperatives += [
        f"write the answer X as {example}",
        f"the format is {example}, with X for the answer",
        f"answer like this: {example}",
    ]
    return Form(name, pattern, tuple(adverbials), tuple(imperatives))


FORMS = {
    form.name: form
    for form in (
        _form(
            "brackets",
            "({})",
            "in round brackets|inside parentheses|between ( and )|enclosed in parentheses|within round "
            "brackets",
        ),
        _form(
            "square",
            "[{}]",
            "in square brackets|inside square brackets|between [ and ]|enclosed in square brackets|within [ "
            "]",
        ),
        _form(
            "json",
            '{"answer": "{}"}',
            'as JSON with the key "answer"|as a JSON object whose only key is "answer"|in JSON, under the '
            'key "answer"|as a JSON object with one string called "answer"|as JSON, with "answer" for a key',
        ),
        _form(
            "exclamation",
            "{}!",
            "with an exclamation mark after it|with an exclamation mark at the end|followed by an "
            "exclamation mark|followed by !|with a ! at the end",
        ),
        _form(
            "question",
            "{}?",
            "with a question mark after it|with a question mark at the end|followed by a question mark|"
            "followed by ?|with a ? at the end",
        ),
        _form(
            "quotes",
            '"{}"',
            "in double quotes|in quotation marks|between double quotation marks|enclosed in double quotes|"
            "inside quotation marks",
        ),
        _form(
            "stars",
            "*{}*",
            "between asterisks|with an asterisk on both sides|with a star before and after it|enclosed in "
            "single asterisks|surrounded by one * on each side",
        ),
        _form(
            "dots",
            "{}...",
            "with three dots after it|followed by three dots|with ... at the end|followed by an ellipsis of "
            "three dots|with three full stops behind it",
        ),
        _form(
            "full-stop",
            "{}.",
            "with a full stop after it|followed by a full stop|with a period at the end|followed by a "
            "period|with a dot behind it",
        ),
        _form(
            "arrow",
            "-> {}",
            "after the arrow ->|with an arrow -> before it|behind a -> and a space|with -> in front|"
            "preceded by the arrow ->",
        ),
    )
}


def carrier(name: str, pattern: str) -> Form:
    """A form that is a sentence around the answer."""
    example = pattern.replace("{}", "X")
    return Form(
        name,
        pattern,
        (
            f'in the sentence "{example}"',
            f'as "{example}" with it for X',
            f'in the words "{example}" where X stands for it',
            f'put in place of X in "{example}"',
            f'within the phrase "{example}"',
            f'said like this: "{example}"',
        ),
        (
            f'say it as "{example}", where X is the answer',
            f'answer with the sentence "{example}"',
            f'use the words "{example}" for the answer X',
            f'write "{example}" with the answer in place of X',
            f'phrase the answer X like this: "{example}"',
            f'fill the answer in for X in "{example}"',
            f'the reply has the shape "{example}", with the answer for X',
        ),
    )


_CARRIERS = {
    "the-answer-is": "The answer is {}.",
    "it-must-be": "It must be {}.",
    "i-pick": "I pick {}.",
    "here-it-is": "Here it is: {}",
    "result": "Result = {}",
    "we-found": "We found {}.",
    "i-think": "I think {}.",
    "answer": "Answer: {}",
    "surely": "Surely {}!",
    "you-want": "You want {}.",
    "done": "{} - done",
    "my-choice": "My choice: {}",
    "of-course": "{}, of course.",
}
CARRIERS = {name: carrier(name, pattern) for name, pattern in _CARRIERS.items()}
