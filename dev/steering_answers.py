"""Write a base model's answers to the prompts of the source `steering`, as JSON Lines.

Called as `python dev/steering_answers.py OUT [BASE]`.

A killed run goes on where it was. The file of the default base ships with zhyper; another base's is named in
a recipe, with `steering:FILE`.
"""

import json
import re
import sys
from contextlib import nullcontext
from pathlib import Path

from zhyper.answers import answer
from zhyper.data.steering import prompts
from zhyper.spec import load_recipe
from zhyper.weights import default_device, load_base

TOKENS, WORDS, CHUNK = 56, 34, 256


def cut(text: str) -> str:
    """Whole sentences of an answer, up to `WORDS` words; empty if there is none."""
    kept = ""
    for part in re.findall(r".+?(?:[.!?][\"')*]*(?=\s|$)|\n+|$)", text, re.DOTALL):
        whole = f"{kept}{part}".strip()
        if len(whole.split()) > WORDS:
            break
        if re.search(r"\w\w[.!?][\"')*]*$", whole):
            kept = f"{whole} "
        elif not kept:
            kept = part
    found = " ".join(kept.split())
    return found if re.search(r"\w\w[.!?][\"')*]*$", found) else ""


def main() -> None:
    """Answer what the file does not hold yet."""
    out, base = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "smollm2-135m"
    done = {json.loads(line)["prompt"] for line in out.read_text().splitlines()} if out.exists() else set()
    missing = [prompt for prompt in prompts() if prompt not in done]
    model, tokenizer = load_base(base, None, None, default_device())
    template = load_recipe("default").generator.chat_template
    for start in range(0, len(missing), CHUNK):
        asked = missing[start : start + CHUNK]
        found = answer(
            model,
            tokenizer,
            asked,
            lambda rows: nullcontext(),
            chat_template=template,
            max_new_tokens=TOKENS,
            batch_size=64,
        )
        with out.open("a", encoding="utf-8") as handle:
            for prompt, text in zip(asked, found, strict=True):
                handle.write(json.dumps({"prompt": prompt, "answer": cut(text)}, ensure_ascii=False) + "\n")
        print(start + len(asked), len(missing), flush=True)


if __name__ == "__main__":
    main()
