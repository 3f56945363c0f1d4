"""Descriptions written by a language model behind an OpenAI-compatible endpoint."""

from zhyper.describe._checks import check as check
from zhyper.describe._checks import parse as parse
from zhyper.describe._prompts import TASK_PROMPT as TASK_PROMPT
from zhyper.describe._prompts import Prompt as Prompt
from zhyper.describe._prompts import conditions as conditions
from zhyper.describe._prompts import culture_prompt as culture_prompt
from zhyper.describe._prompts import prompt_for as prompt_for
from zhyper.describe._writer import Call as Call
from zhyper.describe._writer import Endpoint as Endpoint
from zhyper.describe._writer import Writer as Writer
from zhyper.describe._writer import evaluation_texts as evaluation_texts
from zhyper.describe._writer import read_calls as read_calls
