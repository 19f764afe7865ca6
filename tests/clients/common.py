"""What the client scripts share: demo cases, a line per check, state lines."""

import json
import os
import sys
import traceback
from pathlib import Path

URL = os.environ["PRIMUM_URL"]
KEY = os.environ["PRIMUM_KEY"]
KEY_NONE = os.environ["PRIMUM_KEY_NONE"]
PANEL = os.environ["PRIMUM_PANEL"]
SLOW = os.environ["PRIMUM_PANEL_SLOW"]
AWAY = os.environ["PRIMUM_PANEL_AWAY"]
LOG = Path(os.environ["PRIMUM_SERVER_LOG"])
CASES = Path(os.environ["PRIMUM_CASES"])

FAILED = []


def cases():
    """The demo cases: (id, question, texts of the rubric's options)."""
    found = []
    for line in (CASES / "items.jsonl").read_text("utf-8").splitlines():
        item = json.loads(line)
        rubric = CASES / "rubrics" / f"{item['id']}.json"
        if rubric.exists():  # base cases only; variants share their rubric
            options = json.loads(rubric.read_text("utf-8"))["options"]
            found.append((item["id"], item["prompt"], [o["text"] for o in options]))
    assert found, "no demo cases"
    return found


def check(what, holds, seen=""):
    """One line per check; a failed one does not hide those after it."""
    if holds:
        print(f"ok   {what}")
    else:
        FAILED.append(what)
        print(f"FAIL {what}" + (f": {str(seen)[:600]}" if seen != "" else ""))


def ended(panel):
    """How many consults of a panel have come to their end, by the service's log."""
    return sum(
        "a consult ended" in line and f'panel="{panel}"' in line
        for line in LOG.read_text("utf-8", "replace").splitlines()
    )


def opening(text):
    """The state lines that open a text."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("["):
            break
        lines.append(line)
    return lines


def check_text(face, text):
    """What every text of an unreleased answer of simulated models must show."""
    lines = opening(text)
    check(f"{face}: opens with the state lines", any("NOT RELEASED" in line for line in lines), text)
    check(f"{face}: says SIMULATED", any("SIMULATED" in line for line in lines), text)
    check(f"{face}: has a numbered plan", "\n1. " in text, text)


def run(main):
    """Runs a script to its end and says by the exit code whether all held."""
    try:
        main()
    except Exception:
        traceback.print_exc()
        FAILED.append("the script ended early")
    sys.exit(1 if FAILED else 0)
