"""OpenAI's own client against the server, over HTTP."""

import asyncio
import time

import openai
import pytest

from conftest import PATIENCE, tiny_machine
from serving import ASKED, listening, server
from zhyper.serve.http._key_file import add_key
from zhyper.serve.http._keys import Keys


@pytest.fixture(scope="module")
def url(parts):
    with listening(parts.app) as address:
        yield f"{address}/v1"


@pytest.fixture
def client(url):
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as made:
        yield made


def test_chat(client, parts):
    answer = client.chat.completions.create(
        model="zhyper", messages=ASKED, max_completion_tokens=7, temperature=0
    )
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].finish_reason in ("stop", "length")
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.system_fingerprint.startswith("zhyper-")
    expected = parts.engine.run(lambda: parts.machine.generate(["say it"], [None], max_new_tokens=7)).result()
    assert answer.choices[0].message.content.strip() == expected[0]


@pytest.mark.engine("zhyper", "description")
def test_contexts_come_in_the_extra_body(client, parts):
    def ask(**extra):
        return client.chat.completions.create(
            model="zhyper", messages=ASKED, max_tokens=7, temperature=0, extra_body=extra
        )

    pirate, mixed = (
        ask(context="be a pirate", context_strength=2),
        ask(context_mix=[{"text": "a"}, {"text": "b"}]),
    )
    assert pirate.zhyper["context"] == parts.machine.address("be a pirate")
    contents = {answer.choices[0].message.content for answer in (ask(), pirate, mixed)}
    assert len(contents) == 3
    assert (
        ask(context="be a pirate", context_strength=0).choices[0].message.content
        == ask().choices[0].message.content
    )


@pytest.mark.engine("zhyper", "streams")
def test_streaming(client):
    settings = {
        "model": "zhyper",
        "messages": ASKED,
        "max_tokens": 9,
        "temperature": 1.2,
        "seed": 4,
        "extra_body": {"context": "x"},
    }
    whole = client.chat.completions.create(**settings)
    with client.chat.completions.create(
        **settings, stream=True, stream_options={"include_usage": True}
    ) as stream:
        chunks = list(stream)
    assert (
        "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
        == whole.choices[0].message.content
    )
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[0].zhyper == whole.zhyper
    assert chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason
    assert chunks[-1].usage == whole.usage


def test_the_stream_helper_gathers_what_the_server_sends(client):
    settings = {"model": "zhyper", "messages": ASKED, "max_tokens": 20, "temperature": 0, "logprobs": True}
    stop = client.chat.completions.create(**settings).choices[0].message.content[5]
    whole = client.chat.completions.create(**settings, stop=stop).choices[0]
    with client.chat.completions.stream(**settings, stop=stop) as stream:
        final = stream.get_final_completion().choices[0]
    assert final.message.content == whole.message.content
    assert final.finish_reason == "stop"
    assert [token.token for token in final.logprobs.content] == [
        token.token for token in whole.logprobs.content
    ]


def test_choices_stops_and_logprobs(client):
    answer = client.chat.completions.create(
        model="zhyper",
        messages=ASKED,
        max_tokens=5,
        n=3,
        seed=1,
        logprobs=True,
        top_logprobs=2,
        extra_body={"ignore_eos": True},
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert len({choice.message.content for choice in answer.choices}) > 1
    assert all(len(choice.logprobs.content) == 5 for choice in answer.choices)
    assert len(answer.choices[0].logprobs.content[0].top_logprobs) == 2
    whole = (
        client.chat.completions.create(model="zhyper", messages=ASKED, max_tokens=20, temperature=0)
        .choices[0]
        .message.content
    )
    cut = client.chat.completions.create(
        model="zhyper", messages=ASKED, max_tokens=20, temperature=0, stop=whole[2:4]
    )
    assert cut.choices[0].message.content == whole[: whole.index(whole[2:4])]
    assert cut.choices[0].finish_reason == "stop"


def test_completions(client):
    answer = client.completions.create(
        model="zhyper",
        prompt=["ab", "cd"],
        max_tokens=4,
        temperature=0,
        logprobs=2,
        extra_body={"context": "x"},
    )
    assert answer.object == "text_completion"
    assert [choice.index for choice in answer.choices] == [0, 1]
    assert len(answer.choices[0].logprobs.tokens) <= 4
    with client.completions.create(
        model="zhyper", prompt="ab", max_tokens=4, temperature=0, stream=True, extra_body={"context": "x"}
    ) as stream:
        assert "".join(chunk.choices[0].text for chunk in stream) == answer.choices[0].text
    echoed = client.completions.create(
        model="zhyper", prompt="ab", max_tokens=4, temperature=0, echo=True, extra_body={"context": "x"}
    )
    assert echoed.choices[0].text == f"ab{answer.choices[0].text}"


def test_models(client):
    client.post("/contexts", body={"description": "be a poet", "name": "poet"}, cast_to=object)
    assert [model.id for model in client.models.list()] == ["zhyper", "zhyper/poet"]
    assert client.models.retrieve("zhyper/poet").id == "zhyper/poet"
    assert client.models.retrieve("zhyper").owned_by == "zhyper"
    named = client.chat.completions.create(model="zhyper/poet", messages=ASKED, max_tokens=7, temperature=0)
    told = client.chat.completions.create(
        model="zhyper", messages=ASKED, max_tokens=7, temperature=0, extra_body={"context": "be a poet"}
    )
    assert named.choices[0].message.content == told.choices[0].message.content
    assert named.zhyper == told.zhyper


def test_errors_are_the_clients_exceptions(client):
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-4o", messages=ASKED)
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.BadRequestError, match="without tools"):
        client.chat.completions.create(
            model="zhyper", messages=ASKED, tools=[{"type": "function", "function": {"name": "f"}}]
        )
    with pytest.raises(openai.BadRequestError, match="shorten the prompt"):
        client.chat.completions.create(model="zhyper", messages=ASKED, max_tokens=500, stream=True)
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("zhyper/nobody")


def test_keys(tmp_path):
    file = tmp_path / "keys.toml"
    secret, reader = (
        add_key(file, "ann", requests_per_minute=4),
        add_key(file, "bob", scopes=frozenset({"read"})),
    )
    with server(tmp_path, keys=Keys.read(file)) as parts, listening(parts.app) as address:

        def asker(key):
            return openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0)

        with asker("zhyper-wrong") as client, pytest.raises(openai.AuthenticationError) as wrong:
            client.chat.completions.create(model="zhyper", messages=ASKED, max_tokens=2)
        assert wrong.value.code == "invalid_api_key"
        with asker(reader) as client:
            with pytest.raises(openai.PermissionDeniedError):
                client.chat.completions.create(model="zhyper", messages=ASKED, max_tokens=2)
        with asker(secret) as client:
            assert [model.id for model in client.models.list()] == ["zhyper"]
            for _ in range(3):
                client.chat.completions.create(model="zhyper", messages=ASKED, max_tokens=2)
            with pytest.raises(openai.RateLimitError) as often:
                client.chat.completions.create(model="zhyper", messages=ASKED, max_tokens=2)
        assert int(often.value.response.headers["retry-after"]) >= 1


@pytest.mark.engine("zhyper", "streams")
def test_many_at_once_with_the_async_client(url):
    async def ask():
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

            async def one(i):
                stream = await client.chat.completions.create(
                    model="zhyper",
                    messages=ASKED,
                    max_tokens=8,
                    temperature=0,
                    stream=True,
                    extra_body={"context": f"number {i}"},
                )
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

            together = await asyncio.gather(*(one(i) for i in range(12)))
            return together, [await one(i) for i in range(12)]

    together, alone = asyncio.run(ask())
    assert together == alone
    assert len(set(alone)) > 3


def test_a_stream_that_is_closed_is_cancelled(tmp_path):
    machine = tiny_machine()
    machine.model.base.register_forward_pre_hook(lambda *args: time.sleep(0.02))
    with server(tmp_path, machine) as parts, listening(parts.app) as address:
        with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
            stream = client.chat.completions.create(
                model="zhyper", messages=ASKED, max_tokens=110, stream=True, extra_body={"ignore_eos": True}
            )
            for _ in range(4):
                next(stream)
            stream.close()
        until = time.monotonic() + PATIENCE
        while parts.engine.state.running and time.monotonic() < until:
            time.sleep(0.02)
        assert not parts.engine.state.running
        assert parts.engine.state.tokens < 100
