"""HTTP: the API, the page, keys, and the process that serves them."""
