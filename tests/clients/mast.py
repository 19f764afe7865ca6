"""As the leaderboard's endpoint check asks: plain text, a bearer key, ten
connections at once, both formats; and afterwards nothing of it remains."""

import http.client
import json
import os
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from common import KEY, KEY_NONE, URL, cases, check, check_text, run

AT_ONCE = 10
LIMIT_SECONDS = 300

PLAN = (
    "You are consulted about the case below. Give a clinical assessment of one or two sentences, "
    "then numbered recommendations, in at most 200 words."
)
GRADE = (
    "Grade every option for the case below as Appropriate or Inappropriate. Answer with a JSON array "
    'and nothing else: [{"Option": 1, "GradeAI": "Appropriate", "Rationale": "why"}, ...], with every '
    "option, in order."
)


def post(text, key=KEY_NONE, kind="text/plain"):
    """One request as the check sends it; status, seconds, body."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection(urlsplit(URL).netloc, timeout=LIMIT_SECONDS)
    headers = {"Content-Type": kind}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    connection.request("POST", "/mast", text.encode("utf-8"), headers)
    answer = connection.getresponse()
    body = answer.read().decode("utf-8")
    connection.close()
    return answer.status, time.monotonic() - begun, body


def text_of(body):
    """The answer's text, by either of the two shapes that the check reads."""
    answer = json.loads(body)
    if "response" in answer:
        return answer["response"]
    return answer["choices"][0]["message"]["content"]


def array_of(text):
    """The grades, found as the benchmark's own parser finds them: the array
    from the first bracket that opens one of objects."""
    start = re.search(r"\[\s*\{", text)
    return json.JSONDecoder().raw_decode(text[start.start():])[0] if start else None


def marked(text, mark):
    """The text with a word in it that nothing else has."""
    return f"{text} Her record number is {mark}."


def plan_prompts(marks):
    for at in range(2 * AT_ONCE):
        _, question, _ = cases()[at % len(cases())]
        mark = f"mark{secrets.token_hex(12)}"
        marks.append(mark)
        # The newest protocol sends the case alone.
        text = marked(question, mark)
        yield text if at % 2 else f"{PLAN}\n{text}"


def grade_prompts(marks):
    for at in range(AT_ONCE):
        _, question, options = cases()[at % len(cases())]
        mark = f"mark{secrets.token_hex(12)}"
        marks.append(mark)
        listed = "\n".join(f"{n}. {text}" for n, text in enumerate(options, 1))
        yield len(options), f"{GRADE}\n{marked(question, mark)}\n\nOptions:\n{listed}"


def kept():
    """Every file in which something could remain: the service's state and
    temporary folder, its log, and whatever it has open, deleted or not."""
    files = {}
    for folder in (os.environ["PRIMUM_HOME"], os.environ["TMPDIR"]):
        for path in Path(folder).rglob("*"):
            if path.is_file():
                files[str(path)] = path
    files["log"] = Path(os.environ["PRIMUM_SERVER_LOG"])
    for link in Path(f"/proc/{os.environ['PRIMUM_SERVER_PID']}/fd").iterdir():
        try:
            if link.is_file():  # follows the link: no sockets, no pipes
                files[f"{link} -> {os.readlink(link)}"] = link
        except FileNotFoundError:
            pass  # closed meanwhile
    held = {}
    for name, path in files.items():
        try:
            held[name] = path.read_bytes()
        except FileNotFoundError:
            pass  # closed or deleted meanwhile
    return held


def found(needles):
    """Where any of these texts is, by file."""
    where = []
    for name, held in kept().items():
        for needle in needles:
            if needle.encode("utf-8") in held or needle.encode("utf-16-le") in held:
                where.append((name, needle[:60]))
    return where


def main():
    marks, answers = [], []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        plans = list(pool.map(post, plan_prompts(marks)))
        asked = list(grade_prompts(marks))
        grades = list(pool.map(post, [text for _, text in asked]))

    check(f"{len(plans)} plans, {AT_ONCE} at once: all 200", all(s == 200 for s, _, _ in plans), plans)
    texts = [text_of(body) for status, _, body in plans if status == 200]
    answers += texts
    check("every plan has 50 characters or more", all(len(text) >= 50 for text in texts), texts)
    check_text("with a prompt", texts[0] if texts else "")
    check_text("case alone", texts[1] if len(texts) > 1 else "")
    lines = [len(re.findall(r"^\d+\. ", text, re.M)) for text in texts]
    check("every plan has numbered items", all(lines), lines)

    check(f"{len(grades)} gradings, {AT_ONCE} at once: all 200", all(s == 200 for s, _, _ in grades), grades)
    for (count, _), (status, _, body) in zip(asked, grades):
        text = text_of(body) if status == 200 else body
        rows = array_of(text) or []
        whole = [row.get("Option") for row in rows] == list(range(1, count + 1))
        known = all(row.get("GradeAI") in ("Appropriate", "Inappropriate") for row in rows)
        reasons = all(isinstance(row.get("Rationale"), str) for row in rows)
        answers += [row.get("Rationale") or "" for row in rows]
        if not (whole and known and reasons):
            check("a grading covers every option in order", False, text)
            break
    else:
        check("every grading covers every option in order", True)
    slowest = max(seconds for _, seconds, _ in plans + grades)
    check(f"the slowest took {slowest:.1f} s of {LIMIT_SECONDS}", slowest < LIMIT_SECONDS)

    check("without a key: 401", post(PLAN, key=None)[0] == 401)
    check("with a wrong key: 401", post(PLAN, key="primum_wrong_key")[0] == 401)
    secret = f"mark{secrets.token_hex(12)}"
    marks.append(secret)
    status, _, body = post(secret, kind="application/json")
    check("another content type: 415, and the text is not said again", status == 415 and secret not in body, body)
    status, _, body = post(" \n ")
    check("an empty text is refused", status in (400, 422), (status, body))

    # What the panel itself wrote is searched for too, line by line.
    written = {line.strip() for text in answers for line in text.splitlines()}
    written = {re.sub(r"^\d+\. ", "", line) for line in written if not line.startswith("[")}
    written = sorted(line for line in written if len(line) >= 40)
    check(f"retention none: none of {len(marks)} marked questions is anywhere", not (w := found(marks)), w)
    check(f"nor any of {len(written)} lines of the answers", bool(written) and not (w := found(written)), w)

    # The search would have found them: where consults are kept, it does.
    control = f"mark{secrets.token_hex(12)}"
    status, _, body = post(marked(cases()[0][1], control), key=KEY)
    held = [name for name, _ in found([control])]
    kept_in = [name for name in held if "audit.sqlite" in name]
    check("retention audit: the same search finds it where it is kept", status == 200 and bool(kept_in), (status, held))
    check("and not in the log", "log" not in held, held)


run(main)
