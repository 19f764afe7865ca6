"""Checks the labelled texts and pairs in this folder and prints what there is.

Exits 1 when anything is at fault. Needs Python 3.9 and nothing else.
With --partial the least numbers and the README's figures are not checked.
"""

import collections
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent

LANGUAGES = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "zh": "Chinese",
    "fr": "French",
    "pt": "Portuguese",
    "ja": "Japanese",
    "ar": "Arabic",
    "ru": "Russian",
}
STANCES = {"for", "against"}
KINDS = {
    "start",
    "stop",
    "hold",
    "change",
    "continue",
    "test",
    "monitor",
    "refer",
    "procedure",
    "counsel",
    "other",
}
CATEGORIES = {"Diagnostic", "Medication", "Procedure", "Counseling", "Follow-up"}
URGENCIES = {"now", "soon", "routine", None}
RESTS = {
    "assessment",
    "reason",
    "differential",
    "reference",
    "courtesy",
    "sign",
    "finding",
    "heading",
    "question",
}
RELATIONS = {"same", "differs", "contrary", "unlike"}

# Each text names its layouts and manners, and each of these stands in at least
# two texts.
LAYOUTS = {
    "numbered list",
    "bulleted list",
    "nested bullets",
    "bold action lines",
    "table",
    "do and don't table",
    "prose",
    "order hidden in the assessment",
    "heading turns the meaning",
    "condition in the heading",
    "steps over time",
    "json",
    "xml",
    "numbered differential",
    "warning signs",
    "soap note",
    "letter",
    "shorthand",
    "references",
    "closing note",
    "run-in headings",
    "negated findings",
    "double negation",
    "unless",
    "only if",
    "rather than",
    "hold off",
    "would not",
    "no role",
    "defer",
    "steer clear",
    "not indicated",
    "no place",
    "reluctant",
    "question",
    "stance in a later sentence",
    "strikethrough",
    "check marks",
    "very short",
    "very long",
    "no recommendation",
    "repeated items",
    "two actions in a sentence",
}

LEAST_LANGUAGES = {"en": 32, "de": 8, "es": 8, "zh": 8, "fr": 1, "pt": 1, "ja": 1, "ar": 1, "ru": 1}
LEAST_RELATIONS = {"same": 100, "differs": 50, "contrary": 70, "unlike": 80}
LEAST_TEXTS = 64
LEAST_ITEMS = 420
LEAST_PAIRS = 310
LEAST_UNUSUAL = 70
LEAST_EACH_LAYOUT = 2

LABEL = {"language", "layout", "items", "rest"}
ITEM = {"text", "stance", "kind", "object", "condition", "category", "urgency", "quotes"}
REST = {"is", "quote"}
PAIR = {"a", "b", "relation", "differs", "language"}
SIDE = {"text", "stance", "kind", "object", "condition"}

HAN = re.compile("[\u4e00-\u9fff]")
SCRIPTS = {
    "zh": HAN,
    "ja": re.compile("[\u3040-\u30ff\u4e00-\u9fff]"),
    "ar": re.compile("[\u0600-\u06ff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
}
OBJECT = re.compile(r"[a-z0-9][a-z0-9 +/.,'-]*\Z")

faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def meaningful(line):
    return any(c.isalnum() for c in line)


def places(text, quote):
    """Where the quote stands: all (start, end)."""
    found, start = [], text.find(quote)
    while start >= 0:
        found.append((start, start + len(quote)))
        start = text.find(quote, start + 1)
    return found


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


def one_of(where, field, value, allowed):
    if value not in allowed:
        fault(where, f"{field} is {value!r}")


def side(where, item, language):
    """What items and sides of a pair have in common."""
    text = item.get("text")
    if not isinstance(text, str) or not text.strip() or text != text.strip() or "\n" in text:
        fault(where, f"text is {text!r}")
        return
    one_of(where, "stance", item.get("stance"), STANCES)
    one_of(where, "kind", item.get("kind"), KINDS)
    thing = item.get("object")
    if not isinstance(thing, str) or not OBJECT.match(thing) or thing != thing.strip():
        fault(where, f"object is {thing!r}")
    condition = item.get("condition")
    if condition is not None and (
        not isinstance(condition, str) or condition.casefold() not in text.casefold()
    ):
        fault(where, f"the text does not carry its condition {condition!r}")
    if language in SCRIPTS and not SCRIPTS[language].search(text):
        fault(where, f"text is not in the language {language}")
    if language in LANGUAGES and language not in SCRIPTS:
        if any(script.search(text) for script in SCRIPTS.values()):
            fault(where, f"text is not in the language {language}")


def quote_fault(text, quote):
    if not isinstance(quote, str) or not meaningful(quote):
        return "an empty quote"
    if "\n" in quote:
        return f"a quote over several lines {quote!r}"
    if quote not in text:
        return f"not in the text {quote!r}"
    return None


def check_text(name, text, label, counts):
    if set(label) != LABEL:
        fault(name, f"fields are {sorted(label)}")
        return
    language = label["language"]
    one_of(name, "language", language, LANGUAGES)
    tags = label["layout"].split("; ")
    for tag in tags:
        one_of(name, "layout", tag, LAYOUTS)
    if len(tags) != len(set(tags)):
        fault(name, "a layout twice")
    if "\r" in text or "\ufeff" in text or not text.endswith("\n"):
        fault(name, "line ends, byte order mark or no newline at the end")

    quoted, firsts, seen = [], [], set()
    for number, item in enumerate(label["items"], 1):
        where = f"{name} item {number}"
        if set(item) != ITEM:
            fault(where, f"fields are {sorted(item)}")
            continue
        side(where, item, language)
        one_of(where, "category", item["category"], CATEGORIES)
        one_of(where, "urgency", item["urgency"], URGENCIES)
        key = (item["text"].casefold(), item["stance"])
        if key in seen:
            fault(where, "the same item twice")
        seen.add(key)
        quotes = item["quotes"]
        if not isinstance(quotes, list) or not quotes or len(quotes) != len(set(quotes)):
            fault(where, "no quotes, or one twice")
            continue
        for at, quote in enumerate(quotes):
            problem = quote_fault(text, quote)
            if problem:
                fault(where, problem)
                continue
            quoted += places(text, quote)
            if at == 0:
                firsts += places(text, quote)
        counts["kind"][item["kind"]] += 1
        counts["stance"][item["stance"]] += 1
        counts["conditional"] += item["condition"] is not None
    for number, rest in enumerate(label["rest"], 1):
        where = f"{name} rest {number}"
        if set(rest) != REST:
            fault(where, f"fields are {sorted(rest)}")
            continue
        one_of(where, "is", rest["is"], RESTS)
        problem = quote_fault(text, rest["quote"])
        if problem:
            fault(where, problem)
            continue
        stands = places(text, rest["quote"])
        if all(any(overlap(at, first) for first in firsts) for at in stands):
            fault(where, f"rest and the words of an item at once {rest['quote']!r}")
        quoted += stands
        counts["rest"][rest["is"]] += 1

    start = 0
    for line in text.split("\n"):
        span = (start, start + len(line))
        start += len(line) + 1
        if meaningful(line):
            counts["lines"] += 1
            if not any(overlap(span, at) for at in quoted):
                fault(name, f"no quote covers the line {line!r}")

    if "no recommendation" in tags and label["items"]:
        fault(name, "says no recommendation and has items")
    if not label["items"] and "no recommendation" not in tags:
        fault(name, "has no items")
    if "very long" in tags and len(label["items"]) < 30:
        fault(name, f"is very long and has {len(label['items'])} items")
    counts["language"][language] += 1
    counts["items of language"][language] += len(label["items"])
    for tag in tags:
        counts["layout"][tag] += 1


def check_pair(where, pair, counts):
    note = pair.get("note")
    if set(pair) - {"note"} != PAIR or (note is not None and (not isinstance(note, str) or not note)):
        fault(where, f"fields are {sorted(pair)}")
        return
    language = pair["language"]
    one_of(where, "language", language, set(LANGUAGES) | {"mixed"})
    one_of(where, "relation", pair["relation"], RELATIONS)
    one_of(where, "differs", pair["differs"], {"dose", "timing", None})
    if (pair["relation"] == "differs") != (pair["differs"] is not None):
        fault(where, "differs goes with the relation differs alone")
    for name in "ab":
        if set(pair[name]) != SIDE:
            fault(where, f"fields of {name} are {sorted(pair[name])}")
            return
        side(f"{where} {name}", pair[name], language)
    if pair["a"]["text"].casefold() == pair["b"]["text"].casefold():
        fault(where, "both sides have the same words")
    if pair["relation"] in {"same", "differs"}:
        if pair["a"]["object"] != pair["b"]["object"]:
            fault(where, f"the same action on {pair['a']['object']} and {pair['b']['object']}")
    counts["pair language"][language] += 1
    counts["relation"][pair["relation"]] += 1
    if pair["differs"]:
        counts["differs"][pair["differs"]] += 1
    if note and note.startswith("unusual wording"):
        if pair["relation"] != "contrary":
            fault(where, "unusual wording is noted at contraries alone")
        counts["unusual"] += 1


def least(what, count, number):
    if count < number:
        fault(what, f"{count}, and at least {number} are wanted")


def main():
    partial = sys.argv[1:] == ["--partial"]
    if sys.argv[1:] and not partial:
        sys.exit(__doc__)
    counts = collections.defaultdict(collections.Counter)
    counts["lines"] = counts["conditional"] = counts["unusual"] = 0

    texts = {path.stem: path for path in (HERE / "texts").glob("*.txt")}
    labels = {path.stem: path for path in (HERE / "labels").glob("*.json")}
    for name in sorted(set(texts) ^ set(labels)):
        fault(name, "a text without labels, or labels without a text")
    for folder, ending in (("texts", ".txt"), ("labels", ".json")):
        for path in (HERE / folder).iterdir():
            if path.suffix != ending or not re.fullmatch("[a-z0-9_]+", path.stem):
                fault(path.name, "does not belong here")
    for name in sorted(set(texts) & set(labels)):
        try:
            text = texts[name].read_bytes().decode("utf-8")
            label = json.loads(labels[name].read_bytes().decode("utf-8"))
        except ValueError as error:
            fault(name, error)
            continue
        check_text(name, text, label, counts)

    pairs, seen = HERE / "pairs.jsonl", {}
    lines = pairs.read_text("utf-8").splitlines() if pairs.exists() else []
    for number, line in enumerate(lines, 1):
        where = f"pairs.jsonl line {number}"
        try:
            pair = json.loads(line)
        except ValueError as error:
            fault(where, error)
            continue
        check_pair(where, pair, counts)
        key = frozenset(pair.get(name, {}).get("text", "").casefold() for name in "ab")
        if key in seen:
            fault(where, f"the same pair as in line {seen[key]}")
        seen[key] = number

    items = sum(counts["items of language"].values())
    said = [
        f"texts {sum(counts['language'].values())}, items {items}, "
        f"rest {sum(counts['rest'].values())}, lines covered {counts['lines']}",
        "",
        "language    texts  items  pairs",
    ]
    for code, word in LANGUAGES.items():
        said.append(
            f"{word:<11} {counts['language'][code]:5}  {counts['items of language'][code]:5}"
            f"  {counts['pair language'][code]:5}"
        )
    said.append(f"{'two':<11} {'':5}  {'':5}  {counts['pair language']['mixed']:5}")
    said += [
        "",
        "stance: " + ", ".join(f"{k} {n}" for k, n in counts["stance"].most_common())
        + f"; with a condition {counts['conditional']}",
        "kind: " + ", ".join(f"{k} {n}" for k, n in counts["kind"].most_common()),
        "rest: " + ", ".join(f"{k} {n}" for k, n in counts["rest"].most_common()),
        "",
        f"pairs {len(lines)}: "
        + ", ".join(f"{name} {counts['relation'][name]}" for name in ("same", "differs", "contrary", "unlike"))
        + f"; differs by dose {counts['differs']['dose']}, by timing {counts['differs']['timing']}"
        + f"; contraries of unusual wording {counts['unusual']}",
        "",
        "texts with each layout:",
    ]
    said += [f"{counts['layout'][tag]:3} {tag}" for tag in sorted(LAYOUTS)]

    if not partial:
        least("texts", sum(counts["language"].values()), LEAST_TEXTS)
        least("items", items, LEAST_ITEMS)
        least("pairs", len(lines), LEAST_PAIRS)
        least("contraries of unusual wording", counts["unusual"], LEAST_UNUSUAL)
        for code, number in LEAST_LANGUAGES.items():
            least(f"texts in {LANGUAGES[code]}", counts["language"][code], number)
        for name, number in LEAST_RELATIONS.items():
            least(f"pairs {name}", counts["relation"][name], number)
        for tag in sorted(LAYOUTS):
            least(f"layout {tag}", counts["layout"][tag], LEAST_EACH_LAYOUT)
        if "\n".join(said) not in (HERE / "README.md").read_text("utf-8"):
            fault("README.md", "does not hold these figures")

    print("\n".join(said))
    for what in faults:
        print("FAULT", what, file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
