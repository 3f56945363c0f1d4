"""The command line: words to calls. Heavy modules are imported inside the verbs."""

from zhyper.cli._app import app as app
from zhyper.cli._app import main as main
