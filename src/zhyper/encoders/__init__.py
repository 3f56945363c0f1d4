"""Text in, embedding out: sentence-transformers, the base model's last-token activation, or one-hot names.

Vectors are L2-normalised, then multiplied by √C, so that their entries have unit size whatever the width C.

A text is encoded by itself, so that its vector does not depend on the other texts of a call. Training
alone, which reads thousands, asks for batches: texts of similar length share a pass, and a vector may be off
by rounding (1e-5). The same text keeps the same bytes even so: the vector that is on disk first stays the
text's, for every process.

Shapes: B texts of a batch, T tokens, C embedding width.
"""

from zhyper.encoders._encoder import TOGETHER as TOGETHER
from zhyper.encoders._encoder import TOKENS as TOKENS
from zhyper.encoders._encoder import Encoder as Encoder
from zhyper.encoders._encoder import LongTextWarning as LongTextWarning
from zhyper.encoders._last_token import LAST_TOKEN as LAST_TOKEN
from zhyper.encoders._last_token import LastTokenEncoder as LastTokenEncoder
from zhyper.encoders._of_spec import check_encoder as check_encoder
from zhyper.encoders._of_spec import encoder_facts as encoder_facts
from zhyper.encoders._of_spec import make_encoder as make_encoder
from zhyper.encoders._one_hot import ONE_HOT as ONE_HOT
from zhyper.encoders._one_hot import OneHotEncoder as OneHotEncoder
from zhyper.encoders._sentence import NAMES as NAMES
from zhyper.encoders._sentence import SentenceEncoder as SentenceEncoder
