"""A plugin of vLLM: any description is the name of a model.

`register` and `endpoints` are its entry points; they need vLLM alone to be imported.
"""

from zhyper.serve.vllm._plugin import endpoints as endpoints
from zhyper.serve.vllm._plugin import register as register
