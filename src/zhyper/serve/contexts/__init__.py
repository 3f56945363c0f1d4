"""Contexts: found by what a request says of them, made, kept, searched. Knows no HTTP."""
