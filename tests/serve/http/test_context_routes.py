"""Contexts over the HTTP API: kept, found, listed, searched, mapped, downloaded and forgotten."""

import io
import json
import zipfile

import pytest
from starlette.testclient import TestClient

from conftest import tiny_machine
from serving import ASKED, NOBODY, ask, keep, said, server


@pytest.mark.engine("zhyper", "contexts")
def test_a_context_is_kept_found_and_forgotten(client, parts):
    response = client.post(
        "/v1/contexts",
        json={"description": "be a poet", "name": "poet", "tags": ["art", "old"], "public": True},
    )
    assert response.status_code == 201
    entry = response.json()
    assert entry["object"] == "context"
    assert entry["id"] == parts.machine.address("be a poet")
    assert (entry["name"], entry["tags"], entry["public"], entry["owner"]) == (
        "poet",
        ["art", "old"],
        True,
        "local",
    )
    again = client.post(
        "/v1/contexts",
        json={"description": "be a poet", "name": "poet", "tags": ["art", "old"], "public": True},
    )
    assert again.status_code == 200
    assert again.json() == entry
    assert client.get(f"/v1/contexts/{entry['id']}").json() == entry
    expected = said(ask(client, context="be a poet"))
    for model in ("zhyper/poet", f"zhyper/{entry['id']}"):
        assert said(ask(client, model=model)) == expected
    assert said(ask(client, context=entry["id"])) == expected
    assert (
        ask(client, "/v1/compare", messages=ASKED, columns=[{"name": "poet"}])["columns"][1]["message"][
            "content"
        ]
        == expected
    )
    models = client.get("/v1/models").json()["data"]
    assert [model["id"] for model in models][:2] == ["zhyper", "zhyper/poet"]
    assert client.get("/v1/models/zhyper/poet").json()["owned_by"] == "local"
    assert client.delete(f"/v1/contexts/{entry['id']}").status_code == 204
    assert client.delete(f"/v1/contexts/{entry['id']}").status_code == 404
    assert client.get(f"/v1/contexts/{entry['id']}").status_code == 404
    assert ask(client, model="zhyper/poet", status=404)["error"]["code"] == "model_not_found"
    assert client.get("/v1/models/zhyper/poet").status_code == 404


def test_the_same_again_changes_what_is_given(client):
    first = keep(client, description="be a smith", name="smith", tags=["iron"])
    keep(client, description="be a tailor", name="tailor")
    changed = client.post(
        "/v1/contexts", json={"description": "be a smith", "name": "forger", "public": True}
    )
    assert changed.status_code == 200
    assert changed.json() == {**first, "name": "forger", "public": True}
    again = client.post(
        "/v1/contexts", json={"description": "be a smith", "tags": ["steel", "fire"], "public": False}
    ).json()
    assert again == {**first, "name": "forger", "tags": ["fire", "steel"]}
    assert client.post("/v1/contexts", json={"description": "be a smith"}).json() == again
    taken = client.post("/v1/contexts", json={"description": "be a smith", "name": "tailor", "tags": []})
    assert taken.status_code == 409 and taken.json()["error"]["code"] == "name_taken"
    assert client.get(f"/v1/contexts/{first['id']}").json() == again
    assert ask(client, model="zhyper/smith", status=404)


def test_mixtures_are_kept_too(client):
    parts = [{"text": "hot", "weight": 0.7}, {"text": "cold", "weight": 0.3}]
    entry = keep(client, mix=parts, strength=1.5)
    assert (entry["mix"], entry["strength"]) == (parts, 1.5)
    assert "hot" in entry["description"]
    assert said(ask(client, context=entry["id"])) == said(
        ask(client, context_mix=parts, context_strength=1.5)
    )


def weighed(*weights):
    return [
        {"text": text, "weight": weight}
        for text, weight in zip(("hot", "cold", "wet"), weights, strict=False)
    ]


@pytest.mark.engine("zhyper", "mixture")
def test_parts_without_weights_are_mixed_equally(client, parts):
    unweighed = [{"text": "hot"}, {"text": "cold", "weight": None}, {"text": "wet"}]
    mean, equal = (ask(client, context_mix=mix) for mix in (unweighed, weighed(*[1 / 3] * 3)))
    assert (mean["zhyper"], said(mean)) == (equal["zhyper"], said(equal))
    assert mean["zhyper"]["note"] is None
    kept = keep(client, mix=unweighed)
    assert kept["id"] == mean["zhyper"]["context"]
    assert [part["weight"] for part in kept["mix"]] == [1 / 3] * 3
    # three times the mean is the sum, by the strength as by the weights
    whole = {"max_tokens": 20, "ignore_eos": True}
    strong = ask(client, context_mix=unweighed, context_strength=3.0, **whole)
    total = ask(client, context_mix=weighed(1.0, 1.0, 1.0), **whole)
    assert said(strong) == said(total) != said(ask(client, context_mix=unweighed, **whole))
    # a mixture of mixtures: parts are mixed as they were kept
    again = ask(client, context_mix=[{"id": kept["id"]}, {"text": "dry"}])
    by_hand = [*weighed(*[1 / 6] * 3), {"text": "dry", "weight": 0.5}]
    assert said(again) == said(ask(client, context_mix=by_hand)) and again["zhyper"]["note"] is None


def test_weights_that_do_not_add_up_to_1_are_noted(client):
    note = "the weights add up to 1.5, not to 1"
    mix = weighed(0.5, 1.0)
    answer = ask(client, context_mix=mix)
    assert answer["zhyper"]["note"].startswith(note)
    compared = ask(client, "/v1/compare", messages=ASKED, columns=[{"context_mix": mix}, {"context": "hot"}])
    assert [column["zhyper"]["note"] for column in compared["columns"]] == [
        None,
        answer["zhyper"]["note"],
        None,
    ]
    kept = keep(client, mix=mix)
    assert kept["note"] == answer["zhyper"]["note"] == ask(client, context=kept["id"])["zhyper"]["note"]
    assert ask(client, context=kept["id"], context_strength=1 / 1.5)["zhyper"]["note"] is None  # 1 in all
    card = client.get(f"/v1/contexts/{kept['id']}/adapter").content
    archive = zipfile.ZipFile(io.BytesIO(card))
    (readme,) = [name for name in archive.namelist() if name.endswith("README.md")]
    assert note in archive.read(readme).decode()
    assert ask(client, context_mix=weighed(-0.5, 1.5))["zhyper"]["note"] is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", lambda mix: {"context_mix": mix}),
        ("/v1/completions", lambda mix: {"prompt": "a", "context_mix": mix}),
        ("/v1/compare", lambda mix: {"messages": ASKED, "columns": [{"context_mix": mix}]}),
        ("/v1/contexts", lambda mix: {"mix": mix}),
    ],
)
def test_weights_stand_with_all_parts_or_with_none(client, path, body):
    answer = ask(client, path, status=400, **body([{"text": "hot", "weight": 0.5}, {"text": "cold"}]))
    assert "1 of the 2 parts of the mixture have a weight; give each" in answer["error"]["message"]


def test_lists_have_pages(client):
    for i in range(5):
        keep(client, description=f"page number {i}", tags=["paged"] if i % 2 else [])
    seen, after = [], None
    while True:
        query = {"limit": 2, "contains": "page number"} | ({"after": after} if after else {})
        page = client.get("/v1/contexts", params=query).json()
        seen += [entry["description"] for entry in page["data"]]
        assert page["has_more"] == (page["next"] is not None)
        if not page["has_more"]:
            break
        after = page["next"]
    assert seen == [f"page number {i}" for i in (4, 3, 2, 1, 0)]
    tagged = client.get("/v1/contexts", params={"tag": "paged", "mine": "true"}).json()["data"]
    assert [entry["description"] for entry in tagged] == ["page number 3", "page number 1"]


def test_search_and_map(client, parts):
    for text in ("near one", "near two"):
        keep(client, description=text)
    found = ask_plain(client, "/v1/contexts/search", description="near one", limit=2)
    assert found["query"]["context"] == parts.machine.address("near one")
    assert found["data"][0]["description"] == "near one"
    assert found["data"][0]["similarity"] == pytest.approx(1, abs=2e-3)
    assert len(found["data"]) == 2
    points = client.get("/v1/contexts/map", params={"limit": 50}).json()["data"]
    assert {"near one", "near two"} <= {point["description"] for point in points}
    assert all(-1 <= point[axis] <= 1 for point in points for axis in "xy")


def ask_plain(client, path, **body):
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def test_an_adapter_is_a_zip_and_leaves_nothing_behind(client, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    entry = keep(client, description="be a baker", name="baker")
    response = client.get(
        f"/v1/contexts/{entry['id']}/adapter", params={"strength": 2}, headers={"Range": "bytes=0-3"}
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/zip"
    assert response.headers["content-disposition"] == f'attachment; filename="zhyper-{entry["id"]}.zip"'
    packed = zipfile.ZipFile(io.BytesIO(response.content))
    names = {name.rpartition("/")[2]: name for name in packed.namelist()}
    assert {"adapter_config.json", "adapter_model.safetensors", "README.md"} <= set(names)
    assert {"tokenizer.json", "tokenizer_config.json", "chat_template.jinja"} <= set(names)
    config = json.loads(packed.read(names["adapter_config.json"]))
    assert config["base_model_name_or_path"] == "llama"  # where the base lies here is for nobody elsewhere
    assert client.get(f"/v1/contexts/{NOBODY}/adapter").status_code == 404
    assert not list(tmp_path.iterdir())


def test_the_adapter_of_a_description_is_a_zip_and_nothing_is_kept(client, parts, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = client.get("/v1/contexts", params={"limit": 100}).json()["data"], len(parts.bank)

    def files(response):
        assert response.status_code == 200, response.text
        archive = zipfile.ZipFile(io.BytesIO(response.content))
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist() if name[-1] != "/"}

    passing = client.post("/v1/contexts/adapter", json={"description": "be a brewer", "strength": 2})
    address = parts.machine.address("be a brewer")
    assert f'filename="zhyper-{address[:12]}.zip"' in passing.headers["content-disposition"]
    mixed = files(client.post("/v1/contexts/adapter", json={"mix": weighed(1.0, 1.0)}))
    assert b"the weights add up to 2, not to 1" in mixed["README.md"]
    assert (client.get("/v1/contexts", params={"limit": 100}).json()["data"], len(parts.bank)) == before
    assert not list(tmp_path.iterdir())
    kept = keep(client, description="be a brewer")
    assert files(client.get(f"/v1/contexts/{kept['id']}/adapter", params={"strength": 2})) == files(passing)


def test_an_adapter_that_cannot_be_kept_is_downloaded(tmp_path):
    """Mixtures of generated factors have a rank of their own."""
    with server(tmp_path, tiny_machine("t2l-l")) as parts, TestClient(parts.app) as client:
        mix = {"mix": [{"text": "hot"}, {"text": "cold"}]}
        assert client.post("/v1/contexts", json=mix).status_code == 400
        response = client.post("/v1/contexts/adapter", json=mix)
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    (config,) = [name for name in archive.namelist() if name.endswith("adapter_config.json")]
    assert json.loads(archive.read(config))["r"] == 2 * parts.machine.spec.rank
