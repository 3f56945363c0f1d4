"""Tasks, their descriptions and splits, and batches of tokens made of them."""

from zhyper.data._batches import IGNORED as IGNORED
from zhyper.data._batches import Collator as Collator
from zhyper.data._batches import Example as Example
from zhyper.data._batches import Prompt as Prompt
from zhyper.data._batches import answer_tokens as answer_tokens
from zhyper.data._batches import bucket as bucket
from zhyper.data._batches import pad_left as pad_left
from zhyper.data._batches import plan_examples as plan_examples
from zhyper.data._batches import prompt_tokens as prompt_tokens
from zhyper.data._collection import Collection as Collection
from zhyper.data._collection import Pair as Pair
from zhyper.data._collection import Rows as Rows
from zhyper.data._collection import Split as Split
from zhyper.data._collection import Task as Task
from zhyper.data._collection import file_name as file_name
from zhyper.data._collection import read_collection as read_collection
from zhyper.data._collection import save_collection as save_collection
from zhyper.data._cues import cued as cued
from zhyper.data._cues import demonstrate as demonstrate
from zhyper.data._reading import Reading as Reading
from zhyper.data._sources import READERS as READERS
from zhyper.data._sources import load_collection as load_collection
from zhyper.data._sources import read_source as read_source
from zhyper.data._words import read_function_vectors as read_function_vectors
from zhyper.data._words import read_instruction_induction as read_instruction_induction
