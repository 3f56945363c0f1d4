"""Contexts: resolved from what a request says, made, stored and searched. Knows no HTTP.

Of `decoding` it needs the thread that owns the model (`Engine.run`) and weighted sums of modulations (`mix`).
"""

from zhyper.serve.contexts._examples import store_examples as store_examples
from zhyper.serve.contexts._names import ADDRESS as ADDRESS
from zhyper.serve.contexts._names import check_name as check_name
from zhyper.serve.contexts._names import is_address as is_address
from zhyper.serve.contexts._places import LOCAL as LOCAL
from zhyper.serve.contexts._places import open_stores as open_stores
from zhyper.serve.contexts._policy import Policy as Policy
from zhyper.serve.contexts._policy import Refused as Refused
from zhyper.serve.contexts._policy import load_hook as load_hook
from zhyper.serve.contexts._resolver import ContextQuery as ContextQuery
from zhyper.serve.contexts._resolver import NotFound as NotFound
from zhyper.serve.contexts._store import AppliedContext as AppliedContext
from zhyper.serve.contexts._store import Contexts as Contexts
