"""The server: a description in the request, the answer out."""
