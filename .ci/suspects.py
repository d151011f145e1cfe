"""Runs the diagnosis on each suspect, and counts the right answers."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

FOLDER = "Tests/Fixtures/suspects"
FILES = [
    ("python3", "proxy.py"), ("python3", "gateway.py"), ("node", "proxy.mjs"), ("node", "gateway.mjs")]
# Suspects that are separate programs, written by somebody who has not seen the models: folders with a
# manifest.
ALONE = [f"{FOLDER}/alone", f"{FOLDER}/fresh"]
RECORDINGS = [
    *[f"recordings/{name}.jsonl" for name in (
        "chat-chinese-emoji", "tools-parallel", "usage-chunk", "keep-alives", "crlf-lines",
        "multi-line-data", "choices-two", "unterminated-end", "hostile-text", "thinking",
        "finish-variants", "portal-first-chunk-twice", "native-incremental", "native-error-429")],
    "Tests/Fixtures/targets/too-many.jsonl",
]
# For suspects that are right but for their bug; those of the shared programs have other defects in these.
MORE_RECORDINGS = [
    "recordings/cr-and-mixed-lines.jsonl", "recordings/native-cumulative.jsonl",
    # What the streams of one model never have: a bug that no recording exercises cannot show.
    *[f"{FOLDER}/recordings/{name}.jsonl" for name in (
        "no-charset", "reasoning", "tools-without-index", "crlf-fields",
        "long-line", "behind-the-end", "moved", "escapes", "gzip", "inband-error")],
]
# The required shares of a set of suspects: right in first place, and among the first three.
MINS = {"together": (0.80, 0.95)}
MINS_ALONE = (0.70, 0.90)
# How many suspects run in parallel: most of their time is waiting.
SIDE_BY_SIDE = 2


class Suspect:
    """A faulty proxy: its name, the true class, other honest names of it, and the command."""

    def __init__(self, name, bug, command, also=(), kind="together"):
        self.name, self.bug, self.command, self.also, self.kind = name, bug, command, also, kind


def alone(folder):
    """The suspects of a folder with a manifest."""
    with open(f"{folder}/manifest.json", encoding="utf-8") as file:
        listed = json.load(file)
    kind = os.path.basename(folder.rstrip("/"))
    for entry in listed:
        if shutil.which(entry["runtime"]):
            name = entry["file"].rsplit(".", 1)[0]
            yield Suspect(f"{kind}/{name}", entry["class"],
                          f"exec {entry['runtime']} {folder}/{entry['file']}", entry["also"], kind)


def suspects(folders):
    """Every suspect whose runtime is installed: those of the folders, or all."""
    if folders:
        for folder in folders:
            yield from alone(folder)
        return
    for runtime in sorted({runtime for runtime, _ in FILES}):
        if not shutil.which(runtime):
            print(f"skipped: the suspects for {runtime}, which is not installed")
    for runtime, file in FILES:
        if not shutil.which(runtime):
            continue
        listed = subprocess.run([runtime, f"{FOLDER}/{file}", "--list"], text=True,
                                capture_output=True, check=True).stdout
        for line in listed.splitlines():
            name, bug = line.split()[:2]
            yield Suspect(f"{runtime}/{name}", bug, f"exec {runtime} {FOLDER}/{file} {name}")
    for folder in ALONE:
        yield from alone(folder)


def ask(replay, name, command, recordings):
    """The classes that are named for a suspect: for each defect its list, the likeliest first."""
    words = [replay, "run", *recordings,
             "--plans", "quick", "--compare", "events", "--timeout", "1000", "--launch", command]
    folder = os.environ.get("SUSPECT_REPORTS")
    if folder:
        words += ["--report", f"json={folder}/{name.replace('/', '-')}.json"]
    done = subprocess.run(words, text=True, capture_output=True, timeout=600)
    defects, current = [], None
    for line in done.stdout.splitlines():
        if re.match(r"\d+\. [A-Z]", line):
            current = []
            defects.append(current)
        found = re.match(r"   (?:class|or) +(.*)", line)
        if found and current is not None:
            current += re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", found.group(1).split("docs/")[0])
        elif re.match(r"   likely +unknown", line) and current is not None:
            current.append("unknown")
    return done.returncode, defects, done.stdout + done.stderr


def judge(replay, suspect):
    """What was said of a suspect: a line, and whether its class stands first, and among three; at the
    first place another honest name is right too."""
    start = time.monotonic()
    more = [] if suspect.kind == "together" else MORE_RECORDINGS
    code, defects, text = ask(replay, suspect.name, suspect.command, RECORDINGS + more)
    seconds = f"[{time.monotonic() - start:.0f} s]"
    took = re.search(r"diagnosed in (.*)", text)
    shown = "; ".join(", ".join(classes) for classes in defects)
    exact = any(classes[:1] == [suspect.bug] for classes in defects)
    first = exact or any(classes and classes[0] in suspect.also for classes in defects)
    among = first or any(suspect.bug in classes for classes in defects)
    word = "right" if exact else "also" if first else "among" if among else "WRONG"
    line = f"{word:9} {suspect.name} ({suspect.bug}): exit {code}: {shown}  {seconds}"
    took = took.group(1) if took else "nothing"
    return f"{line}, diagnosed in {took}", suspect.kind, exact, first, among


def main():
    replay, *words = sys.argv[1:]
    folders = [word for word in words if os.path.isdir(word)]
    names = [word for word in words if word not in folders]
    chosen = [one for one in suspects(folders)
              if not names or one.name in names or one.name.split("/")[1] in names or one.kind in names]
    results = []
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for line, *result in pool.map(lambda one: judge(replay, one), chosen):
            print(line, flush=True)
            results.append(result)
    holds = True
    for kind in sorted({result[0] for result in results}):
        first_min, among_min = MINS.get(kind, MINS_ALONE)
        counted = [result[1:] for result in results if result[0] == kind]
        exact, first, among = (sum(column) / len(counted) for column in zip(*counted))
        print(f"{len(counted)} suspects {kind}: first place {first:.0%} ({exact:.0%} by the very class), "
              f"among three {among:.0%}")
        holds = holds and first >= first_min and among >= among_min
    return 0 if holds else 1


sys.exit(main())
