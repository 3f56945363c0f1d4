"""The web page in Debian's headless Chromium, against the real server around the default checkpoint."""

import io
import json
import re
import shutil
import subprocess
import urllib.request
import zipfile
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import torch

from conftest import PATIENCE
from serving import listening, server
from zhyper.answers import answer
from zhyper.serve import Keys
from zhyper.text_to_adapter import TextToAdapter

FOLDER = Path(str(files("zhyper.serve.http") / "page"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PLURAL, OPPOSITE, CAPITAL = "What is the plural?", "Say the opposite.", "What is this country's capital?"
FAR = "The train to Lisbon leaves at noon."
XSS = "<img src=x onerror='window.hacked=1'><script>window.hacked=1</script>"
KEPT = {
    "Make the noun plural.": {"name": "plural", "tags": ["grammar"]},
    "Write the word in the singular.": {"tags": ["grammar"]},
    "Write an antonym of the word.": {"tags": ["words"]},
    "Name the capital city of the country.": {"name": "capital", "tags": ["geography"]},
    "Which country is this city in?": {"tags": ["geography"]},
    XSS: {"tags": ["<b>bold</b>"]},
}
SLOW = 1000 * PATIENCE  # milliseconds


def post(url, body, **headers):
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)


@pytest.fixture(scope="module")
def machine():
    torch.set_num_threads(1)
    return TextToAdapter.load("default")


@pytest.fixture(scope="module")
def site(machine, tmp_path_factory):
    """The address of a server that keeps a few contexts."""
    with server(tmp_path_factory.mktemp("site"), machine) as parts, listening(parts.app) as url:
        for description, about in KEPT.items():
            post(f"{url}/v1/contexts", {"description": description, **about})
        yield url


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (the extra 'dev')")
    if CHROMIUM is None:
        pytest.skip("needs chromium (apt install chromium)")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@contextmanager
def opened(browser, url, link="", refusals=(), **settings):
    """The page at a link: it loads from its own origin alone, no script fails. `refusals`: other statuses."""
    from playwright.sync_api import expect

    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
    page = context.new_page()
    page.set_default_timeout(SLOW)
    expect.set_options(timeout=SLOW)
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message) or dialog.dismiss())
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    try:
        page.goto(f"{url}/{link}")
        yield page
    finally:
        context.close()
    allowed = tuple(f"the server responded with a status of {status}" for status in refusals)
    assert [text for text in wrong if not any(part in text for part in allowed)] == []
    origin = urlsplit(url).netloc
    assert asked and {urlsplit(address).netloc for address in asked if not address.startswith("blob:")} == {
        origin
    }


@pytest.fixture
def visit(browser, site):
    """Opens the page of the server, set to a prompt and columns."""
    with ExitStack() as stack:
        yield lambda link="", **settings: stack.enter_context(opened(browser, site, link, **settings))


def link(prompt, *columns, tokens=8):
    """The hash of a page with these columns: a description, or a strength and descriptions with weights."""
    columns = [[1, column, 1] if isinstance(column, str) else column for column in columns]
    return "#" + "&".join(
        [f"p={quote(prompt)}", *(f"c={quote(json.dumps(column))}" for column in columns), f"n={tokens}"]
    )


def ask(page):
    from playwright.sync_api import expect

    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("status").first).to_contain_text("tokens/s in all")


def answers(page):
    return [text.strip() for text in page.locator(".answer-text").all_inner_texts()]


def named(page, label):
    return page.get_by_label(label, exact=True)


def generated(machine, prompt, parts, strength=1.0, tokens=8):
    """What the generator itself answers."""
    held = machine.adapter(parts, strength).modulation if parts else None
    under = (
        (lambda rows: machine.model.under(held.at([0] * len(rows))))
        if held
        else (lambda rows: machine.model.under(None))
    )
    template = machine.spec.chat_template
    (text,) = answer(
        machine.model.base,
        machine.tokenizer,
        [prompt],
        under,
        chat_template=template,
        max_new_tokens=tokens,
        batch_size=1,
    )
    return text


def test_columns_answer_as_the_generator_does_and_stream(visit, machine):
    page = visit(link("elephant", PLURAL, "Write the word's first letter as a capital letter."))
    page.evaluate(
        """() => { window.seen = []; const text = document.querySelector("#base .answer-text");
        const what = {subtree: true, characterData: true, childList: true};
        new MutationObserver(() => seen.push(text.textContent.length)).observe(text, what); }"""
    )
    ask(page)
    found = answers(page)
    assert found[1:] == ["elephants", "E"] and found[0] == generated(machine, "elephant", None)
    assert len(set(page.evaluate("seen"))) > 3  # the base's answer grew piece by piece
    stats = page.locator(".stats").all_inner_texts()
    assert all(re.fullmatch(r"\d+ tokens? · [\d.]+ tokens/s( · cut at the limit)?", text) for text in stats)
    assert stats[0].startswith("8 tokens") and stats[0].endswith("cut at the limit")
    assert page.locator(".answer-text[aria-busy=false]").count() == 3


def test_strengths(visit, machine):
    page = visit(link("big", [0, OPPOSITE, 1], [-1, OPPOSITE, 1], OPPOSITE))
    ask(page)
    base, none, turned, whole = answers(page)
    assert none == base
    assert (
        whole == "small"
        and turned not in (whole, base)
        and turned == generated(machine, "big", OPPOSITE, -1.0)
    )
    assert named(page, "Strength of context 2").input_value() == "-1"
    named(page, "Strength of context 1, as a number").fill("2.5")
    page.keyboard.press("Tab")
    assert named(page, "Strength of context 1").input_value() == "2.5"
    named(page, "Set the strength of context 1 back to 1").click()
    assert named(page, "Strength of context 1, as a number").input_value() == "1"


def test_mixtures(visit, machine):
    page = visit(link("friend", OPPOSITE))
    named(page, "Mix context 1 with another description").click()
    named(page, "Description B of context 1").fill(PLURAL)
    weight = {part: named(page, f"Weight of description {part} of context 1, as a number") for part in "ABC"}
    assert [weight[part].input_value() for part in "AB"] == ["0.5", "0.5"]
    for share in (0.7, 0.3):
        weight["A"].fill(str(share))
        weight["A"].press("Tab")
        assert float(weight["B"].input_value()) == pytest.approx(1 - share)
        ask(page)
        assert answers(page)[1] == generated(machine, "friend", {OPPOSITE: share, PLURAL: 1 - share})
    assert answers(page)[1] == "friends"
    page.get_by_role("button", name="+ Third description").click()
    named(page, "Description C of context 1").fill(CAPITAL)
    assert sum(float(weight[part].input_value()) for part in "ABC") == pytest.approx(1)
    page.get_by_label("Weights add up to 1").uncheck()
    weight["C"].fill("-0.5")
    weight["C"].press("Tab")
    assert float(weight["A"].input_value()) == pytest.approx(0.334)
    with page.expect_request("**/v1/compare") as sent:
        ask(page)
    parts = sent.value.post_data_json["columns"][0]["context_mix"]
    assert [part["text"] for part in parts] == [OPPOSITE, PLURAL, CAPITAL] and parts[2]["weight"] == -0.5
    named(page, "Remove description C of context 1").click()
    named(page, "Remove description B of context 1").click()
    assert named(page, "Description of context 1").input_value() == OPPOSITE


def test_the_badge_and_the_nearest_known_contexts(visit, machine):
    from playwright.sync_api import expect

    page = visit(link("cat", PLURAL, FAR))
    near, far = page.locator(".badge").nth(0), page.locator(".badge").nth(1)
    distances = machine.distances([PLURAL, FAR])
    expect(near).to_contain_text(f"like training · distance {distances[0]:.2f}, small is good")
    expect(far).to_contain_text(f"far: may do anything · distance {distances[1]:.2f}, small is good")
    tip = far.locator(".tip")
    expect(tip).to_be_hidden()
    far.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text(f"Small is good; above {round(machine.training_embeddings.far, 3):g} is far")
    chips = page.locator(".context").first.get_by_role("list", name="Nearest known:").get_by_role("button")
    expect(chips).to_have_count(3)
    expect(chips.first).to_contain_text("plural")
    expect(chips.first).to_contain_text("alike")
    chips.first.click()
    expect(named(page, "Description of context 1")).to_have_value("Make the noun plural.")
    expect(near).to_contain_text(
        f"like training · distance {machine.distances(['Make the noun plural.'])[0]:.2f}"
    )


def test_the_map_loads_contexts_by_mouse_and_keys(visit, machine):
    from playwright.sync_api import expect

    page = visit(link("cat", ""))
    points = page.locator("#map g")
    expect(points).to_have_count(len(KEPT))
    capital = page.locator(
        f"#map g[data-id='{machine.address('Name the capital city of the country.')}'] .point"
    )
    capital.hover()
    expect(page.locator("#map-said")).to_have_text("capital: Name the capital city of the country.")
    capital.click()
    description = named(page, "Description of context 1")
    expect(description).to_have_value("Name the capital city of the country.")
    page.locator("#map").focus()
    seen = set()
    for key in ("ArrowLeft", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
        seen.add(page.locator("#map-said").inner_text())
    assert len(seen) > 2
    said = page.locator("#map-said").inner_text()
    page.keyboard.press("Enter")
    expect(description).to_have_value(said.partition(": ")[2] or said)
    before = points.first.locator(".point").get_attribute("cx")
    page.get_by_role("button", name="Zoom in").click()
    assert points.first.locator(".point").get_attribute("cx") != before
    page.get_by_role("button", name="Whole map").click()
    assert points.first.locator(".point").get_attribute("cx") == before


def test_the_list_finds_keeps_and_deletes(visit):
    from playwright.sync_api import expect

    page = visit(link("cat", "Write the word backwards."), refusals=(400, 409))
    entries = page.locator("#entries li")
    expect(entries).to_have_count(len(KEPT))
    page.get_by_label("Search").fill("capital")
    expect(entries).to_have_count(1)
    page.get_by_label("Search").fill("")
    page.get_by_role("list", name="Colours of the tags").get_by_role("button", name="geography").click()
    expect(entries).to_have_count(2)
    page.get_by_role("button", name="Show all").click()
    named(page, "Keep context 1").click()
    dialog = page.get_by_role("dialog")
    for wrong, said in (("Not a name", "has 1 to 64 of the characters"), ("plural", "plural")):
        dialog.get_by_label("Name").fill(wrong)
        dialog.get_by_label("Tags").fill("letters, letters, fun")
        dialog.get_by_role("button", name="Keep").click()
        expect(dialog.get_by_role("alert")).to_contain_text(said)
    dialog.get_by_label("Name").fill("backwards")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog).to_be_hidden()
    expect(entries.first).to_contain_text("backwards")
    expect(entries.first).to_contain_text("#fun · #letters")
    expect(page.locator("#map g")).to_have_count(len(KEPT) + 1)
    named(page, "Keep context 1").click()
    dialog.get_by_label("Name").fill("reversed")
    dialog.get_by_role("button", name="Keep").click()
    expect(entries.first).to_contain_text("reversed")
    expect(entries).to_have_count(len(KEPT) + 1)
    for answered in ("Cancel", "Delete"):
        named(page, "Delete reversed").click()
        page.get_by_role("dialog").get_by_role("button", name=answered).click()
        expect(entries).to_have_count(len(KEPT) + (answered == "Cancel"))
    expect(page.locator("#map g")).to_have_count(len(KEPT))


def test_the_adapter_is_downloaded_with_the_lines_that_load_it(visit, machine, tmp_path):
    from peft import PeftConfig
    from playwright.sync_api import expect
    from safetensors.torch import load_file

    page = visit(link("hot", [0.5, OPPOSITE, 1]))
    entries = page.get_by_role("list", name="Contexts").locator("li")
    expect(entries).to_have_count(len(KEPT))
    with page.expect_download() as download:
        named(page, "Download the adapter of context 1").click()
    folder = f"zhyper-{machine.address(OPPOSITE)[:12]}"
    assert download.value.suggested_filename == f"{folder}.zip"
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as packed:
        held = {name for name in packed.namelist() if not name.endswith("/")}
        assert held >= {
            f"{folder}/{name}" for name in ("adapter_model.safetensors", "adapter_config.json", "README.md")
        }
        packed.extractall(tmp_path)
    lines = page.get_by_role("dialog").locator("code")
    expect(lines).to_contain_text(f'PeftModel.from_pretrained(load_base(base)[0], "{folder}")')
    expect(lines).to_contain_text(f'AutoTokenizer.from_pretrained("{folder}")')
    config = PeftConfig.from_pretrained(str(tmp_path / folder))
    assert (config.r, config.base_model_name_or_path) == (machine.spec.rank, "smollm2-135m")
    page.reload()
    expect(entries).to_have_count(len(KEPT))  # a download keeps nothing
    machine.adapter(OPPOSITE, 0.5).save(tmp_path / "own")
    assert held == {f"{folder}/{file.name}" for file in (tmp_path / "own").iterdir()}
    own, given = (load_file(tmp_path / name / "adapter_model.safetensors") for name in ("own", folder))
    assert own.keys() == given.keys() and all(
        torch.allclose(own[name], given[name], atol=1e-4) for name in own
    )


def test_keys(visit):
    from playwright.sync_api import expect

    page = visit(link("Tell me a long story.", PLURAL, tokens=400))
    page.keyboard.press("/")
    expect(named(page, "Description of context 1")).to_be_focused()
    page.keyboard.type("/?")
    expect(named(page, "Description of context 1")).to_have_value(f"{PLURAL}/?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#base .answer-text")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(page.get_by_role("status").first).to_have_text("Stopped.")
    expect(page.locator("#base .stats")).to_contain_text("stopped")
    page.locator("#ask").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_asking_again_as_things_change(visit):
    from playwright.sync_api import expect

    page = visit(link("hot", OPPOSITE))
    page.get_by_label("Ask again as I change things").check()
    ask(page)
    description = named(page, "Description of context 1")
    with page.expect_request("**/v1/compare") as sent:
        description.fill(PLURAL)
    body = sent.value.post_data_json  # the base's answer has not changed, so it is not asked again
    assert (body["columns"], body["base"]) == ([{"context": PLURAL, "context_strength": 1}], False)
    expect(page.locator(".context .answer-text")).not_to_have_text("cold")
    expect(page.get_by_role("status").first).to_contain_text("1 answer · ")
    with page.expect_request("**/v1/compare") as sent:
        page.locator("#prompt").fill("cat")
    assert sent.value.post_data_json["base"] is True
    expect(page.locator(".context .answer-text")).to_have_text("cats")


def test_a_link_holds_everything(visit):
    page = visit(link("France", CAPITAL))
    page.get_by_role("button", name="+ Add a context").click()
    named(page, "Description of context 2").fill(OPPOSITE)
    named(page, "Strength of context 2, as a number").fill("-0.35")
    named(page, "Mix context 1 with another description").click()
    named(page, "Description B of context 1").fill('ü & # % + "quoted"')
    page.get_by_text("Sampling").click()
    page.get_by_label("Temperature").fill("0.7")
    page.get_by_label("Seed").fill("11")
    page.wait_for_timeout(400)
    other = visit(page.evaluate("location.hash"))
    for label in (
        "Description A of context 1",
        "Description B of context 1",
        "Description of context 2",
        "Seed",
        "Temperature",
    ):
        assert named(other, label).input_value() == named(page, label).input_value() != ""
    assert named(other, "Strength of context 2").input_value() == "-0.35"
    assert other.locator("#prompt").input_value() == "France"
    for broken in ("#c=nonsense&c=null&c=[1]&c={}&p=x", '#c=[null,"a","b"]&t=x&n=1e99&s=', "#%E0%A4%A"):
        assert visit(broken).locator(".context textarea").first.is_visible()


def overflow(page):
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


def test_phones(visit):
    from playwright.sync_api import expect

    mixture = [
        1,
        "Say the opposite of the word that is given, and nothing else whatsoever, please.",
        0.3,
        PLURAL,
        0.3,
        XSS * 3,
        0.4,
    ]
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    page = visit(link("hot" * 60, mixture, FAR), **phone)
    ask(page)
    lefts = {round(card.bounding_box()["x"]) for card in page.locator(".card").all()}
    assert len(lefts) == 1 and overflow(page) <= 0
    page.get_by_text("Sampling").click()
    named(page, "Keep context 1").click()
    box = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and overflow(page) <= 0
    page.keyboard.press("Escape")
    page.locator("#entries button.entry-load").first.tap()
    expect(page.locator("#toast")).to_have_class(re.compile("shown"))
    assert overflow(page) <= 0


CONTRASTS = """() => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const paint = (colours) => { pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3); };
  const light = (rgb) => {
    const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const [r, g, b] = rgb.map((v) => v / 255).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const visible = element.checkVisibility({visibilityProperty: true});
    if (!own && !element.matches("input, textarea") || !visible || element.disabled) continue;
    const below = [];
    for (let at = element; at; at = at.parentElement) below.unshift(getComputedStyle(at).backgroundColor);
    const style = getComputedStyle(element), ink = element.matches("#map text") ? style.fill : style.color;
    const [a, b] = [light(paint(["white", ...below])), light(paint(["white", ...below, ink]))];
    const said = [element.tagName, element.className, element.textContent.slice(0, 30)].join(" ");
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), said]);
  }
  return found; }"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_themes_have_contrast(visit, theme):
    page = visit(
        link("hot", OPPOSITE, CAPITAL, [-1, PLURAL, 0.5, CAPITAL, 0.5], FAR),
        color_scheme=theme,
        reduced_motion="reduce",
    )
    page.locator(".badge[data-state=far]").wait_for()
    page.locator("#entries li").first.wait_for()
    assert overflow(page) <= 0
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 20, 25)"
    assert dark == (theme == "dark")
    ratios = page.evaluate(CONTRASTS)
    assert len(ratios) > 60 and [row for row in ratios if row[0] < 4.5] == []
    button = page.get_by_role("button", name="Theme: system")
    for _ in range(2 if theme == "light" else 1):  # the other theme than the system's
        button = page.get_by_role("button", name="Theme:")
        button.click()
    chosen = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == chosen
    assert (chosen == "rgb(19, 20, 25)") != dark


def test_every_control_has_a_name(visit):
    page = visit(link("hot", [1, PLURAL, 0.5, OPPOSITE, 0.5], CAPITAL))
    page.locator("#entries li").first.wait_for()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, textarea, [role=application], [role=region]")]
        .filter((each) => !(each.getAttribute("aria-label")
        || [...(each.labels ?? [])].some((label) => label.textContent.trim()) || each.innerText?.trim()
        || !each.checkVisibility({visibilityProperty: true}))).map((each) => each.outerHTML)"""
    )
    assert nameless == []


def test_texts_are_never_markup(visit):
    from playwright.sync_api import expect

    page = visit(link(XSS, XSS, [1, XSS, 0.5, PLURAL, 0.5]))
    chunk = {"object": "comparison.chunk", "column": 1, "delta": {"content": XSS}, "finish_reason": "stop"}
    page.route(
        "**/v1/compare",
        lambda route: route.fulfill(
            body=f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n", content_type="text/event-stream"
        ),
    )
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".context .answer-text").first).to_have_text(XSS)
    expect(page.locator("#entries")).to_contain_text(XSS)
    expect(page.locator("#legend")).to_contain_text("<b>bold</b>")
    page.locator("#entries button", has_text="onerror").first.click()
    expect(page.locator("#toast")).to_contain_text("<img")
    named(page, "Keep context 1").click()
    expect(page.get_by_role("dialog")).to_contain_text(XSS)
    page.unroute("**/v1/compare")
    assert page.evaluate(
        "window.hacked === undefined"
        " && document.querySelectorAll('img[src=x], body script, li b').length === 0"
    )


def test_refusals_stand_where_they_belong(visit):
    from playwright.sync_api import expect

    page = visit(link("big", OPPOSITE), refusals=(400, 429))
    refused = {
        "error": {
            "message": "too many requests came; wait",
            "type": "rate_limit_error",
            "param": None,
            "code": None,
        }
    }
    page.route(
        "**/v1/compare",
        lambda route: route.fulfill(status=429, json=refused, headers={"Retry-After": "2"}),
        times=1,
    )
    page.get_by_role("button", name="Ask").click()
    problem = page.locator("#problem")
    expect(problem).to_contain_text("Too many requests came; wait.")
    expect(problem).to_contain_text(re.compile(r"Trying again in \d s"))
    expect(page.locator(".context .answer-text")).to_have_text("small")
    expect(problem).to_be_hidden()
    refused["error"] |= {"message": "this column is not right", "param": "columns.0.context"}
    page.route("**/v1/compare", lambda route: route.fulfill(status=400, json=refused), times=1)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".context .problem")).to_have_text("This column is not right.")
    page.locator("#prompt").fill(" ")
    page.get_by_role("button", name="Ask").click()
    expect(problem).to_contain_text("The prompt is empty")


def test_a_key_is_asked_for_and_forgotten(browser, tmp_path):
    from playwright.sync_api import expect

    from zhyper.serve.http._key_file import add_key

    writer = add_key(tmp_path / "keys.toml", "writer")
    secret = add_key(tmp_path / "keys.toml", "reader", scopes=frozenset(("ask", "read")))
    with (
        server(tmp_path, keys=Keys.read(tmp_path / "keys.toml")) as parts,
        listening(parts.app) as url,
        opened(browser, url, link("hot", OPPOSITE, PLURAL), refusals=(401, 403, 404)) as page,
    ):
        post(
            f"{url}/v1/contexts", {"description": OPPOSITE, "public": True}, Authorization=f"Bearer {writer}"
        )
        dialog = page.get_by_role("dialog", name="API key")
        expect(dialog).to_contain_text("This server wants a key.")
        dialog.get_by_label("Key").fill("zh-wrong")
        dialog.get_by_role("button", name="Use this key").click()
        expect(dialog.locator(".dialog-said")).not_to_have_text("This server wants a key.")
        dialog.get_by_label("Key").fill(secret)
        dialog.get_by_role("button", name="Use this key").click()
        expect(dialog).to_be_hidden()
        ask(page)
        assert secret not in page.url and page.evaluate("localStorage.length") == 0
        assert secret in page.evaluate("JSON.stringify(sessionStorage)")
        for number in (1, 2):  # this key may not keep contexts, and a download keeps none
            with page.expect_download():
                named(page, f"Download the adapter of context {number}").click()
            page.keyboard.press("Escape")
        expect(page.locator("#entries li")).to_have_count(1)
        expect(page.get_by_role("button", name="Delete")).to_have_count(0)
        page.get_by_role("button", name="Forget key").click()
        expect(dialog).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()
        page.get_by_role("button", name="Ask").click()
        expect(dialog).to_be_visible()


def test_the_files_come_with_types_tags_and_a_strict_policy():
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    from zhyper.serve.http._errors import install
    from zhyper.serve.http._page import page_router

    app = FastAPI()
    install(app)
    app.include_router(page_router())
    client = TestClient(app)
    start = client.get("/")
    assert start.status_code == 200 and start.headers["content-type"] == "text/html; charset=utf-8"
    policy = start.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert client.head("/").headers["content-length"] == str(len(start.content))
    named_files = set(re.findall(r'(?:src|href)="(page/[^"]+)"', start.text))
    assert named_files == {
        f"page/{file.name}"
        for file in FOLDER.iterdir()
        if file.name in ("main.js", "theme.js", "favicon.svg") or file.suffix == ".css"
    }
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html"}
    for file in FOLDER.iterdir():
        response = client.get(f"/page/{file.name}")
        assert response.content == file.read_bytes() and response.headers["content-type"].startswith(
            types[file.suffix]
        )
        again = client.get(
            f"/page/{file.name}", headers={"If-None-Match": f'"other", W/{response.headers["etag"]}'}
        )
        assert (again.status_code, again.content) == (304, b"") and again.headers["etag"] == response.headers[
            "etag"
        ]
    for missing in ("nothing.js", "..%2f_page.py", "%2e%2e/_page.py"):
        assert client.get(f"/page/{missing}").status_code == 404


def test_the_files_are_small_and_load_nothing_from_elsewhere():
    for file in FOLDER.iterdir():
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) < 300, file.name
        assert set(re.findall(r"https?://[^\s\"']+", text)) <= {"http://www.w3.org/2000/svg"}, file.name
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc", text
        ), file.name
        assert (
            not re.search(r"\sstyle=|\son\w+=|<script(?![^>]*src)|<style", text) or file.suffix != ".html"
        ), file.name


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
def test_scripts_are_well_formed():
    for file in FOLDER.glob("*.js"):
        subprocess.run(
            ["node", "--input-type=module", "--check"],
            input=file.read_bytes(),
            check=True,
            capture_output=True,
        )
