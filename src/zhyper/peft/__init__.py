"""Several descriptions' adapters around one base, with the calls of Hugging Face PEFT.

The shared factors are there once, each adapter is a context; on disk likewise.
"""

from zhyper.peft._folder import Context as Context
from zhyper.peft._make import get_peft_model as get_peft_model
from zhyper.peft._model import ZhyperModel as ZhyperModel
