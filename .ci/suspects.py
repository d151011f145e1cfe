"""Asks the diagnosis for the bug of each suspect, and counts the right answers."""

import re
import shutil
import subprocess
import sys
import time

FOLDER = "Tests/Fixtures/suspects"
RECORDINGS = ["chat-chinese-emoji", "tools-parallel", "usage-chunk", "keep-alives", "crlf-lines",
              "multi-line-data", "choices-two", "unterminated-end", "compatible-error-429"]
FIRST_MIN, AMONG_MIN = 0.80, 0.95


def suspects():
    """The name, the true class and the command of every suspect whose runtime is installed."""
    for runtime, file in (("python3", "proxy.py"), ("node", "proxy.mjs")):
        if not shutil.which(runtime):
            print(f"skipped: {file}, for {runtime} is not installed")
            continue
        listed = subprocess.run([runtime, f"{FOLDER}/{file}", "--list"], text=True,
                                capture_output=True, check=True).stdout
        for line in listed.splitlines():
            name, bug = line.split()[:2]
            yield f"{runtime}/{name}", bug, f"exec {runtime} {FOLDER}/{file} {name}"


def ask(replay, command):
    """The classes that are named for a suspect: for each defect its list, the likeliest first."""
    words = [replay, "run", *[f"recordings/{name}.jsonl" for name in RECORDINGS],
             "--plans", "quick", "--compare", "events", "--timeout", "1000", "--launch", command]
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


def main():
    replay, *names = sys.argv[1:]
    first = among = count = 0
    for name, bug, command in suspects():
        if names and name not in names and name.split("/")[1] not in names:
            continue
        start = time.monotonic()
        code, defects, text = ask(replay, command)
        if bug == "none" or bug == "-":
            good = code == 0
            print(f"{'right' if good else 'WRONG':9} {name}: exit {code}", flush=True)
            if not good:
                print(text[-2000:])
            continue
        count += 1
        is_first = any(classes[:1] == [bug] for classes in defects)
        is_among = any(bug in classes for classes in defects)
        first += is_first
        among += is_among
        word = "right" if is_first else "among" if is_among else "WRONG"
        shown = "; ".join(", ".join(classes) for classes in defects)
        print(f"{word:9} {name} ({bug}): exit {code}: {shown}  [{time.monotonic() - start:.0f} s]",
              flush=True)
    if not count:
        return 0
    print(f"{count} suspects: first place {first / count:.0%}, among three {among / count:.0%}")
    return 0 if names or (first / count >= FIRST_MIN and among / count >= AMONG_MIN) else 1


sys.exit(main())
