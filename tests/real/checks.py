"""What must hold with real models. See `run` beside this file.

Nothing here looks at what the models say: they are far too small to be right. It looks at
what the program makes of it, and at what their server was really asked."""

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "examples" / "small-local"))
import serve  # noqa: E402

PROGRAM, PARTS = sys.argv[1], sys.argv[2:]
BEGUN = time.monotonic()
CAVEAT = "small local models"
# So few options and words that two cores need seconds for an answer.
OPTIONS, TOKENS, JUDGE_TOKENS = 4, 120, 300
COUNTS = {True: 0, False: 0}


def check(what, holds, seen=""):
    """One line per check; a failed one does not hide those after it."""
    COUNTS[bool(holds)] += 1
    print(f"{'ok  ' if holds else 'FAIL'} {what}" + (f": {str(seen)[:900]}" if not holds and seen != "" else ""), flush=True)


@contextlib.contextmanager
def part(name):
    """A group of checks that failing ends early, but no other one."""
    begun = time.monotonic()
    print(f"-- {name}", flush=True)
    try:
        yield
    except Exception:
        check(f"{name}: came to its end", False, traceback.format_exc(limit=-3))
    print(f"   {time.monotonic() - begun:.0f} s", flush=True)


class World:
    """Servers, panels and cases of this run."""

    def __init__(self, folder, servers):
        self.folder, self.servers = folder, {server.name: server for server in servers}
        self.cases = self.few_options()
        text = (ROOT / "agents" / "small-local.toml").read_text("utf-8")
        for name, server in self.servers.items():
            port = serve.MODELS[name]["port"]
            assert f":{port}/v1" in text, "agents/small-local.toml does not name the servers' ports"
            text = text.replace(f"http://127.0.0.1:{port}/v1", f"{server.url}/v1")
        text, found = re.subn(r"^max_output = 700$", f"max_output = {TOKENS}", text, flags=re.M)
        self.text, more = re.subn(r"^max_output = 3000$", f"max_output = {JUDGE_TOKENS}", text, flags=re.M)
        assert (found, more) == (2, 1), "agents/small-local.toml has other limits"
        self.env = {**os.environ, "PRIMUM_HOME": str(folder / "home"), "PRIMUM_LOG": ""}

    def few_options(self):
        """Two demo cases with the first options of their rubrics."""
        cases = self.folder / "cases"
        shutil.copytree(ROOT / "cases" / "demo", cases)
        for rubric in (cases / "dataset" / "rubrics").glob("*.json"):
            told = json.loads(rubric.read_text("utf-8"))
            told["options"] = told["options"][:OPTIONS]
            rubric.write_text(json.dumps(told), "utf-8")
        return cases

    def panel(self, name, *changes):
        """The panel under another name, with lines changed."""
        text = self.text.replace('name = "small-local"', f'name = "{name}"', 1)
        for old, new in changes:
            assert old in text, f"agents/small-local.toml lacks {old!r}"
            text = text.replace(old, new)
        path = self.folder / f"{name}.toml"
        path.write_text(text, "utf-8")
        return path

    def run(self, *arguments, patience=400, stdin=None):
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)], cwd=ROOT, env=self.env, input=stdin or "",
            capture_output=True, text=True, timeout=patience,
        )
        return done

    def start(self, *arguments, **more):
        return subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=ROOT, env=self.env, text=True, **more)

    def asked(self):
        """Completions that the servers began so far, by their own logs."""
        return sum(server.log.read_bytes().count(b"processing task") for server in self.servers.values())

    def busy(self):
        return any(server.busy() for server in self.servers.values())

    def until(self, holds, seconds, pause=0.05):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds():
                return True
            time.sleep(pause)
        return False


def journal(out):
    """Rows of a run: answers, and failures by kind."""
    with contextlib.closing(sqlite3.connect(f"file:{out}/run.sqlite?mode=ro", uri=True)) as run:
        calls = run.execute("SELECT count(*), coalesce(sum(attempts), 0) FROM calls").fetchone()
        # The attempts of answers that were of no use stand with these answers.
        failures = run.execute(
            "SELECT kind, message, CASE WHEN key IN (SELECT key FROM calls) THEN 0 ELSE attempts END FROM failures"
        ).fetchall()
    return calls, failures


def without_judge(text):
    """A panel without its judge and the judge's model."""
    text = re.sub(r"\n\[judge\].*?(?=\n\[|\Z)", "\n", text, flags=re.S)
    return re.sub(r"\n\[models.smollm2-judge\].*?(?=\n\[)", "\n", text, flags=re.S)


def check_run(name, out, done):
    """Every item is scored or named with its reason, and the report says what models these are."""
    check(f"{name}: ends by itself (exit code {done.returncode})", done.returncode in (0, 3), done.stderr[-900:])
    summary = json.loads(done.stdout)
    (_, _), failures = journal(out)
    total = scored = 0
    for arm, told in summary["arms"].items():
        total, scored = total + told["items"], scored + told["scored"]
        whole = told["scored"] + told["unscored"] == told["items"]
        states = sum(told[state] for state in ("complete", "degraded", "abstained", "failed"))
        check(f"{name}: {arm} accounts for all of its items", whole and states == told["items"], told)
    # How much is scored is the models' affair; that nothing is lost is ours.
    print(f"     {scored} of {total} scored; failures: " + ("; ".join(sorted({f"{kind} ({message[:160]})" for kind, message, _ in failures})) or "none"))
    unscored = total - scored
    check(f"{name}: what is unscored ({unscored}) has failures with words ({len(failures)})",
          unscored == 0 or (failures and all(kind and message for kind, message, _ in failures)), failures)
    wrong = [message for _, message, _ in failures if "panicked" in message or len(message) > 900]
    check(f"{name}: failures are told in a line", not wrong, wrong)
    report = (out / "report.html").read_text("utf-8")
    check(f"{name}: the report says “{CAVEAT}”", CAVEAT in report)
    check(f"{name}: the summary says “{CAVEAT}”", CAVEAT in done.stdout)
    return summary


def probe(world):
    # The judge is the same model as an advisor, with more room.
    panel = world.panel("small-local")
    panel.write_text(without_judge(panel.read_text("utf-8")), "utf-8")
    done = world.run("panel", "probe", panel, "--json", "--cases", world.cases)
    check(f"probe: ends with its findings (exit code {done.returncode})", done.returncode in (0, 1), done.stderr[-900:])
    report = json.loads(done.stdout)[0]["report"]
    for model in report["models"]:
        said = {finding["about"]: finding for finding in model["findings"]}
        for about in ("reachable", "key", "model", "parameters", "output-limit", "usage", "context", "speed"):
            check(f"probe: {model['model']}: {about}", said[about]["verdict"] == "well", said[about])
        check(f"probe: {model['model']}: json_schema is kept to with every schema",
              "json_schema works with all" in said["structured"]["words"], said["structured"])
        check(f"probe: {model['model']}: the window that its server has is told", "8192" in said["context"]["words"], said)
        check(f"probe: {model['model']}: its speed is known", (model["speed"] or {}).get("tokens_per_second"), model)
    print(f"     {report['requests']} requests, {report['seconds']:.0f} s")
    for model in report["models"]:
        for finding in model["findings"]:
            print(f"     {finding['verdict']:5} {model['model']:8} {finding['about']:12} {finding['words']}"[:170], flush=True)
    check("probe: the servers are idle afterwards", world.until(lambda: not world.busy(), 5))
    wrong = world.panel("wrong", ('id = "gemma-3-270m"', 'id = "gemma-3-27b"'))
    # Which one answers is seen at the first question.
    done = world.run("panel", "probe", wrong, "--json", "--cases", world.cases, "--seconds", 10)
    said = [f["words"] for f in json.loads(done.stdout)[0]["report"]["models"][0]["findings"] if f["about"] == "model"]
    check("probe: another model than asked for is told", done.returncode == 1 and "gemma-3-270m` answers" in said[0], said)
    plan = world.run("bench", panel, "--cases", world.cases, "--limit", 1, "--dry-run")
    check("bench: a probed panel is not recommended a probe", "never probed" not in plan.stderr, plan.stderr)


def bench(world):
    """All ways of structured output at once: the judge by schema, the clusterer by json_object, a guardian by prompt."""
    more = "".join(
        f'\n[providers.smol-{word}]\nbase_url = "{world.servers["smollm2"].url}/v1"\nstructured_output = "{word}"\nseed = true\n'
        f'limits = {{ pool = "this-machine", in_flight = 1, call_seconds = 120, total_seconds = 300, attempts = 2 }}\n'
        f'[models.smollm2-{word.replace("_", "-")}]\nprovider = "smol-{word}"\nid = "smollm2-135m-instruct"\nvendor = "huggingface"\n'
        f'temperature = 0.3\nmax_output = {TOKENS}\ncontext = 8192\ncaveat = "{CAVEAT}"\n'
        for word in ("json_object", "prompt")
    ).replace("providers.smol-json_object", "providers.smol-json-object").replace('"smol-json_object"', '"smol-json-object"')
    panel = world.panel(
        "three-ways",
        ('name = "clem"\nmodel = "smollm2"', 'name = "clem"\nmodel = "smollm2-json-object"'),
        ('name = "gwen"\nmodel = "smollm2"', 'name = "gwen"\nmodel = "smollm2-prompt"'),
    )
    panel.write_text(panel.read_text("utf-8") + more, "utf-8")
    out = world.folder / "bench"
    before = world.asked()
    done = world.run("bench", panel, "--cases", world.cases, "--limit", 2, "--out", out, "--json", patience=600)
    check_run("bench", out, done)
    (rows, attempts), failures = journal(out)
    sent = world.asked() - before
    # A refused request (too long, say) begins no completion.
    accounted = attempts + sum(times for _, _, times in failures)
    check(f"bench: the servers were asked no more than the journal accounts for ({sent} of {accounted})", sent <= accounted, failures)


def options(world):
    more = (f"max_output = {TOKENS}", f"max_output = {JUDGE_TOKENS}")
    panel = world.panel("grading", ('title = ', 'task = "options"\ntitle = '), more)
    text = without_judge(panel.read_text("utf-8"))
    text = re.sub(r"\n\[clusterer\].*?(?=\n\[)", "\n", text, flags=re.S)
    panel.write_text(text, "utf-8")
    out = world.folder / "options"
    done = world.run("bench", panel, "--cases", world.cases, "--limit", 1, "--out", out, "--json")
    summary = check_run("options", out, done)
    check("options: the task is told", summary["task"] == "options", summary["task"])


def consult(world):
    """Cancelled while the model speaks: its server is free at once."""
    panel = world.panel("long", (f"max_output = {TOKENS}", "max_output = 4000"))
    question = "A 70-year-old woman has had a dry cough for three weeks. What should be done?"
    process = world.start("consult", panel, "--quiet", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    process.stdin.write(question)
    process.stdin.close()
    check("consult: a model is at work", world.until(world.busy, 30))
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    code = process.wait(20)
    check("consult: ends when it is interrupted", code == 130, process.stderr.read()[-500:])
    begun = time.monotonic()
    # The server does not look for clients that are gone while it is being asked.
    free = world.until(lambda: not world.busy(), 30, pause=1.5)
    check("consult: the server is free within 5 s", free and time.monotonic() - begun < 5, f"{time.monotonic() - begun:.1f} s")


def kill(world):
    """Killed and continued: nothing is bought twice."""
    panel = world.panel("killed", ('protocol = "vote"', 'protocol = "lead"'))
    out = world.folder / "killed"
    arguments = ["bench", panel, "--cases", world.cases, "--limit", 1, "--out", out, "--quiet"]
    before = world.asked()
    process = world.start(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def bought():
        try:
            return journal(out)[0][0] >= 3
        except sqlite3.Error:
            return False

    check("kill: some answers are bought", world.until(bought, 60))
    time.sleep(0.3)
    process.kill()
    process.wait()
    (rows, _), _ = journal(out)
    world.until(lambda: not world.busy(), 30)
    done = world.run("bench", "--resume", out, "--json")
    check_run("kill", out, done)
    check("kill: the run says what it found", f"{rows} calls are in its journal" in done.stderr, done.stderr[:500])
    (_, attempts), failures = journal(out)
    sent = world.asked() - before
    accounted = attempts + sum(times for _, _, times in failures)
    # Only what was on its way at the kill may be asked twice: one call at a time, and one
    # whose answer was not on disk yet.
    check(f"kill: nothing was bought twice ({sent} requests, {accounted} accounted for)", sent <= accounted + 2)
    again = world.asked()
    world.run("bench", "--resume", out, "--json")
    repeated = world.asked() - again
    check(f"kill: going on once more asks only for what failed ({repeated})", repeated <= 2 * len(failures))


def service(world):
    """A consult as a client of OpenAI's API has it streamed."""
    panel = world.panel("served", ('protocol = "vote"', 'protocol = "lead"'))
    text = panel.read_text("utf-8").replace("seed = true\n", "seed = true\nkeeps_nothing = true\n")
    panel.write_text(text, "utf-8")
    key = world.run("keys", "add", "clinic", "--scope", "consult,read").stdout.split()[-1]
    log = open(world.folder / "serve.log", "w+b")
    process = world.start("serve", panel, "--listen", "127.0.0.1:0", stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        told = lambda: re.search(rb"listening on (http://[0-9.:]+)", Path(log.name).read_bytes())
        check("serve: listens", world.until(told, 30))
        body = {
            "model": "served", "stream": True, "stream_options": {"include_usage": True},
            "messages": [{"role": "user", "content": "A 30-year-old man has had hiccups for two days. What should be done?"}],
        }
        request = urllib.request.Request(
            told()[1].decode() + "/v1/chat/completions", json.dumps(body).encode(),
            {"authorization": f"Bearer {key}", "content-type": "application/json"},
        )
        lines = urllib.request.urlopen(request, timeout=150).read().decode().splitlines()
        events = [line[6:] for line in lines if line.startswith("data: ")]
        ends = bool(events) and (events[-1] == "[DONE]" or "error" in json.loads(events[-1]))
        check("serve: the stream ends as streams do", ends, lines[-3:])
        told_of = [json.loads(event) for event in events if event != "[DONE]"]
        said = "".join(c["delta"].get("content") or "" for event in told_of for c in event.get("choices", []))
        about = [event["primum"] for event in told_of if "primum" in event]
        failed = [event["error"] for event in told_of if "error" in event]
        check("serve: an answer with its state, or the reason why there is none",
              (said.startswith("[") and about and about[-1]["outcome"]) or (failed and failed[-1]["message"]), lines[-5:])
        if about:
            check("serve: it is not called simulated", about[-1]["simulated"] is False, about)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def main():
    serve.install(list(serve.MODELS))
    print(f"   installed, {time.monotonic() - BEGUN:.0f} s", flush=True)
    servers = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            servers.extend(serve.Server(name, 0, 2) for name in serve.MODELS)
            for server in servers:
                server.wait()
            world = World(Path(folder), servers)
            for work in (probe, bench, options, consult, kill, service):
                if not PARTS or work.__name__ in PARTS:
                    with part(work.__name__):
                        work(world)
            check("the servers lived to the end", all(server.process.poll() is None for server in servers))
        finally:
            for server in servers:
                server.stop()
    seconds = time.monotonic() - BEGUN
    print(f"real models: {seconds:.0f} s")
    print(f"{COUNTS[True]} passed, {COUNTS[False]} failed")
    sys.exit(1 if COUNTS[False] else 0)


main()
