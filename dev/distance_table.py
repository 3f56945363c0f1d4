"""Whether near descriptions do what they say: `python dev/distance_table.py REPORT/scores.jsonl`.

Reads the scores that `zhyper evaluate default --suite steering --rows 1 --texts 1 --condition matched`
writes to its report. Prints how many answers pass under near and far descriptions, by fifths of the distance,
and how well distances tell passing from failing: the share of pairs, an answer that passes and one that does
not, in which the former is nearer (50 % is chance), by the description's distance and by the prompt's.
"""

import json
import sys
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import normalize

from zhyper import TextToAdapter
from zhyper.data import load_collection


def ordered(distances_N: Tensor, passed_N: Tensor) -> float:
    """The share of pairs, one passed and one not, in which the passed one is nearer; ties count half."""
    passed_P1, failed_F = distances_N[passed_N][:, None], distances_N[~passed_N]
    return ((passed_P1 < failed_F).double() + 0.5 * (passed_P1 == failed_F)).mean().item()


def main() -> None:
    """Measure and print."""
    lines = map(json.loads, Path(sys.argv[1]).read_text(encoding="utf-8").splitlines())
    rows = [
        (text, prompt, score > 0.5)
        for line in lines
        if line["condition"] == "matched"
        for prompt, scores in line["rows"].items()
        for text, score in zip(line["texts"], scores, strict=True)
    ]
    texts, prompts, passed = (list(column) for column in zip(*rows, strict=True))
    passed_N = torch.tensor(passed)
    machine = TextToAdapter.load()
    assert machine.training_embeddings is not None, "the default checkpoint has them"
    distances_N = torch.tensor(machine.distances(texts))
    trained = load_collection("steering").rows("train", "train", "train")
    inputs = sorted({pair.input for rows in trained for pair in rows.pairs})
    seen_MC, asked_NC = (
        normalize(machine.encoder.encode(part, batched=True).float()) for part in (inputs, prompts)
    )
    of_prompts_N = 1 - (asked_NC @ seen_MC.T).amax(1)
    far_N = distances_N > machine.training_embeddings.far
    for name, which in (("near", ~far_N), ("far", far_N)):
        print(f"{name}: {int(which.sum())} answers, {100 * passed_N[which].double().mean():.1f} % pass")
    for part in distances_N.argsort().tensor_split(5):
        low, high = distances_N[part].min(), distances_N[part].max()
        print(f"distance {low:.2f} to {high:.2f}: {100 * passed_N[part].double().mean():.1f} % pass")
    print(f"nearer descriptions pass: {100 * ordered(distances_N, passed_N):.1f} % of pairs")
    print(f"nearer prompts pass: {100 * ordered(of_prompts_N, passed_N):.1f} % of pairs")


if __name__ == "__main__":
    main()
