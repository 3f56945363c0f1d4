"""The main job in one go: descriptions in, adapters out, base and adapted answers side by side."""

from pathlib import Path

import transformers
from rich.console import Console
from rich.table import Table

from zhyper import TextToAdapter

# picked from what the default checkpoint does well; neither these prompts nor these descriptions were trained on
QUESTIONS = [
    ("pumpkin", "What is the first letter of the word, as a capital?"),
    ("canoe", "What do you call several of them?"),
    ("An utter waste of two hours.", "Is the review positive or negative?"),
    ("My neighbour owns a boat.", "Turn the sentence into its negation."),
    ("lantern, badger, pillow, ladder, kettle", "Which one is an animal?"),
    ("honest, wander, gentle", "Pick the verb."),
]


def main() -> None:
    """Answer each prompt with and without its description, and write one adapter as a PEFT folder."""
    transformers.logging.set_verbosity_error()
    console = Console()
    with console.status("loading SmolLM2-135M (the first time downloads 93 MB) and the default checkpoint"):
        machine = TextToAdapter.load("default")
    prompts = [prompt for prompt, _ in QUESTIONS]
    with console.status("answering"):
        base = machine.generate(prompts, [None] * len(prompts), max_new_tokens=24)
        adapted = machine.generate(prompts, [text for _, text in QUESTIONS], max_new_tokens=24)
    table = Table("prompt", "base", "description", "answer under the description", show_lines=True)
    for (prompt, text), before, after in zip(QUESTIONS, base, adapted, strict=True):
        table.add_row(prompt, before, text, f"[bold green]{after}")
    console.print(table)
    folder = machine.adapter(QUESTIONS[0][1]).save(Path("demo-adapter"))
    console.print(f"wrote the first description's adapter to [bold]{folder}/[/]: {', '.join(sorted(p.name for p in folder.iterdir()))}")


if __name__ == "__main__":
    main()
