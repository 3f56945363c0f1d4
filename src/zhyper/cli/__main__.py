"""`python -m zhyper.cli`."""

from zhyper.cli._app import main

main()
