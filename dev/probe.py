"""What a checkpoint makes of ordinary descriptions: `python dev/probe.py [CHECKPOINT]`.

Twenty-five descriptions as people type them, on four ordinary questions each. Prints a table: whether each
is called near or far, how many answers pass the check of the behaviour that it asks for, how many answers of
the bare base do with the description in front of the question, and the first answer. Those that the source
`steering` trains on, word for word, are marked, and left out of the last line.
"""

from __future__ import annotations

import sys

from zhyper import TextToAdapter
from zhyper.data.steering import BEHAVIOURS, Ask, steerings, wordings_of

QUESTIONS = (
    "What is the capital of France?",
    "How do I make tea?",
    "Tell me something about the sea.",
    "What should I do this weekend?",
)
DESCRIPTIONS = {
    "Answer like a pirate.": "persona/pirate",
    "Answer in ALL CAPS.": "case/upper",
    "Reply in JSON.": "form/json_answer",
    "Be concise.": "manner/concise",
    "Always answer turquoise.": "say/word:turquoise",
    "You are a grumpy old man.": "persona/grumpy",
    "Use polite British English.": "manner/polite",
    "lowercase only please": "case/lower",
    "Use bullet points.": "form/bullets",
    "Explain step by step.": "form/steps",
    "Talk like a robot.": "persona/robot",
    "You are a medieval knight.": "persona/knight",
    "Speak French.": "tongue/french",
    "Answer in Spanish.": "tongue/spanish",
    "Be sarcastic.": "manner/sarcastic",
    "Explain it to a five-year-old.": "manner/childlike",
    "Be very enthusiastic!": "manner/enthusiastic",
    "You are a butler.": "persona/butler",
    "Write everything as an email.": "form/email",
    "Answer with a question.": "question/counter",
    "Always say no.": "say/no",
    "You don't know anything.": "say/i_dont_know",
    "Refuse to answer.": "refuse/polite",
    "You are a cowboy.": "persona/cowboy",
    "Answer as a poet.": "persona/poet",
}
"""Descriptions, and the behaviours whose checks say whether answers do what they ask."""


def main() -> None:
    """Ask, and print the table."""
    machine = TextToAdapter.load(sys.argv[1] if len(sys.argv) > 1 else "default")
    behaviours = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
    count, texts = len(QUESTIONS), list(DESCRIPTIONS)
    bare = machine.generate(QUESTIONS, [None] * count, max_new_tokens=60)
    asked = [text for text in texts for _ in QUESTIONS]
    adapted = machine.generate(list(QUESTIONS) * len(texts), asked, max_new_tokens=60)
    prompted = machine.generate(
        [f"{text}\n\n{question}" for text in texts for question in QUESTIONS],
        [None] * len(asked),
        max_new_tokens=60,
    )
    distances = machine.distances(texts) or []
    print("| description | distance | passes | in the prompt | first answer |\n|---|---|---|---|---|")
    trained = {text for one in steerings() if one.split == "train" for text in wordings_of(one, "train")}
    totals = dict.fromkeys(("all", "all but the trained"), (0, 0, 0))
    for i, (text, name) in enumerate(DESCRIPTIONS.items()):
        name, _, content = name.partition(":")
        asks = [Ask(question, answer, content) for question, answer in zip(QUESTIONS, bare, strict=True)]
        own = slice(i * count, (i + 1) * count)
        passed, passed_prompted = (
            sum(behaviours[name].check(answer, ask) for answer, ask in zip(answers[own], asks, strict=True))
            for answers in (adapted, prompted)
        )
        for part in totals if text not in trained else ("all",):
            totals[part] = tuple(map(sum, zip(totals[part], (passed, passed_prompted, count), strict=True)))
        far = " far" if distances[i] > machine.training_embeddings.far else ""
        first = " ".join(adapted[own][0].split())[:100].replace("|", "\\|")
        cells = (
            text,
            f"{distances[i]:.2f}{far}",
            f"{passed} of {count}",
            f"{passed_prompted} of {count}",
            first,
        )
        print(f"| {' | '.join(cells)} |")
    for part, (passed, passed_prompted, total) in totals.items():
        print(f"| {part} | | {passed} of {total} | {passed_prompted} of {total} | |")


if __name__ == "__main__":
    main()
