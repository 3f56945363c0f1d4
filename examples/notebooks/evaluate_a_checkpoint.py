# %% [markdown]
# # Evaluate a checkpoint
#
# Does an answer show what its description asks for, and would it have done so anyway? This notebook asks a
# few questions of the suite `steering`, which needs no data, under the matching descriptions and under
# controls.
#
# It needs `pip install 'zhyper[evaluate]'` and a minute or two on a CPU. On the command line:
#
# `zhyper evaluate default --suite steering --rows 1 --texts 1 --only persona --only form --out report`

# %%
from pathlib import Path

import transformers

from zhyper.evaluate import Scope, evaluate, gain_lines

transformers.logging.set_verbosity_error()

# %% [markdown]
# ## What is asked
#
# Six behaviours, one new prompt and one new wording each. The whole suite has hundreds.
#
# - `matched`: under its own description
# - `shuffled`: under another behaviour's, the control that matters
# - `base`: no adapter
# - `described`: no adapter, the description in the prompt

# %%
scope = Scope(
    rows=1,
    texts=1,
    only=(
        *("persona/pirate", "persona/robot", "form/json_answer"),
        *("refuse/polite", "manner/polite", "case/upper"),
    ),
)
results = evaluate(
    {"default": "default"},
    "steering",
    scope,
    Path("report"),
    conditions=("matched", "shuffled", "base", "described"),
    say=print,
)

# %% [markdown]
# ## What comes out
#
# Means with 95 % intervals. Six questions separate little: the intervals are wide, and the first line of a
# report says so.

# %%
print("\n".join(gain_lines(results)))
for one in results:
    if one.part == "all" and not one.against:
        print(f"{one.condition:<10} {one} (n = {one.n})")

# %% [markdown]
# ## The report
#
# `report.html` holds all of it on one page. `scores.jsonl` has what each question scored, and a second run
# with more rows asks only what is new.

# %%
print(sorted(path.name for path in Path("report").iterdir()))
