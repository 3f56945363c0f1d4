"""What is remembered of texts."""


def test_the_cache_remembers_few_bytes_of_a_text(parts, monkeypatch):
    cache = parts.contexts.resolver.cache
    keys = cache._tensors
    tensors = parts.engine.run(lambda: cache.get("long " * 100_000)).result()
    assert [len(key) for key in keys] == [32]
    assert parts.engine.run(lambda: cache.get("long " * 100_000)).result() is tensors
    monkeypatch.setattr("zhyper.serve.contexts._cache.MEMORY", 3 * 4096)
    for i in range(5):
        parts.engine.run(lambda i=i: cache.get(f"text {i}")).result()
    assert len(keys) <= 2
