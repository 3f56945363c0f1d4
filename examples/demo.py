"""The main job in one go: descriptions in, adapters out, base and adapted answers side by side."""

from pathlib import Path

import transformers
from rich.console import Console
from rich.table import Table

from zhyper import TextToAdapter

# picked from what the default checkpoint does well; these prompts were not trained on
QUESTIONS = [
    ("What is a good breakfast?", "Talk like a pirate."),
    ("Why do owls hoot?", "Give me JSON."),
    ("Can you help me move the sofa?", "Say no to everything."),
    ("What is a good breakfast?", "You are a knight."),
    ("canoe", "What do you call several of them?"),
    ("My neighbour owns a boat.", "Turn the sentence into its negation."),
    ("lantern, badger, pillow, ladder, kettle", "Which one is an animal?"),
]


def main() -> None:
    """Answer each prompt with and without its description, and write one adapter as a PEFT folder."""
    transformers.logging.set_verbosity_error()
    console = Console()
    with console.status("loading SmolLM2-135M (the first time downloads 93 MB) and the default checkpoint"):
        machine = TextToAdapter.load("default")
    prompts = [prompt for prompt, _ in QUESTIONS]
    with console.status("answering"):
        base = machine.generate(prompts, [None] * len(prompts), max_new_tokens=40)
        adapted = machine.generate(prompts, [text for _, text in QUESTIONS], max_new_tokens=40)
    table = Table("prompt", "base", "description", "answer under the description", show_lines=True)
    for (prompt, text), before, after in zip(QUESTIONS, base, adapted, strict=True):
        table.add_row(prompt, before, text, f"[bold green]{after}")
    console.print(table)
    folder = machine.adapter(QUESTIONS[0][1]).save(Path("demo-adapter"))
    console.print(
        f"wrote the first description's adapter to [bold]{folder}/[/]: "
        f"{', '.join(sorted(p.name for p in folder.iterdir()))}"
    )


if __name__ == "__main__":
    main()
