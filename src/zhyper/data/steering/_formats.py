"""Formats of an answer: JSON, XML, Markdown, code, a list, marks around it, a short kind of text.

Long because it is a table: each row brings its wordings.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from typing import Any

from zhyper.data.steering._behaviour import Ask, Behaviour, Check, Write
from zhyper.data.steering._text import capitalised, lines

_ITEM = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
_STOP = re.compile(r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bMr\.)(?<!\bDr\.)(?<!\bMrs\.)(?<!\b[A-Z]\.)\s+")
_CLAUSE = re.compile(r"[,;:]\s+(?:and\s+|or\s+)?")


def _flat(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split()) or "..."


def _sentences(text: str) -> list[str]:
    """The sentences of a text, without the marks of a list; at least one."""
    sentences: list[str] = []
    for line in text.splitlines():
        sentences += [part.strip() for part in _STOP.split(_ITEM.sub("", line.strip())) if part.strip()]
    return sentences or ["..."]


def _lead(text: str) -> str:
    """The first sentence of a text, and more where it is very short."""
    sentences = _sentences(text)
    lead = sentences[0]
    for sentence in sentences[1:]:
        lead = lead if len(lead.split()) > 5 else f"{lead} {sentence}"
    return lead


def _pieces(text: str, most: int = 5) -> list[str]:
    """The items of a list: sentences, or the clauses of a single one, or its two halves."""
    pieces = _sentences(text)
    if len(pieces) == 1:
        pieces = [part for part in _CLAUSE.split(pieces[0], maxsplit=most - 1) if part] or pieces
    words = pieces[0].split()
    if len(pieces) == 1 and len(words) > 3:
        half = (len(words) + 1) // 2
        pieces = [" ".join(words[:half]), " ".join(words[half:])]
    if len(pieces) > most:
        pieces[most - 1 :] = [" ".join(pieces[most - 1 :])]
    return [capitalised(part) for part in pieces]


def _topic(prompt: str, most: int = 8) -> str:
    """The first words of a prompt, without the stop behind them."""
    return capitalised(" ".join(prompt.split()[:most]).rstrip(" ?!.,;:")) or "Question"


def _question(prompt: str) -> str:
    """A prompt on one line, cut where it is long."""
    words = prompt.split()
    return " ".join(words) if 0 < len(words) <= 14 else _topic(prompt, 12) + "..."


def _wrap(left: str, right: str) -> Write:
    """A program that puts the answer, on one line, between two marks."""
    return lambda ask: left + _flat(ask.answer) + right


def _list(mark: Callable[[int], str]) -> Write:
    """A program that lists the answer's pieces, each on a line behind its mark."""
    return lambda ask: "\n".join(mark(i) + piece for i, piece in enumerate(_pieces(ask.answer)))


def _like(pattern: str) -> Check:
    """A check that the whole answer is like a pattern, in letters of either case."""
    compiled = re.compile(pattern, re.IGNORECASE | re.DOTALL)
    return lambda answer, ask: compiled.fullmatch(answer.strip()) is not None


def _each(pattern: str) -> Check:
    """A check that every line that is not blank is like a pattern."""
    compiled = re.compile(pattern, re.IGNORECASE)

    def check(answer: str, ask: Ask) -> bool:
        rows = lines(answer)
        return bool(rows) and all(compiled.fullmatch(line) for line in rows)

    return check


def _json(text: str) -> Any:
    """What a text holds as JSON, or None."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _quoted(text: str) -> str:
    return json.dumps(_flat(text), ensure_ascii=False)


def _holds_key(answer: str, key: str) -> bool:
    """Whether an answer is a JSON object with this key alone, and something in it."""
    value = _json(answer.strip())
    return (
        isinstance(value, dict)
        and [str(name).casefold() for name in value] == [key.casefold()]
        and any(value.values())
    )


def _is_json_list(answer: str, ask: Ask) -> bool:
    value = _json(answer.strip())
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) and item for item in value)


def _yaml(ask: Ask) -> str:
    text = _flat(ask.answer)
    return "answer: " + (_quoted(text) if re.search(r": |\"| #|^\W", text) else text)


def _is_headed(answer: str, ask: Ask) -> bool:
    rows = lines(answer)
    return len(rows) > 1 and re.match(r"#{1,3} \S", rows[0]) is not None and not rows[1].startswith("#")


def _table(ask: Ask) -> str:
    prompt, answer = (text.replace("|", "/") for text in (_question(ask.prompt), _flat(ask.answer)))
    return f"| Question | Answer |\n| --- | --- |\n| {prompt} | {answer} |"


def _is_table(answer: str, ask: Ask) -> bool:
    rows = lines(answer)
    head = re.match(r"\|?\s*question\s*\|\s*answer\b", rows[0], re.IGNORECASE) if rows else None
    return head is not None and len(rows) > 2 and all("|" in line for line in rows)


def _title(ask: Ask) -> str:
    words = _lead(ask.answer).rstrip(" .!?;:").split()[:14]
    return "HEADLINE: " + (" ".join(capitalised(word) for word in words) or "...")


def _tweet(ask: Ask) -> str:
    words = [word.lower() for word in re.findall(r"[^\W\d_]{4,}", ask.prompt)]
    tags = list(dict.fromkeys([*reversed(words), "answer", "today"]))[:2]
    return f"{_lead(ask.answer)} #{tags[1]} #{tags[0]}"


def _three_lines(ask: Ask) -> str:
    words = _flat(ask.answer).split()
    words = words[:15] if len(words) > 2 else (words * 3)[:3]
    first, second = -(-len(words) // 3), -(-2 * len(words) // 3)
    return "\n".join(" ".join(part) for part in (words[:first], words[first:second], words[second:]))


def _has_three_lines(answer: str, ask: Ask) -> bool:
    rows = lines(answer)
    marked = re.compile(r"[-*•#>|`<{\[\\]|\w{1,2}[.):]|\w+ \d+:|\w+:")
    brief = all(len(line.split()) <= 7 for line in rows)
    return len(rows) == 3 and brief and sum(marked.match(line) is not None for line in rows) < 2


def _four_words(ask: Ask) -> str:
    return " ".join(_flat(ask.answer).split()[:4]).rstrip(" .,;:!?-") + "."


def _has_four_words(answer: str, ask: Ask) -> bool:
    text = answer.strip()
    return len(text.split()) == 4 and not text.endswith("..") and re.match(r"[\w\"'“‘]", text) is not None


def _five_words(ask: Ask) -> str:
    return " ".join(_flat(ask.answer).split()[:5]).rstrip(" .,;:!?") + "..."


def _trails_off(answer: str, ask: Ask) -> bool:
    text = answer.strip().strip("\"'“”").rstrip()
    return text.endswith(("...", "…")) and 1 <= len(re.findall(r"\w[\w'’-]*", text)) <= 6


def _telegram(ask: Ask) -> str:
    return "".join(sentence.rstrip(" .!?") + " STOP " for sentence in _sentences(ask.answer)).strip()


def _steps(answer: str, ask: Ask) -> bool:
    return _each(r"step \d+: ?\S.*")(answer, ask)


FORMATS: tuple[Behaviour, ...] = (
    Behaviour(
        name="form/json_answer",
        write=lambda ask: json.dumps({"answer": _flat(ask.answer)}, ensure_ascii=False),
        check=lambda answer, ask: _holds_key(answer, "answer"),
        stage=3,
        wordings=lines("""
            Give your output as a JSON object with the single key "answer".
            my parser wants an object with one field called answer
            json only, key: answer
            You are an API endpoint. Every response body is a JSON object whose only member is "answer".
            I feed your replies to json.loads and then read the field answer, so please nothing around \
the object.
            Could you wrap what you say in a JSON object under "answer"?
            return an object, put the text under answer, valid json please
            Emit machine-readable JSON: one object, one property named answer, holding a string.
            The front end breaks unless the message is JSON and has an answer property.
            Talk like a REST service that always sends back answer as a JSON field.
            I'd like the reply stored in JSON, with answer as the key.
            Never plain text. Always a JSON dictionary with answer in it.
            Schema for all your messages: object, required property "answer" of type string, nothing else.
            everything you say goes in a json dict, use "answer" for the key
            Format: curly brackets, the key answer in quotes, a colon, then your text in quotes.
            My script can only read JavaScript Object Notation; it looks for the entry answer.
            Serialise each reply to JSON with answer as its one and only key.
            """),
        phrases=(
            "put the reply in a JSON object under the key answer",
            "return JSON with the single key answer",
            "wrap it all in a JSON object whose key is answer",
            "output valid JSON with an answer field",
            "format it as JSON, with answer as the key",
        ),
    ),
    Behaviour(
        name="form/json_key",
        write=lambda ask: json.dumps({ask.content: _flat(ask.answer)}, ensure_ascii=False),
        check=lambda answer, ask: _holds_key(answer, ask.content),
        stage=3,
        contents="word",
        wordings=lines("""
            Respond with a JSON object that has exactly one key, "{}".
            json with {} as the key
            my parser looks for the field {} in a JSON object, give it that
            You are a web service; each response is JSON with your text stored under "{}".
            Please put what you say into JSON, and name the property {}.
            The only thing our app understands is a JSON dictionary with the entry {}.
            every reply = one json object, single key {}, your text as the value
            Store the reply in a JSON object. The key must be {}.
            I would like curly brackets, "{}" in quotes, a colon, and then the reply in quotes.
            Schema: object with the one required string property "{}". Stick to it in each message.
            key name {}, json format, nothing outside the object
            Whatever the topic, return a JSON dict in which {} maps to your response.
            Our database column is called {}, so send JSON that uses it as the key.
            Can you answer as JSON? Use {} for the name of the field.
            Serialise your reply as JSON under the name {}.
            For some reason the other team wants JSON objects with the key {}. Do that.
            """),
        phrases=(
            "return JSON with the key {}",
            "put the reply in a JSON object under {}",
            "use a JSON object whose only key is {}",
            "wrap it in JSON and call the field {}",
            "output a JSON dictionary with the single entry {}",
        ),
    ),
    Behaviour(
        name="form/json_list",
        write=lambda ask: json.dumps(_pieces(ask.answer), ensure_ascii=False),
        check=_is_json_list,
        stage=3,
        wordings=lines("""
            Give the reply as a JSON array of strings.
            json list, one string per sentence
            my code loops over a JSON array, so each sentence should be an element
            Return an array in JSON, no object, just the sentences in square brackets and quotes.
            You are an API that always sends a list of strings encoded as JSON.
            Split what you want to say into strings and print them as one JSON array.
            I parse your message with JSON.parse and expect a plain array of text.
            square brackets, quoted strings, commas between: a json array every time
            Would you mind formatting your replies as JSON lists?
            The type of your output is list of str, serialised to JSON.
            Output format: ["...", "..."] with your sentences inside.
            Each statement you make is an item in a JSON array.
            array of sentences pls, valid json
            Don't send prose. Send a JSON array that holds the prose piece by piece.
            Our importer takes top-level JSON arrays of strings and nothing else.
            I want to iterate over your reply: make it a list in JSON notation.
            """),
        phrases=(
            "return a JSON array of sentences",
            "format the reply as a JSON list of strings",
            "put each sentence into a JSON array",
            "output a JSON array, one string per sentence",
            "split it into strings of a JSON array",
        ),
    ),
    Behaviour(
        name="form/xml_answer",
        write=_wrap("<answer>", "</answer>"),
        check=_like(r"<answer>.*\S.*</answer>"),
        stage=3,
        wordings=lines("""
            Put your whole reply between <answer> and </answer>.
            use answer tags
            I extract whatever stands inside the XML element answer, so keep everything in there.
            xml please: an opening answer tag, the text, the closing tag
            You are a model in a pipeline. Enclose each final response in <answer></answer> tags.
            The grader only sees the content of the <answer> element.
            Wrap it in an XML tag called answer.
            Would you kindly surround your replies with answer tags, as in XML?
            angle bracket tags around your message, tag name answer
            Every message starts with <answer> and finishes with </answer>.
            My regular expression looks for <answer>(.*)</answer>. Make it match.
            Mark up what you say as an answer element.
            tag the reply: <answer> at the front, </answer> at the back
            I'd like your text as the body of an XML node named answer.
            No text outside of the answer tag, ever.
            Produce one XML element. Its name is answer and its content is what you have to say.
            """),
        phrases=(
            "put the reply inside <answer> tags",
            "wrap it in an XML element called answer",
            "surround the text with <answer> and </answer>",
            "enclose everything in answer tags",
            "mark the reply up as an XML answer element",
        ),
    ),
    Behaviour(
        name="form/xml_tag",
        write=lambda ask: f"<{ask.content}>{_flat(ask.answer)}</{ask.content}>",
        check=lambda answer, ask: _like(f"<{re.escape(ask.content)}>.*\\S.*</{re.escape(ask.content)}>")(
            answer, ask
        ),
        stage=3,
        contents="word",
        wordings=lines("""
            Put your whole reply between <{}> and </{}>.
            wrap everything in a {} tag
            xml, element name {}
            My script pulls the text out of the {} element, so enclose it with those tags.
            You write XML for a living, and all of your text sits in an element called {}.
            Each message opens with <{}> and closes with the matching end tag.
            Please mark up your reply with {} as the tag.
            angle brackets around the word {} before and after your reply, like html
            I want the response as the content of an XML node. The node is {}.
            The scraper looks for a tag named {}; let it find your reply there.
            Could I have all answers inside {} tags?
            tag name: {}. text goes inside. close the tag.
            Nothing may stand outside of the <{}> element.
            Use markup. Your only tag is {}, opened at the start and closed at the end.
            For reasons of legacy software, replies are delivered in the XML tag {}.
            Format everything you say as one XML element named {}.
            """),
        phrases=(
            "put the reply inside <{}> tags",
            "wrap it in an XML element called {}",
            "surround the text with a {} tag",
            "enclose everything between <{}> and its closing tag",
            "mark the reply up with the tag {}",
        ),
    ),
    Behaviour(
        name="form/html_paragraph",
        write=lambda ask: "<p>" + html.escape(_flat(ask.answer), quote=False) + "</p>",
        check=_like(r"<p>.*\S.*</p>"),
        stage=3,
        wordings=lines("""
            Format the reply as an HTML paragraph.
            use p tags
            I paste your text straight into a web page, so deliver it inside <p> and </p>.
            html output, one paragraph element
            You are a web developer who cannot write anything without a paragraph tag around it.
            Put <p> before and </p> after what you say.
            My site needs markup: give me a paragraph element with your answer in it.
            Can you return hypertext? A simple p element will do.
            The CMS only takes HTML paragraphs.
            everything goes between an opening and a closing p tag
            Write each response as markup for a browser: a single <p> element.
            I'd like an HTML snippet, just a paragraph, holding the answer.
            Answer in html. no head, no body, just p
            Enclose your message in the tag that browsers use for a paragraph.
            No plain text please, my template expects <p>...</p>.
            Return your answer as one HTML <p> block and nothing else.
            """),
        phrases=(
            "put the reply in an HTML paragraph",
            "wrap it in <p> and </p>",
            "return it as an HTML p element",
            "format it as a paragraph of HTML",
            "surround the text with p tags",
        ),
    ),
    Behaviour(
        name="form/yaml",
        write=_yaml,
        check=lambda answer, ask: _like(r"answer: +\S[^\n]*")(answer, ask),
        stage=3,
        held_out=True,
        wordings=lines("""
            Give me YAML with one key, answer.
            yaml, the key is answer
            Write each reply as a line of YAML: the key answer, a colon, the text.
            I load your message with yaml.safe_load and read answer from it.
            You are a configuration file in YAML whose single setting is called answer.
            Please format what you say as a YAML mapping from answer to your text.
            no json, i want yaml, answer: then the text
            Our config system needs "answer:" in lower case followed by the value on the same line.
            Respond as one YAML entry named answer.
            Output a YAML document that has the field answer and nothing more.
            It should look like a line in a YAML file, starting with answer and a colon.
            Everything you say is the value of the YAML key answer.
            Could the reply be valid YAML? Use answer for the key.
            A playbook reads this, so stick to YAML: answer, colon, space, text.
            start with answer: on one line, as yaml does
            The linter for YAML must pass, and the key has to be answer.
            """),
        phrases=(
            "write the reply as YAML under the key answer",
            "format it as a YAML line that starts with answer:",
            "return YAML with the single key answer",
            "make it a YAML entry called answer",
            "put it behind the YAML key answer",
        ),
    ),
    Behaviour(
        name="form/key_value",
        write=lambda ask: "ANSWER = " + _quoted(ask.answer),
        check=_like(r"answer\s*=\s*([\"']).+\1"),
        stage=3,
        wordings=lines("""
            Write the reply as an assignment: ANSWER = "..."
            assign your text to the variable ANSWER
            I source your message as an env file, so I need ANSWER, an equals sign, and a quoted string.
            key=value style, with ANSWER as key and your text in quotes
            You are a settings file that has one constant, ANSWER, which is set to what you want to say.
            Every message is a line that begins with ANSWER = and goes on with a string in double quotes.
            Let the constant ANSWER equal your reply.
            Please answer by setting ANSWER to a string.
            ANSWER equals quote your text quote
            Use the form of an ini entry: ANSWER on the left, your quoted reply on the right.
            Define a constant called ANSWER that holds whatever you would have said.
            My program execs your output and then looks at the variable ANSWER.
            output must be valid python that assigns a string to ANSWER
            Put ANSWER = in front of your reply and quotation marks around it.
            I want to see an equals sign between the word ANSWER and your quoted words.
            The whole response is a variable assignment to ANSWER.
            """),
        phrases=(
            'write it as ANSWER = "..."',
            "assign the reply to the variable ANSWER",
            "put the text in quotes behind ANSWER =",
            "set a constant called ANSWER to the reply",
            "format it as a key ANSWER, an equals sign and a quoted value",
        ),
    ),
    Behaviour(
        name="form/csv",
        write=lambda ask: 'answer,"' + _flat(ask.answer).replace('"', '""') + '"',
        check=_like(r"\"?answer\"?,\s?\".+\""),
        stage=3,
        wordings=lines("""
            Give one CSV row with two fields: the word answer, then your text in double quotes.
            csv line, first column says answer, second column is the quoted text
            I import your replies into a spreadsheet as comma separated values, the label answer first, \
the text quoted.
            You are a CSV export. Column one is always answer, column two your reply in quotation marks.
            answer,"your text here"
            Format: answer, a comma, and what you say as a quoted CSV field.
            My sheet has the columns type and text. The type is answer and the text needs quotes.
            Please respond as a record of a CSV file, with answer in the first cell and the quoted reply \
in the next.
            comma separated please: answer comma quote text quote
            Produce a line for a .csv: label answer, then the message in double quotes.
            The loader splits at the first comma: left of it stands answer, right of it the reply in quotes.
            Write as a row of data, in CSV, with the tag answer before the quoted string.
            Each of your messages becomes a line in data.csv that begins with answer and a comma.
            Could you reply in CSV? Two cells, "answer" being the first and the text, quoted, the second.
            excel should open it: csv, cell one answer, cell two the text in quotes
            Only CSV is accepted here. Start with answer, then a comma, then the quoted response.
            """),
        phrases=(
            "write it as a CSV row of answer and the quoted text",
            'format it as answer,"text" in CSV',
            "return one CSV line whose first field is answer",
            "put the quoted text behind answer and a comma, as CSV does",
            "make it a comma separated row that starts with answer",
        ),
    ),
    Behaviour(
        name="form/heading",
        write=lambda ask: f"# {_topic(ask.prompt)}\n\n{ask.answer.strip() or '...'}",
        check=_is_headed,
        stage=3,
        wordings=lines("""
            Start with a Markdown heading, then the text.
            put a # title above your answer
            Each reply has a title line in Markdown and below it the body.
            I render your messages as Markdown and want a big headline on top of each, with a hash sign.
            You write wiki pages: first a heading with #, an empty line, then the article.
            Please give every answer a heading made from my question.
            markdown h1 first, answer after
            Use a level-one header that names the topic, followed by a paragraph.
            Make it a little document with a title marked by a hash.
            My notes app needs a "# Title" line before the content.
            Could you put a header over what you say? Markdown syntax is fine.
            hash, topic, blank line, answer
            Every response is a section: a heading in Markdown and its text.
            Set the question as a Markdown title and answer beneath it.
            No answer without a title in Markdown style above it.
            I like documents that open with a heading line, so begin with # and the subject.
            """),
        phrases=(
            "put a Markdown heading above the text",
            "start with a # heading",
            "give it a title line in Markdown",
            "begin with a hash and a title, then the answer below",
            "add a level-one Markdown header on top",
        ),
    ),
    Behaviour(
        name="form/bold",
        write=_wrap("**", "**"),
        check=_like(r"\*\*(?!\*|\s).*[^*\s]\*\*"),
        stage=3,
        wordings=lines("""
            Write everything in bold.
            bold markdown for the whole reply
            I can hardly read thin letters, please make all of your text bold with double asterisks.
            Put ** before and ** after your answer.
            You are a shouting billboard in Markdown: all text is strong.
            The complete message should be set in boldface, Markdown style.
            double stars around the entire reply
            Use strong emphasis on all that you say.
            Could you make the whole answer fat, the way Markdown does with two asterisks?
            Nothing in regular weight please. Only bold.
            Set the font weight to bold by the usual Markdown marks.
            My slides need thick letters, so wrap the reply in two asterisks on each side.
            all bold, start to finish
            Emphasise your full answer strongly in Markdown.
            Treat every word as important enough for bold type.
            Whatever you answer, it's enclosed in a pair of double asterisks.
            """),
        phrases=(
            "write it all in bold",
            "put double asterisks around the reply",
            "make the whole text bold in Markdown",
            "set everything in boldface",
            "use Markdown's strong emphasis for the entire answer",
        ),
    ),
    Behaviour(
        name="form/italic",
        write=_wrap("_", "_"),
        check=_like(r"_(?!_|\s).*[^_\s]_"),
        stage=3,
        wordings=lines("""
            Write everything in italics, with underscores.
            italic markdown, use _ and not stars
            Put one underscore before and one after your reply.
            I want slanted letters: enclose the text in underscores as Markdown does.
            underscore, text, underscore
            You are a narrator whose words are always set in italics by _underscores_.
            Please emphasise the entire message with single underscores.
            Surround what you say with a _ on each side.
            Our theme shows text between underscores in a slanted font, so do that for all of it.
            Could the whole answer be in italic type? Mark it by underscores.
            The first and the last character of each reply is an underscore.
            Set it in italics the Markdown way, an underscore at both ends.
            italics from beginning to end, marked like _this_
            Use underscore emphasis for the full response.
            My editor wants _ at the start and _ at the end, for italics.
            Lean all your letters to the right by wrapping the text in underscores.
            """),
        phrases=(
            "write it in italics with underscores",
            "put an underscore before and after the reply",
            "surround the whole text with underscores",
            "set everything in italics like _this_",
            "enclose it in single underscores for emphasis",
        ),
    ),
    Behaviour(
        name="form/block_quote",
        write=_wrap("> ", ""),
        check=_each(r">+ ?[^>\s].*"),
        stage=3,
        wordings=lines("""
            Write the reply as a Markdown block quote.
            start with > like a quoted mail
            Each line you write begins with a greater-than sign and a space.
            I want your words to look like a citation in Markdown, so put > in front.
            You quote yourself: everything is in a blockquote.
            block quote please, markdown
            Indent your message the way forums mark quoted text, with the > sign.
            Use the > character before the text, as in replies to old e-mails.
            greater than sign first, then your answer
            The response should render as a blockquote on GitHub.
            Could you set what you say as a quotation block? The mark for it is >.
            My style sheet has a nice look for blockquotes. Use it for all of your text.
            Answer as if being cited in a forum thread, with > at the beginning of the line.
            Format: a right angle bracket, one space, the text.
            Put your whole reply in quote formatting (>).
            Every reply is a pulled quote in Markdown syntax.
            """),
        phrases=(
            "write it as a Markdown block quote",
            "put > in front of the text",
            "begin every line with a greater-than sign",
            "format it as quoted text with >",
            "set the reply as a blockquote",
        ),
    ),
    Behaviour(
        name="form/inline_code",
        write=lambda ask: "`" + _flat(ask.answer).replace("`", "'") + "`",
        check=_like(r"`[^`\n]+`"),
        stage=3,
        wordings=lines("""
            Put your whole reply in single backticks.
            inline code
            Write all text as inline code in Markdown, one backtick on each side.
            backtick, answer, backtick
            I want a monospace font for what you say, so enclose it in a pair of backticks.
            You only speak in code spans.
            Use the little grave accent before and after your answer.
            The message has to be a Markdown code span, not a block.
            Could you format it as `code` within the line?
            Each response begins with ` and ends with `.
            make it look like a variable name in docs, with backticks around the text
            Our chat shows text between backticks in grey. I like grey. Do it for everything.
            Surround the entire answer by single back quotes.
            Treat your reply as a snippet of code in running text and mark it so.
            typewriter letters please, one backtick at both ends
            No block, just inline code formatting for all that you write.
            """),
        phrases=(
            "put the reply in single backticks",
            "format it as inline code",
            "surround the text with backticks",
            "write it as a Markdown code span",
            "enclose everything between two backticks on one line",
        ),
    ),
    Behaviour(
        name="form/code_block",
        write=lambda ask: "```\n" + (ask.answer.strip().replace("```", "'''") or "...") + "\n```",
        check=_like(r"```\w*\n.*\S.*\n```"),
        stage=3,
        wordings=lines("""
            Put the answer in a fenced code block.
            triple backticks around everything
            I copy your replies by the copy button, which only code blocks have.
            Use a Markdown fence: three backticks on a line, the text, three backticks on a line.
            code block please
            You are a terminal. All you print shows up in a code fence.
            Everything you say belongs between two lines of three backticks.
            Could you send it as preformatted text, fenced as Markdown has it?
            Open a code fence, write the reply, close the fence.
            The text must be shown verbatim in a box, so fence it with ```.
            My blog engine wants ``` above and below the text.
            Format every message as a code listing, although it is prose.
            fence it, three back quotes top and bottom
            Nothing outside of the code block.
            Write as if your words were source code in a Markdown file, fences and all.
            Put a line of three grave accents before and another one after your reply.
            """),
        phrases=(
            "put it in a fenced code block",
            "surround the text with triple backticks",
            "write it between two lines of three backticks",
            "format the reply as a Markdown code block",
            "fence it as code",
        ),
    ),
    Behaviour(
        name="form/python_print",
        write=lambda ask: f"print({_quoted(ask.answer)})",
        check=_like(r"print\(([\"']).+\1\)"),
        stage=3,
        wordings=lines("""
            Answer with a Python print statement that prints the answer.
            print("...") with your text in it
            You can only speak Python: each reply is a call of print with a string.
            I run your output as a Python script and read what appears on the screen.
            wrap the reply in print( and ) with quotes
            Write a one-line Python program whose output is your answer.
            My interpreter is hungry. Feed it a print call holding the text.
            Please respond in Python, by printing a string.
            python only, no prose outside of print
            Everything you say must be the argument of print, in double quotes.
            Pretend to be a beginner at Python who prints all answers.
            The response is code: the function print, a parenthesis, your text as a string, a parenthesis.
            Could you put it as code that I can paste in a Python shell and see the text printed?
            Each message has to be valid Python that prints your words.
            Use Python's print to tell me.
            Let the reply be a program of one line that prints it.
            """),
        phrases=(
            "write it as a Python print call",
            'put the text in print("...")',
            "answer with one line of Python that prints the reply",
            "wrap the text in print( and )",
            "make it the string of a print statement",
        ),
    ),
    Behaviour(
        name="form/python_comment",
        write=_wrap("# ", ""),
        check=_each(r"#+ ?[^#\s].*"),
        stage=3,
        wordings=lines("""
            Write the reply as a Python comment.
            comment it out with #
            Begin with a hash sign and a space, then your text on the same line.
            I paste your words into a script and they must not be executed, so put # in front.
            You are a comment in a shell script.
            one line, starting with #, like a comment in Python
            Please turn your answer into a comment line for Python code.
            All you say is a remark in source code, marked by a hash.
            The interpreter shall ignore your message: make it a # comment.
            Could you comment out your whole answer, as in Python?
            Format: # followed by what you have to say.
            hash comment please, nothing but the comment
            My code needs an explanation above a function, so give each answer as a line with a leading #.
            Respond like a programmer who only leaves comments, with the number sign first.
            Every line you output begins with the Python comment mark.
            Use the syntax for comments in Python for the full text.
            """),
        phrases=(
            "write it as a Python comment",
            "put # in front of the line",
            "comment the reply out with a hash",
            "start the line with a hash sign as comments do",
            "make it a one-line # comment",
        ),
    ),
    Behaviour(
        name="form/c_comment",
        write=lambda ask: "/* " + _flat(ask.answer).replace("*/", "* /") + " */",
        check=_like(r"/\*+.*\S.*\*/"),
        stage=3,
        held_out=True,
        wordings=lines("""
            Write the reply as a C comment.
            put it between /* and */
            You are a comment in a C program.
            My compiler must skip your text: slash star before, star slash after.
            slash star, your words, star slash
            Please enclose what you say in comment marks as in C or Java, the kind for blocks.
            All of your messages are block comments of a C source file.
            I paste your text into a .c file and it has to compile, so make it a comment with /* */.
            Could you answer in the comment syntax of CSS and C?
            The reply opens with /* and closes with */.
            Format your prose as a remark for C programmers, with a slash and an asterisk at both ends.
            c style block comment around everything
            Hide each answer from the compiler by the classic /* ... */ pair.
            Document my header file: every answer is a block comment in C.
            Use the old comment style of C for all you write.
            Nothing outside of /* */, please.
            """),
        phrases=(
            "write it as a C comment",
            "put the text between /* and */",
            "wrap it in a block comment as in C",
            "start with /* and close with */",
            "comment the reply out in C style",
        ),
    ),
    Behaviour(
        name="form/sql_select",
        write=lambda ask: "SELECT '" + _flat(ask.answer).replace("'", "''") + "';",
        check=_like(r"select\s+'.+'\s*;?"),
        stage=3,
        wordings=lines("""
            Answer with an SQL query that selects your text as a string.
            SELECT 'your answer';
            You are a database admin and talk in SQL: SELECT, then the reply in single quotes, then a \
semicolon.
            sql select of a string literal
            My console only takes SQL, so give me a SELECT that returns the answer.
            Please write the reply as a SELECT statement with a literal.
            Each message is a query which, when run, shows the text you want to tell me.
            Put the word SELECT in front, single quotes around the text and ; behind it.
            I run what you write in sqlite and read the result.
            Could you put your answer as a string in a SELECT query?
            Nothing but SQL. A select without a table, just the quoted text.
            Wrap all replies as select statements.
            Respond in the language of databases by selecting a quoted sentence.
            query format: SELECT + 'text' + ;
            Pretend that we chat through a Postgres prompt and you select your sentences as strings.
            The output of your SQL statement should be what you'd say in words.
            """),
        phrases=(
            "write it as an SQL SELECT of a string",
            "put the text into SELECT '...';",
            "answer with a SELECT statement that returns the reply",
            "select the reply as a quoted literal in SQL",
            "make it a one-line SQL query, SELECT and the text in quotes",
        ),
    ),
    Behaviour(
        name="form/shell_echo",
        write=lambda ask: 'echo "' + re.sub(r'(["$`\\])', r"\\\1", _flat(ask.answer)) + '"',
        check=_like(r"echo\s+([\"']).+\1"),
        stage=3,
        wordings=lines("""
            Answer with a shell command that echoes your text.
            echo "..."
            I pipe your reply into bash and want to see the answer in my terminal, so use echo.
            You are a bash script that does nothing but echo a string.
            use echo and double quotes
            Give me a command line to paste, one that prints the reply by echo.
            Each message is the command echo followed by your words in quotes.
            My robot executes whatever you send in a Unix shell: have it echo the answer.
            Please phrase the reply as a bash echo.
            shell only. echo, space, quoted text
            Could you respond as if typing at a Linux prompt, echoing the answer?
            Write a one-line shell script with echo that tells me the answer.
            Talk to me through echo commands.
            Every response starts with echo and has the text in double quotes.
            Put it in terms that /bin/sh understands: echo and a string.
            The terminal should say it, so wrap it in an echo command.
            """),
        phrases=(
            "write it as a shell echo command",
            'put the text in echo "..."',
            "answer with a bash line that echoes the reply",
            "start with echo and quote the text",
            "make it a command for the terminal that echoes it",
        ),
    ),
    Behaviour(
        name="form/bullets",
        write=_list(lambda i: "- "),
        check=_each(r"[-–] (?!\[)\S.*"),
        stage=3,
        wordings=lines("""
            Answer with a bullet list, using dashes.
            bullet points with - please
            Break the reply up into points, each on its own line behind a hyphen.
            I skim. Give me dashes, one statement a line.
            You take minutes: all that you say is a list of dashed items.
            No paragraphs, only lines that start with a dash and a space.
            Please itemise your answer with hyphens.
            dash list, one sentence each
            Write every sentence as a separate item of a Markdown list with - as the marker.
            My boss reads bullet points only, the kind with a dash in front.
            Could you split what you say into dashed lines?
            The whole answer is an unordered list, hyphens as bullets.
            Put "- " in front of each thought and start a new line for the next.
            Turn prose into a list with a minus sign before every item.
            I'd rather have hyphenated points than running text.
            Lay the answer out as short dash-led lines.
            """),
        phrases=(
            "use a bullet list with dashes",
            "put each sentence on its own line behind a dash",
            "split it into points that start with a hyphen",
            "write it as a dashed list",
            "list the sentences with - as the bullet",
        ),
    ),
    Behaviour(
        name="form/star_bullets",
        write=_list(lambda i: "* "),
        check=_each(r"\* \S.*"),
        stage=3,
        wordings=lines("""
            Answer with a list whose bullets are asterisks.
            star bullets
            Each sentence goes on a line of its own after an asterisk and a space.
            use * for bullet points, not dashes
            I want items with a star in front, line by line.
            You present everything as points marked by little stars.
            Our wiki knows lists by the * sign, so write all answers that way.
            Please split the reply and begin each line with an asterisk.
            The answer is an unordered list in the wiki style with asterisks.
            asterisk, space, sentence, new line, repeat
            Could you make it a list with stars as the markers?
            Break it into lines and give every line a star.
            Starred lines only, no running text.
            Format: one * per statement, one statement per line.
            My slide tool turns lines that begin with an asterisk into bullets. Make use of it.
            No hyphens, no numbers: bullet your sentences with asterisks.
            """),
        phrases=(
            "use a list with asterisks as bullets",
            "begin each line with a star and a space",
            "put every sentence behind an asterisk on its own line",
            "split it into starred lines",
            "list the sentences with * in front",
        ),
    ),
    Behaviour(
        name="form/numbered",
        write=_list(lambda i: f"{i + 1}. "),
        check=lambda answer, ask: _each(r"\d{1,2}\. ?\S.*")(answer, ask) and answer.strip().startswith("1."),
        stage=3,
        wordings=lines("""
            Answer as a numbered list.
            number your sentences 1. 2. 3.
            Give each statement its own line with a number and a full stop before it.
            I need to refer to your points later, so number them.
            You are fond of order: first 1., then 2., and so on, one per line.
            ordered list please
            Please split the reply into numbered points.
            Every line begins with its number, starting from one.
            Use Markdown's ordered list for all you say.
            Count your sentences and put the count in front, each on a new line.
            My lawyer wants numbered clauses only.
            Could you lay this out as 1., 2., 3. rather than as a paragraph?
            1. like this 2. and this, each in a new row
            Enumerate everything with digits and dots.
            No prose, just points with numbers in front.
            Whatever you tell me comes as an enumeration, numbers on the left.
            """),
        phrases=(
            "use a numbered list",
            "number the sentences from 1, one a line",
            "put a number and a dot before each point",
            "split it into points with 1., 2., 3. in front",
            "enumerate the sentences with digits",
        ),
    ),
    Behaviour(
        name="form/lettered",
        write=_list(lambda i: "abcdefgh"[i] + ") "),
        check=lambda answer, ask: _each(r"[a-h]\) ?\S.*")(answer, ask) and answer.strip()[:2].lower() == "a)",
        stage=3,
        held_out=True,
        wordings=lines("""
            Answer as a list with letters: a), b), c).
            letter your points a) b) c)
            Put each sentence on its own line, the first behind a) and the next behind b).
            I have had enough of numbers. Use small letters with a closing bracket for the items.
            You write exam sheets, so all you say is split into a), b) and so on.
            alphabetical list please, a) then b)
            Each point gets a letter and a parenthesis, and a new line.
            Please enumerate the answer by letters instead of digits, like a) and b).
            The contract style: clauses a), b), c), each in a separate line.
            Break the reply into parts and label them with the alphabet, a bracket after each letter.
            Could you itemise with letters, a bracket behind each?
            Every line starts with the next letter of the alphabet and a ).
            No paragraph. Instead a), b), c).
            Label the sentences as in a multiple-choice test.
            a) first sentence b) second sentence, one per line
            Make it a lettered list.
            """),
        phrases=(
            "use a list lettered a), b), c)",
            "label the sentences with letters and a bracket, one a line",
            "put a), b) and so on before the points",
            "split it into lettered lines",
            "enumerate the sentences by a) and b)",
        ),
    ),
    Behaviour(
        name="form/steps",
        write=_list(lambda i: f"Step {i + 1}: "),
        check=lambda answer, ask: (
            _steps(answer, ask) and re.match(r"step 1\b", answer.strip(), re.IGNORECASE) is not None
        ),
        stage=3,
        wordings=lines("""
            Present the answer as steps: Step 1: ..., Step 2: ...
            step by step, each line starts with Step and its number
            You write manuals, and all of your sentences are steps with a number.
            Label every sentence as a step, one per line, from Step 1 on.
            Step 1: this. Step 2: that. always like this
            I follow instructions best when each line says which step it is.
            Please break the reply into steps, and write the word Step, a number and a colon before each.
            Every answer is a recipe of steps, even if it isn't about doing anything.
            Could you format this as Step 1, Step 2 with colons?
            The robot reads its program line by line: Step, number, colon, text.
            Turn what you say into a procedure with labelled steps.
            No paragraph please, I want "Step 1:" and so forth at the front of lines.
            use step labels for your sentences
            Guide me through the answer in labelled steps.
            Cut the answer into pieces, then call them Step 1, Step 2 and so on.
            Write like an assembly manual for furniture, with Step 1: at the top.
            """),
        phrases=(
            "present it as Step 1:, Step 2: and so on",
            "label each sentence as a numbered step on its own line",
            "begin every line with Step, its number and a colon",
            "split it into labelled steps",
            "lay it out in steps that start with Step 1:",
        ),
    ),
    Behaviour(
        name="form/double_quotes",
        write=lambda ask: '"' + re.sub(r"[\"“”]", "'", _flat(ask.answer)) + '"',
        check=_like(r"[\"“][^\"“”]+[\"”]"),
        stage=3,
        wordings=lines("""
            Put the whole reply in double quotes.
            quotation marks around everything
            Start with " and end with ".
            Whatever you say, make it look like a quotation, with quote marks at both ends.
            You are being cited in a newspaper, so your words stand in quotation marks.
            My code expects a string literal with double quotes and no more.
            wrap it in ""
            Please enclose each answer in inverted commas, the double kind.
            I like direct speech. Quote yourself.
            Could you write as though it were spoken dialogue in a novel, within quotes?
            The first and last character of your message should be a double quote.
            Surround your text by speech marks.
            quote, answer, unquote
            All replies are strings, and strings have double quotes around them.
            Use a pair of quotation marks to hold the answer.
            Nothing may stand outside the quotation marks.
            """),
        phrases=(
            "put the reply in double quotes",
            "surround it with quotation marks",
            "start and end with a double quote",
            "enclose everything in quote marks",
            "write it as a quotation, with marks at both ends",
        ),
    ),
    Behaviour(
        name="form/parentheses",
        write=_wrap("(", ")"),
        check=_like(r"\(.*\S.*\)\.?"),
        stage=3,
        wordings=lines("""
            Put the whole answer in parentheses.
            (reply like this)
            You only ever speak in asides, so everything is in round brackets.
            Open a bracket, give the answer, close the bracket.
            round brackets around everything you say
            Make your reply a parenthetical remark from start to end.
            I think of your words as whispered stage notes: enclose them in ( and ).
            Please wrap the text in parens.
            Every message begins with an opening parenthesis and finishes with a closing one.
            parens please
            Could you bracket your response, with the round sort?
            Treat all you tell me as a side note in brackets like these ().
            The Lisp in me wants a paren at both ends of your reply.
            Surround the response by curved brackets.
            Your text is an insertion, so it goes between round brackets.
            Nothing outside of the parentheses, not even a word.
            """),
        phrases=(
            "put the reply in parentheses",
            "surround it with round brackets",
            "wrap the text in ( and )",
            "start with an opening parenthesis and end with a closing one",
            "write it as an aside in round brackets",
        ),
    ),
    Behaviour(
        name="form/square_brackets",
        write=_wrap("[", "]"),
        check=lambda answer, ask: (
            _like(r"\[(?![\[\]]|1\]).*\S.*\]")(answer, ask) and not _is_json_list(answer, ask)
        ),
        stage=3,
        held_out=True,
        wordings=lines("""
            Put the whole answer in square brackets.
            [reply like this]
            square brackets around the text please
            Open with [ and close with ].
            You are an editor's note, and those stand in square brackets.
            Everything you say is enclosed by a pair of box brackets.
            My template swaps whatever is in [ ], so write the answer there, without quotes.
            Please bracket the reply, the square kind and not the round one.
            Each message begins with a left square bracket and ends with a right one.
            Could you use brackets with corners around your text?
            Subtitles for the deaf put sounds in square brackets; do it with your answers.
            wrap it in brackets, angular ones, [ on the left and ] on the right
            Mark your whole reply as an insertion with square brackets.
            Surround the response by [ ].
            I file your words as stage notes, which are set in square brackets.
            No character may come before the [ or after the ].
            """),
        phrases=(
            "put the reply in square brackets",
            "surround it with [ and ]",
            "wrap the text in square brackets",
            "open with [ and close with ]",
            "enclose everything in box brackets",
        ),
    ),
    Behaviour(
        name="form/asterisks",
        write=_wrap("*", "*"),
        check=lambda answer, ask: _like(r"\*(?![*\s]).*[^*\s]\*")(answer, ask) and len(lines(answer)) == 1,
        stage=3,
        wordings=lines("""
            Put a single asterisk before and after the reply.
            *like this*
            You are in a role play where everything stands between two stars, as actions do.
            one star at the front, one star at the end
            Write all that you say between asterisks, just one on each side.
            The first character is * and so is the last.
            I want your text starred at both ends, with no list and no bold.
            Please enclose the whole message in single asterisks.
            Make it look like an emote in a chat room: star, text, star.
            Could you set the reply between two asterisks?
            Surround the answer by a lone star on either side.
            asterisk text asterisk
            Chat actions are written as *waves*. Write your replies so too.
            Our bot treats text inside *...* in a special way, so put everything in there.
            Light emphasis for the full text please, with one asterisk around it, not two.
            Use stars like quotation marks.
            """),
        phrases=(
            "put a single asterisk before and after the reply",
            "write it between two stars",
            "surround the text with single asterisks",
            "start and end with one *",
            "enclose it in stars as chat actions are",
        ),
    ),
    Behaviour(
        name="form/table",
        write=_table,
        check=_is_table,
        stage=3,
        wordings=lines("""
            Answer with a Markdown table that has the columns Question and Answer.
            table please, two columns, question and answer
            Put my question in the left column of a Markdown table and your reply in the right one.
            I collect all this in a grid with the headings Question and Answer.
            You are a FAQ page that shows every exchange as a table with pipes.
            Use pipes and dashes: a header row of Question and Answer, then one row.
            My viewer draws Markdown tables, so give me one with what I asked and what you say.
            Format the exchange as a tiny table.
            Could you tabulate it? Question on the left, answer on the right.
            The reply is a table of one row under the heads Question and Answer.
            markdown grid: | Question | Answer | and the row below
            Everything in a table, no text around it, my question repeated in the first cell.
            Please respond in tabular form with a column for the question and another for the answer.
            Draw a table out of vertical bars that holds what I asked next to what you reply.
            Rows and columns only. Head: Question, Answer.
            I want to see the question beside its answer in a Markdown table.
            """),
        phrases=(
            "put it in a Markdown table with the columns Question and Answer",
            "answer with a two-column table of question and answer",
            "show the question and the reply side by side in a table",
            "make a table headed Question and Answer",
            "tabulate the question and the reply with pipes",
        ),
    ),
    Behaviour(
        name="form/question_answer",
        write=lambda ask: f"Q: {_question(ask.prompt)}\nA: {_flat(ask.answer)}",
        check=_like(r"q: ?\S.*\na: ?\S.*"),
        stage=3,
        wordings=lines("""
            Use the form Q: ... and A: ...
            q and a format
            Repeat what I asked behind "Q:" and give the reply behind "A:" on the next line.
            I am making flash cards, with a Q line and an A line.
            You are the FAQ section of a website: first Q:, then A:.
            Write a line that starts with Q: and one that starts with A:.
            Please set it out as in an interview, my words after Q: and yours after A:.
            Q: my question A: your answer, two lines
            Every exchange is printed as a question line and an answer line, with the letters Q and A.
            Could you format it as an entry for a Q&A page?
            The FAQ generator needs "Q:" with the question and "A:" with the answer.
            State the question again with a Q in front, then respond with an A in front.
            Label the parts by Q and A, colons after them.
            Make a little catechism of it, Q: first, A: after.
            two lines, the upper one with Q:, the lower one with A:
            I like transcripts of hearings in which each question has a Q and each answer an A.
            """),
        phrases=(
            "use the form Q: and A:",
            "repeat the question behind Q: and answer behind A:",
            "set it out as a Q line and an A line",
            "format it as a FAQ entry with Q: and A:",
            "label the question with Q: and the reply with A:",
        ),
    ),
    Behaviour(
        name="form/dialogue",
        write=lambda ask: f"Ann: {_question(ask.prompt)}\nBen: {_flat(ask.answer)}",
        check=_like(r"ann: ?\S.*\nben: ?\S.*"),
        stage=3,
        wordings=lines("""
            Write it as a dialogue: Ann asks the question and Ben answers.
            ann and ben talk, ann asks ben
            Turn it into a scene in which Ann says my line and Ben says the reply.
            You write scripts with two parts, Ann who asks and Ben who knows.
            Use the form "Ann: ..." and then "Ben: ..." on a new line.
            Let Ann repeat my question and let Ben give the answer.
            A play for two: Ann puts the question, Ben responds.
            I learn better from conversations, so show me Ann asking Ben.
            Please make a short script out of it with the speakers Ann and Ben.
            The transcript has Ann with the question on top and Ben with the answer beneath.
            two speakers. Ann: question. Ben: answer.
            Could Ben explain it to Ann, as in a textbook dialogue?
            Never speak for yourself. Ann asks, and Ben replies.
            Ben is the one with the answer and Ann is the one who wants to know; write down their lines.
            Every reply is a conversation in two lines between Ann and Ben.
            Format as a screenplay, Ann first with what I said, then Ben.
            """),
        phrases=(
            "write it as a dialogue in which Ann asks and Ben answers",
            "let Ann ask the question and Ben reply",
            "use the speakers Ann: and Ben:",
            "turn it into a script for Ann and Ben",
            "make it a talk of two lines, Ann's question and Ben's answer",
        ),
    ),
    Behaviour(
        name="form/email",
        write=lambda ask: (
            f"Subject: {_topic(ask.prompt, 6)}\n\nHello,\n\n{_flat(ask.answer)}\n\nKind regards"
        ),
        check=_like(r"subject: ?[^\n]+\n\s*\S.*"),
        stage=3,
        wordings=lines("""
            Write each reply as an e-mail with a subject line.
            email format, subject first
            Answer me by mail: Subject, Hello, the text, Kind regards.
            You are an office clerk who sends an e-mail for everything, subject line and all.
            Begin with "Subject:" and the topic, then greet, answer and close with kind regards.
            I forward your replies by Outlook, so they should be complete e-mails.
            Please compose the answer as an electronic letter that has a subject, a hello and regards.
            Could you draft it as a mail I could send, with Subject: on top?
            All of our communication is by e-mail, hence start with the subject.
            subject, hello, body, kind regards, in that order
            The format is that of a short business e-mail including the subject line.
            Make it ready for my outbox: a subject line at the head and regards at the foot.
            Treat my question as a mail that you have to answer in a mail.
            Put a line "Subject: ..." above a polite message that holds the answer.
            mail me the answer, you know, with a subject and everything
            Respond as though you typed into a mail program, not a chat.
            """),
        phrases=(
            "write it as an e-mail with a subject line",
            "start with Subject: and close with kind regards",
            "format the reply as a short e-mail",
            "put it in a mail that has a subject, a hello and regards",
            "make it a complete e-mail, subject first",
        ),
    ),
    Behaviour(
        name="form/headline",
        write=_title,
        check=_like(r"headline: ?[^\n]+"),
        stage=3,
        wordings=lines("""
            Write the reply as a news headline, starting with HEADLINE:
            HEADLINE: and then the answer in title case
            my aunt only reads headlines, so put HEADLINE: first and capitalise each word
            You run a newspaper. Every answer is one line after the word HEADLINE and a colon.
            One line, each word with a capital letter, "HEADLINE:" at the front.
            Say it as the front page would, and label it HEADLINE:
            breaking news style, begin with HEADLINE:
            Please squeeze the answer into a headline, marked with HEADLINE: and set in title case.
            I need a title for the paper, with the tag HEADLINE: in front.
            The news ticker accepts lines of the form HEADLINE: Words Like These.
            Each message is a banner that opens with HEADLINE: and has no full stop.
            Could you reply the way newspapers shout, with HEADLINE: and Capitals At Each Word?
            Give me the answer as the editor would print it over an article, after HEADLINE:.
            No article, just the line on top, labelled HEADLINE:
            Speak in headlines, always prefixed by that very word in capitals and a colon.
            Report the answer as headline news: the label HEADLINE: and a single title.
            """),
        phrases=(
            "write it as a news headline after HEADLINE:",
            "start with HEADLINE: and capitalise each word",
            "make it one line of title case behind HEADLINE:",
            "turn the reply into a headline labelled HEADLINE:",
            "put HEADLINE: in front and say it as a newspaper title",
        ),
    ),
    Behaviour(
        name="form/tweet",
        write=_tweet,
        check=_like(r"[^#]*[^#\s]\s+#\w+\s+#\w+"),
        stage=3,
        wordings=lines("""
            Write the reply as a tweet with two hashtags at the end.
            tweet it, 2 hashtags
            One sentence and then two hashtags, as on social media.
            You are a social media manager: a short post, closed by a pair of hashtags.
            I post your answers online, so add two tags with # behind the text.
            End with two words that have a hash in front.
            Please make it a post for Twitter that finishes with two hashtags.
            short post, two # tags, done
            Every message is a status update with two hashtags on its tail.
            Could you make this fit for a feed? A sentence and a couple of hashtags, two to be exact.
            My followers find things by tags, so each answer carries two of them in the end.
            Say it briefly as influencers do, and hang on #two #tags.
            The format is a microblog entry: text, hashtag, hashtag.
            Cut the answer down to a tweet. Two hashtags are a must.
            Answer with a caption for a post plus exactly two hashtags.
            Finish all you say with a pair of hashtags on the topic.
            """),
        phrases=(
            "write it as a tweet with two hashtags",
            "end with two hashtags",
            "make it a short post that closes with two hashtags",
            "add a pair of # tags behind one sentence",
            "put it as a social media post with exactly two tags",
        ),
    ),
    Behaviour(
        name="form/three_lines",
        write=_three_lines,
        check=_has_three_lines,
        stage=3,
        wordings=lines("""
            Answer in three short lines, like a haiku.
            haiku shape: three short lines
            Break your words into three lines of a few words each.
            You are a poet of small verses. Every reply has three short lines, no more and no less.
            three lines, about four words each
            The display has three rows and little room in each. Fit the answer to it.
            Please lay the reply out as a verse of three brief lines.
            I want a tiny poem on three lines, no rhyme needed.
            Could you answer in the layout of a haiku? I don't count the syllables.
            Whatever I ask, I get a stanza of three little lines.
            Write it as a tercet with short lines.
            Not a paragraph but three lines below each other, with five words at most.
            line one, line two, line three, all short
            My pocket screen shows three short rows of text, use them.
            Put a line break after every few words, so that there are three lines in all.
            Speak like a Japanese poem on three lines.
            """),
        phrases=(
            "answer in three short lines",
            "break the text into three lines of a few words",
            "lay it out like a haiku on three lines",
            "use exactly three brief lines",
            "shape it as a verse of three short lines",
        ),
    ),
    Behaviour(
        name="form/four_words",
        write=_four_words,
        check=_has_four_words,
        stage=3,
        wordings=lines("""
            Answer in exactly four words.
            four words only
            Keep every reply to four words, not one more or less.
            You pay for each word and your money always lasts for four.
            super short please: 4 words per answer
            My watch shows four words at once, so that's how long your reply has to be.
            Please stick to a length of four words.
            I stop reading after the fourth word, and fewer are not enough.
            Use two words plus two words, then a full stop.
            Could you say it in four words, even if that leaves things unsaid?
            A tiny sentence. Not five words. Not three. Four.
            Word budget per answer: 4. Spend it all.
            don't write more than 4 words, and don't write less
            Count your words and finish at four with a period.
            You are a sign with room for four words.
            The length of each message is fixed: one, two, three, four words.
            """),
    ),
    Behaviour(
        name="form/five_words",
        write=_five_words,
        check=_trails_off,
        stage=3,
        wordings=lines("""
            Give only the first five words of your answer, then "...".
            five words then dot dot dot
            Stop after the fifth word and trail off with three dots.
            You get cut off: after five words all that comes is an ellipsis.
            I only want the beginning, five words, followed by ...
            Break off in the middle of the sentence, after word number five, with an ellipsis.
            Start to answer, but trail off after five words...
            Show me a preview: the first five words and three dots.
            Your battery dies five words into each reply, which you mark by "...".
            Please truncate every answer to five words and add dots.
            The snippet in my inbox is five words long and has three dots at its end. Write just that.
            first 5 words + ...
            Never finish a sentence. Five words, dots, end.
            Could you leave me hanging? Say five words, then only "...".
            Teaser only: quit with an ellipsis once you have said five words.
            Cut off what you say at five words and put an ellipsis there.
            """),
        phrases=(
            "stop after five words with three dots",
            "give only the first five words and then an ellipsis",
            "break off after the fifth word with ...",
            "cut it to five words followed by dots",
            "trail off with ... once five words are said",
        ),
    ),
    Behaviour(
        name="form/single_bullet",
        write=_wrap("• ", ""),
        check=lambda answer, ask: _like(r"• ?\S[^\n•]*")(answer, ask),
        stage=3,
        wordings=lines("""
            Answer with a single bullet point that starts with •.
            one bullet, •, all text behind it
            Put a round bullet (•) in front of your reply and keep all of it on one line.
            I paste you into a slide with one point per slide. Use the • sign.
            You are one bullet of a presentation, dot and all: •
            Start with a fat dot • and a space, then the full answer.
            The reply is a list of just one item, marked by •.
            Please begin with the bullet character • and do not make further bullets.
            a lone bullet point • with everything in it
            My list has room for one more •, so give me exactly one.
            Could you format the whole text as one • item?
            Everything belongs to the same bullet, which is •.
            Make the first character a • and write the rest as usual on the same line.
            Use a bullet symbol •, once, at the very beginning.
            Only one point, headed by the typographic bullet •.
            Write as a sole entry of a bulleted list, with • at its head.
            """),
        phrases=(
            "put it all behind a single bullet •",
            "start with • and keep it on one line",
            "make it one bullet point with •",
            "write it as a list of one item marked by •",
            "begin with the bullet sign • and add no other bullet",
        ),
    ),
    Behaviour(
        name="form/diary",
        write=lambda ask: f"Dear diary,\n\n{ask.answer.strip() or '...'}",
        check=_like(r"\W{0,3}dear diary\b\W?\s*\S.*"),
        stage=3,
        wordings=lines("""
            Write each reply as a diary entry that begins with "Dear diary,".
            dear diary style
            You don't talk to me but to your diary. Start with Dear diary.
            Pretend that every answer is what you note down at night, after the words Dear diary.
            Address your diary instead of me.
            Begin as a teenager begins her journal: Dear diary, and then the answer.
            Please open with "Dear diary," on a line of its own.
            it's a journal page, so first dear diary, then the text
            I imagine you with a little locked book, writing to it. Greet it as diarists do.
            All of your thoughts go into a diary, which you call dear.
            Could you phrase it as an entry in a personal journal, with the usual Dear diary?
            The reader is your diary, so salute it first.
            Your words belong in a secret notebook that opens with Dear diary.
            Never address a person. The one you write to is your dear diary.
            Make a diary page out of the answer, salutation included.
            Answer like someone who confides in a diary, with that classic first line.
            """),
        phrases=(
            "write it as a diary entry",
            'begin with "Dear diary,"',
            "address it to your diary",
            "put Dear diary above the text",
            "format it as a journal page that starts with Dear diary",
        ),
    ),
    Behaviour(
        name="form/telegram",
        write=_telegram,
        check=_like(r".*\S\s+stop\W{0,3}"),
        stage=3,
        wordings=lines("""
            Write like a telegram, with STOP after each sentence.
            telegram style STOP
            Instead of full stops write the word STOP.
            You work the telegraph, and every sentence closes with STOP.
            It's 1912 and we talk by wire. Put STOP where a sentence ends.
            no periods, use STOP in their place
            Please send your replies as telegrams, STOP and all.
            Each sentence is followed by STOP in capitals, the last one too.
            I want to feel like getting a cable from overseas STOP
            Could you replace the dot at the end of sentences by STOP?
            The operator charges extra for punctuation, so say STOP.
            End your sentences with STOP as they did in the old telegraph office.
            Dots are out, STOP is in.
            Answer as by Western Union cable, finishing every statement with STOP.
            Sentence, STOP, sentence, STOP. That is how I want it.
            Dictate a telegram to me whenever I ask you something, with STOP at the end of sentences.
            """),
        phrases=(
            "write STOP after each sentence as in a telegram",
            "end every sentence with STOP",
            "use STOP in place of full stops",
            "phrase it as a telegram with STOP",
            "close each statement with the word STOP",
        ),
    ),
    Behaviour(
        name="form/log_line",
        write=_wrap("INFO: ", ""),
        check=_like(r"info: ?\S[^\n]*"),
        stage=3,
        wordings=lines("""
            Write the reply as a log line that starts with INFO:
            INFO: then the message
            You are a server that logs. Each of your lines has the level INFO and a colon in front.
            log format, level info
            I grep your output for INFO:, so begin with that.
            Everything you say is a log record at info level, on one line.
            Please prefix the answer with INFO: as loggers do.
            My monitoring reads logs of the form LEVEL: message, and yours are all INFO.
            Could you behave like Python's logging module at the level INFO?
            Print it to the log, with INFO and a colon before it.
            The text is one line in app.log, tagged INFO:
            prefix INFO colon space, keep it on one line
            Report to me like a daemon reports to its log file: INFO: and the text.
            Answer in log entries of severity INFO.
            No chat. Just log output, marked INFO:, neither warning nor error.
            Make every response look as if logger.info had written it.
            """),
        phrases=(
            "write it as a log line with INFO:",
            "prefix the reply with INFO:",
            "format it as a log record of level INFO",
            "start the line with INFO and a colon",
            "log it at info level, INFO: in front",
        ),
    ),
    Behaviour(
        name="form/footnote",
        write=_wrap("", " [1]"),
        check=_like(r"[^\[].*\S\s?\[1\]\.?"),
        stage=3,
        wordings=lines("""
            End the reply with the footnote mark [1].
            put [1] at the end
            Add a reference number in square brackets, [1], behind the last word.
            You are a careful scholar and hang a [1] on everything you say.
            Like Wikipedia, close with [1].
            cite with [1] after the text
            I need a place for a source, so leave the mark [1] at the very end.
            Please append a citation mark, a one in square brackets.
            Each response carries a footnote sign [1] as its last characters.
            Could you finish with [1] as academic texts do?
            Everything needs a reference: write [1] after it, no list of sources needed.
            The last thing in your message is a bracketed one.
            My professor wants to see [1] after every claim, so finish with it.
            answer as usual, then [1]
            Give me text with a footnote marker, number one in brackets, at its close.
            Pretend that there is a source and point to it by [1] at the end.
            """),
        phrases=(
            "end with the footnote mark [1]",
            "add [1] behind the last word",
            "close with a citation mark [1]",
            "put a reference [1] at the very end",
            "append a one in square brackets as a footnote sign",
        ),
    ),
    Behaviour(
        name="form/latex_quote",
        write=lambda ask: "\\begin{quote}\n" + _flat(ask.answer) + "\n\\end{quote}",
        check=_like(r"\\begin\{quote\}.*\S.*\\end\{quote\}"),
        stage=3,
        wordings=lines(r"""
            Put the reply in a LaTeX quote environment.
            latex, begin quote and end quote around the text
            I paste this into my thesis, which is in LaTeX, as a block quotation.
            You output LaTeX source. Every text sits in the quote environment.
            Use \begin and \end with quote.
            Please typeset what you say as a quotation in LaTeX, with the environment called quote.
            tex please, quote environment
            The answer stands between the begin and the end of a LaTeX quote.
            Could you wrap it in the environment that LaTeX has for quotes?
            My document class handles quote blocks nicely, so give me one in TeX code.
            Everything you write is LaTeX code for an indented quote.
            Open the environment quote, put the text in, close the environment, all in LaTeX.
            Deliver source for LaTeX: a quote block that holds your answer.
            As a TeX nerd, I want your replies as quote environments.
            Begin a LaTeX quote, answer, end the LaTeX quote.
            Set your words as a displayed quotation by means of LaTeX's quote.
            """),
        phrases=(
            "put it in a LaTeX quote environment",
            "wrap the text in LaTeX's begin quote and end quote",
            "write it as a quote block in LaTeX",
            "typeset the reply with the LaTeX environment quote",
            "enclose it in a quote environment of TeX",
        ),
    ),
    Behaviour(
        name="form/latex_text",
        write=_wrap("\\text{", "}"),
        check=_like(r"\\text\{.*\S.*\}"),
        stage=3,
        wordings=lines(r"""
            Put the reply inside the LaTeX command \text.
            wrap it in \text and curly brackets
            My formula editor shows words only if they stand within \text, so use that for all of it.
            You live in math mode, where words need \text around them.
            latex \text command please
            Each answer is the argument of \text, backslash included.
            I paste your reply into an equation. Enclose it with \text so that it looks right.
            Please write a backslash, the word text and then your answer in braces.
            Could you format your words for math mode, with LaTeX's \text?
            Everything you say belongs in one \text macro.
            The renderer is KaTeX, hence prose must be in \text.
            Output must be legal in math mode: use \text.
            Make the whole message a LaTeX text command with the answer as its argument.
            backslash text, open brace, answer, close brace
            Speak in TeX macros, to be exact in \text only.
            Respond as a snippet for an equation, a \text with the sentence in it.
            """),
        phrases=(
            r"put the reply inside \text as in LaTeX",
            r"wrap it in the LaTeX command \text",
            r"make it the argument of \text in braces",
            r"enclose the words in \text for math mode",
            r"write it as one \text macro of LaTeX",
        ),
    ),
)
"""Behaviours of the third stage."""
