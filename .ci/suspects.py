"""Asks the diagnosis for the bug of each suspect, and counts the right answers."""

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
RECORDINGS = [
    *[f"recordings/{name}.jsonl" for name in (
        "chat-chinese-emoji", "tools-parallel", "usage-chunk", "keep-alives", "crlf-lines",
        "multi-line-data", "choices-two", "unterminated-end", "hostile-text", "thinking",
        "finish-variants", "portal-first-chunk-twice", "native-incremental", "native-error-429")],
    "Tests/Fixtures/targets/too-many.jsonl",
]
FIRST_MIN, AMONG_MIN = 0.80, 0.95
# Suspects that are run side by side: most of their time is waiting.
SIDE_BY_SIDE = 2


def suspects():
    """The name, the true class and the command of every suspect whose runtime is installed."""
    for runtime, file in FILES:
        if not shutil.which(runtime):
            print(f"skipped: {file}, for {runtime} is not installed")
            continue
        listed = subprocess.run([runtime, f"{FOLDER}/{file}", "--list"], text=True,
                                capture_output=True, check=True).stdout
        for line in listed.splitlines():
            name, bug = line.split()[:2]
            yield f"{runtime}/{name}", bug, f"exec {runtime} {FOLDER}/{file} {name}"


def ask(replay, name, command):
    """The classes that are named for a suspect: for each defect its list, the likeliest first."""
    words = [replay, "run", *RECORDINGS,
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


def judge(replay, name, bug, command):
    """What was said of a suspect: a line, and whether its class stands first, and among three."""
    start = time.monotonic()
    code, defects, text = ask(replay, name, command)
    seconds = f"[{time.monotonic() - start:.0f} s]"
    took = re.search(r"diagnosed in (.*)", text)
    shown = "; ".join(", ".join(classes) for classes in defects)
    first = any(classes[:1] == [bug] for classes in defects)
    among = any(bug in classes for classes in defects)
    word = "right" if first else "among" if among else "WRONG"
    line = f"{word:9} {name} ({bug}): exit {code}: {shown}  {seconds}"
    took = took.group(1) if took else "nothing"
    return f"{line}, diagnosed in {took}", first, among


def main():
    replay, *names = sys.argv[1:]
    chosen = [
        one for one in suspects() if not names or one[0] in names or one[0].split("/")[1] in names]
    first = among = 0
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for line, is_first, is_among in pool.map(lambda one: judge(replay, *one), chosen):
            print(line, flush=True)
            first += is_first
            among += is_among
    count = len(chosen)
    if not count:
        return 0
    print(f"{count} suspects: first place {first / count:.0%}, among three {among / count:.0%}")
    return 0 if first / count >= FIRST_MIN and among / count >= AMONG_MIN else 1


sys.exit(main())
