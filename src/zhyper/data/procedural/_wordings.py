"""Wordings of tasks: phrases of what to do or what to give, in sentences of many registers."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from zhyper.data.procedural._answer_forms import BARE, Form
from zhyper.data.procedural._phrases import Phrases, alternatives

INPUTS = {
    "word": "a word|a single word|one English word|some word|one word|a lone word",
    "list": "a list of words|some words with commas between them|a comma-separated list|a few words|several "
    "words|a row of words",
    "numbers": "a list of numbers|some numbers with commas between them|a few numbers|several numbers|a row "
    "of numbers|whole numbers",
    "pair": "two words|a pair of words|two words with a space between|one word and another|a word and a "
    "second one|just two words",
    "sentence": "a sentence|a short sentence|one English sentence|some sentence|a plain sentence|one "
    "sentence",
    "date": "a date|a date like 3 May 1990|a calendar date|some date|a day, month and year|one date",
    "name": "a name|a person's name|a first and a last name|somebody's full name|the name of a person|a "
    "full name",
}
"""What the input of each kind is called."""
_NOUN_TEMPLATES = alternatives(
    "Give {x}.|Return {x}.|Output {x}.|Write {x}.|Reply with {x}.|Answer with {x}.|Print {x}.|Provide {x}.|"
    "Produce {x}.|Respond with {x}.|Show {x}.|Please give {x}.|Please write down {x}.|Tell me {x}.|What "
    "{is} {x}?|Can you give me {x}?|Could you tell me {x}?|Would you please write {x}?|Given {i}, what {is} "
    "{x}?|What do you get if you take {x}?|{X}.|{X}, please.|{X} and nothing else.|Just {x}.|Only {x}, "
    "without any comment.|You are a tool that gives {x}.|You are an assistant who always answers with {x}.|"
    "Act as a program that returns {x}.|Your job is to write {x}.|You answer every message with {x}.|Behave "
    "like a function that gives back {x}.|Input: {i}. Output: {x}.|Given {i}, output {x}.|Input is {i}; "
    "return {x}.|Task: find {x}. Input: {i}.|Map {i} to {x}.|For {i}, the target is {x}.|Function: takes "
    "{i}, returns {x}.|just give me {x} pls|hey, i only want {x}, thanks|{x} please|ok so you get {i}, give "
    "me {x}|i want {x}, that's it|gimme {x}|I would like to have {x}.|The user sends {i} and wants {x}.|"
    "What I need from you is {x}.|The right answer is {x}.|The answer should be {x}.|It would help me to "
    "see {x}.|You will see {i}; all I ask for is {x}.|Whoever writes to you wants to read {x}.|When you see "
    "{i}, write {x}."
)
_IMPERATIVE_TEMPLATES = alternatives(
    "{X}.|Please {x}.|{X}, please.|Now {x}.|Take {i} and {x}.|Always {x}.|Kindly {x}.|Can you {x}?|Could "
    "you please {x}?|Would you {x}?|Will you {x} for me?|Given {i}, can you {x}?|Your task: {x}.|The task "
    "is to {x}.|Your task is to {x}.|The goal here is to {x}.|What to do: {x}.|Instruction: {x}.|You are a "
    "tool that is made to {x}.|You are an assistant whose only job is to {x}.|Act as a program written to "
    "{x}.|You work as a machine that has to {x}.|Behave like a function built to {x}.|Input: {i}. Task: "
    "{x}.|Given {i}, {x}.|Input is {i}. Rule: {x}.|Operation: {x}. Input: {i}.|For {i}: {x}.|just {x} pls|"
    "hey, {x}, thanks|ok so you get {i}, then {x}|pls {x}|you know what to do: {x}|I want you to {x}.|I "
    "would like you to {x}.|The user sends {i} and expects you to {x}.|It would help me if you {x}.|"
    "Whenever you see {i}, {x}.|You will get {i}. {X}.|All I ask is that you {x}.|What I need is for you to "
    "{x}."
)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _formed(random: Random, text: str, form: Form) -> str:
    """A wording with a sentence behind it that says how the answer is written."""
    how = random.choice(form.imperatives)
    if text[-1] in ".?":
        return f"{text} {_capital(how)}" + ("" if how[-1] in ".!?" else ".")
    return f"{text}, {how}"


def _wording(random: Random, kind: str, phrases: Phrases, form: Form) -> str:
    template = random.choice(_IMPERATIVE_TEMPLATES if phrases.imperative else _NOUN_TEMPLATES)
    what = random.choice(phrases.texts)
    behind = form is not BARE
    if behind and not phrases.imperative and "?" not in template and random.random() < 0.6:
        what, behind = f"{what}, {random.choice(form.adverbials)}", False
    values = {
        "{x}": what,
        "{X}": _capital(what),
        "{i}": random.choice(INPUTS[kind].split("|")),
        "{is}": "are" if phrases.many else "is",
    }
    for key in ("{is}", "{i}", "{x}", "{X}"):  # what is asked for comes last: it may have braces of its own
        template = template.replace(key, values[key])
    return _formed(random, template, form) if behind else template


def normal(text: str) -> str:
    """A wording by its letters, digits and signs alone, in lower case, to compare it."""
    return "".join(text.lower().split()).rstrip(".?")


def wordings(random: Random, kind: str, phrases: Phrases, form: Form) -> Iterator[str]:
    """Wordings of a task without end; some come more than once."""
    while True:
        yield _wording(random, kind, phrases, form)
