"""How the tables of a catalogue came to be: Alembic's environment and its revisions."""
