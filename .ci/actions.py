"""Carries out the steps of action.yml, of the workflows and of deploy/: see .ci/actions."""
import functools
import glob
import http.server
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import yaml

PROJECT = pathlib.Path.cwd()
REPLAY = pathlib.Path(sys.argv[1])
ARCH = platform.machine()
failures = []


def check(name, holds, more=""):
    print(("ok        " if holds else "WRONG     ") + name + ("" if holds else f": {more}"))
    if not holds:
        failures.append(name)


class Runner:
    """A clean machine with a checkout: HOME, folders and files as a runner gives them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.work, self.stubs = self.folder / "work", self.folder / "stubs"
        for place in ["work", "home", "temp", "stubs", "files"]:
            (self.folder / place).mkdir()
        for name in ["recordings", "Tests/Fixtures", ".ci", "CHANGELOG.md", "Sources/Replay/Terminal"]:
            source, target = PROJECT / name, self.work / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True)
            else:
                shutil.copy(source, target)
        built = self.work / ".build/release"
        built.mkdir(parents=True)
        shutil.copy(REPLAY, built / "replay")
        self.stub("swift", 'echo "stand-in: swift $*" >&2; [ "$1" = build ]')
        self.stub("gh", 'echo "stand-in: gh $*" >&2; echo "$@" > "$RUNNER_TEMP/gh"')
        self.path = []
        self.env = {
            "CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(self.work),
            "GITHUB_ACTION_PATH": str(self.work), "GITHUB_REPOSITORY": "owner/replay",
            "GITHUB_REF_NAME": "v" + version(), "RUNNER_TEMP": str(self.folder / "temp"),
            "HOME": str(self.folder / "home"), "LANG": "C.UTF-8",
        }
        for name in ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"]:
            file = self.folder / "files" / name
            file.touch()
            self.env[name] = str(file)

    def stub(self, name, line):
        (self.stubs / name).write_text("#!/bin/sh\n" + line + "\n")
        (self.stubs / name).chmod(0o755)

    def summary(self):
        return pathlib.Path(self.env["GITHUB_STEP_SUMMARY"]).read_text()

    def step(self, step, values, folder=None):
        """Runs a step's script; `values` are what its expressions give."""
        env = dict(self.env)
        for name, value in (step.get("env") or {}).items():
            env[name] = expand(str(value), values)
        env["PATH"] = ":".join(self.path + [str(self.stubs), os.environ["PATH"]])
        script = self.folder / "files" / "script.sh"
        script.write_text(expand(step["run"], values))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=folder or self.work, env=env, capture_output=True, text=True, timeout=300)
        added = pathlib.Path(self.env["GITHUB_PATH"])
        self.path = added.read_text().split() + self.path
        added.write_text("")
        return done


def version():
    text = (PROJECT / "Sources/Replay/Terminal/Version.swift").read_text()
    return re.search(r'let version = "(.*)"', text).group(1)


def expand(text, values):
    """Puts values in the place of `${{ … }}`; of `a || b` the first that is not empty."""
    def value(match):
        for name in match.group(1).split("||"):
            found = values[name.strip()]
            if found != "":
                return found
        return ""
    return re.sub(r"\$\{\{\s*(.*?)\s*\}\}", value, text)


def steps_of(document):
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job["steps"]]


def shape(path):
    """What a runner would refuse before it runs anything."""
    document = yaml.safe_load(path.read_text())
    name = str(path.relative_to(PROJECT))
    steps = steps_of(document)
    check(f"{name}: a step uses or runs", all(("uses" in s) != ("run" in s) for s in steps), steps)
    if "runs" in document:
        inputs = set(re.findall(r"inputs\.(\w+)", path.read_text()))
        check(f"{name}: every input is declared and used", inputs == set(document["inputs"]), inputs)
        check(f"{name}: every script names its shell", all("shell" in s for s in steps if "run" in s))
    else:
        jobs = document["jobs"]
        needs = {job["needs"] for job in jobs.values() if "needs" in job}
        check(f"{name}: jobs that are needed are there", needs <= set(jobs), needs)
        # YAML reads the key `on` as true.
        check(f"{name}: it says when it runs", True in document)
    for step in steps:
        if "run" in step:
            script = re.sub(r"\$\{\{.*?\}\}", "X", step["run"])
            done = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True)
            check(f"{name}: a script that bash reads", done.returncode == 0, done.stderr)
    return document


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def action(document, folder, release):
    """The action: from a release, whose checksum must fit, and from its source; pass and fail."""
    get, run = document["runs"]["steps"]
    inputs = {f"inputs.{name}": spec["default"] for name, spec in document["inputs"].items()}
    inputs |= {"github.action_repository": "", "github.repository": "owner/replay"}
    handler = functools.partial(Quiet, directory=str(release))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def runner(name):
        made = Runner(tempfile.mkdtemp(prefix=name, dir=folder))
        made.env["GITHUB_SERVER_URL"] = f"http://127.0.0.1:{server.server_port}"
        return made

    one = runner("release")
    done = one.step(get, inputs | {"inputs.version": "v" + version()})
    check("action: a release is fetched and its checksum fits", done.returncode == 0, done.stderr)
    options = {"inputs.recordings": "recordings/chat-english.jsonl recordings/usage-chunk.jsonl",
               "inputs.plans": "quick", "inputs.arguments": "--seed 7 --policy 'head=at-once'"}
    done = one.step(run, inputs | options)
    check("action: recordings, plans and arguments reach replay run", done.returncode in (0, 1)
          and "2 recordings" in done.stdout and "seed 7" in done.stdout, done.stdout + done.stderr)
    check("action: the page is where the input says", (one.work / "replay.html").exists())

    options |= {"inputs.arguments": "", "inputs.report": "out.html"}
    done = one.step(run, inputs | options)
    check("action: a proxy that is right passes", done.returncode == 0, done.stdout + done.stderr)
    check("action: the step's summary says so", "replay: PASSED" in one.summary(), one.summary())

    two = runner("source")
    done = two.step(get, inputs)
    check("action: without a version it is built", done.returncode == 0 and "swift build" in done.stderr,
          done.stderr)
    done = two.step(run, inputs | options | {
        "inputs.launch": f"exec '{REPLAY}' proxy", "inputs.arguments": "--plan cuts=events",
        "inputs.plans": "quick"})
    check("action: options that exclude each other are exit code 2", done.returncode == 2, done.stderr)
    if shutil.which("node"):
        done = two.step(run, inputs | options | {
            "inputs.launch": "exec node Tests/Fixtures/early-end-proxy.js",
            "inputs.arguments": "--timeout 2000"})
        said = "::error file=recordings/" in done.stdout and "replay: FAILED" in two.summary()
        check("action: a proxy that loses events fails, with annotations and a summary",
              done.returncode == 1 and said, done.stdout + done.stderr)
    else:
        print("skipped: a launched proxy: node is not installed")

    (release / f"owner/replay/releases/download/v{version()}/replay-linux-{ARCH}").write_bytes(b"x")
    done = runner("forged").step(get, inputs | {"inputs.version": "v" + version()})
    check("action: a binary that is not the release's is refused", done.returncode != 0
          and "FAILED" in done.stdout + done.stderr, done.stdout + done.stderr)
    server.shutdown()


def release(document, folder):
    """The release workflow; returns a folder as the service would serve it."""
    one = Runner(tempfile.mkdtemp(prefix="tag", dir=folder))
    build, publish = document["jobs"]["build"], document["jobs"]["release"]
    values = {"matrix.arch": ARCH, "github.token": "token"}
    linked = subprocess.run(["ldd", str(REPLAY)], capture_output=True, text=True).stdout
    arches = {entry["arch"] for entry in build["strategy"]["matrix"]["include"]}
    check("release: two architectures", arches == {"x86_64", "aarch64"}, arches)
    for step in build["steps"]:
        if "library" in step.get("name", "") and "libswiftCore" in linked:
            print("skipped: release: " + step["name"] + ": the binary given is not a static one")
        elif "run" in step:
            done = one.step(step, values)
            check(f"release: {step['name']}", done.returncode == 0, done.stdout + done.stderr)
    check("release: the binary runs", done.stdout.count("PASSED") >= 4, done.stdout)
    one.env["GITHUB_REF_NAME"] = "v9.9.9"
    done = one.step(build["steps"][1], values)
    check("release: a tag that is not the program's version ends it", done.returncode != 0, done.stdout)
    one.env["GITHUB_REF_NAME"] = "v" + version()
    (one.work / "binaries").mkdir()
    shutil.copy(one.work / f"replay-linux-{ARCH}", one.work / "binaries")
    done = one.step(publish["steps"][-1], values)
    check("release: checksums and release", done.returncode == 0, done.stderr)
    words = (one.folder / "temp/gh").read_text().split()
    check("release: binaries, checksums and notes are published", words[:2] == ["release", "create"]
          and "SHA256SUMS" in words and f"replay-linux-{ARCH}" in words and "--notes-file" in words, words)
    served = pathlib.Path(folder) / "served"
    target = served / f"owner/replay/releases/download/v{version()}"
    shutil.copytree(one.work / "binaries", target)
    return served


def matrix(document, folder):
    """The fuzz workflow of deploy/, with fewer cases: four shards and the report of all."""
    jobs = document["jobs"]
    one = Runner(tempfile.mkdtemp(prefix="matrix", dir=folder))
    shards = jobs["fuzz"]["strategy"]["matrix"]["shard"]
    build = [step for step in jobs["build"]["steps"] if "run" in step]
    check("matrix: it builds once", one.step(build[0], {}).returncode == 0)
    shutil.copy(one.work / ".build/release/replay", one.work / "replay")
    for shard in shards:
        step = dict(next(step for step in jobs["fuzz"]["steps"] if "run" in step))
        step["run"] = step["run"].replace("4000000", "400")
        done = one.step(step, {"matrix.shard": str(shard), "inputs.seed": "", "github.run_number": "3"})
        check(f"matrix: shard {shard}", done.returncode == 0, done.stdout + done.stderr)
    merge = next(step for step in jobs["report"]["steps"] if "run" in step)
    done = one.step(merge, {})
    check("matrix: one report of all", done.returncode == 0 and "400 cases" in done.stdout
          and (one.work / "fuzz.html").exists(), done.stdout + done.stderr)


def kubernetes(document, folder):
    """The indexed job: two of its pods with fewer cases, their reports joined."""
    pod = document["spec"]["template"]["spec"]["containers"][0]
    one = Runner(tempfile.mkdtemp(prefix="pods", dir=folder))
    reports = one.folder / "reports"
    reports.mkdir()
    shutil.copy(REPLAY, one.stubs / "replay")
    env = {entry["name"]: entry["value"] for entry in pod["env"]}
    total = int(env["REPLAY_SHARD_TOTAL"])
    check("job: the total is that of its completions", total == document["spec"]["completions"])
    script = pod["command"][-1].replace("/reports", str(reports)).replace("8000000", "160")
    for index in range(total):
        one.env |= env | {"JOB_COMPLETION_INDEX": str(index)}
        done = one.step({"run": script}, {})
        check(f"job: pod {index}", done.returncode == 0, done.stdout + done.stderr)
    done = one.step({"run": f"replay merge '{reports}'/shard-*.json"}, {})
    check("job: the pods' reports are one run", "160 cases" in done.stdout, done.stdout + done.stderr)


def image():
    """The image: what it copies is there, its names fit, and a system as bare as it runs the binary."""
    text = (PROJECT / "Dockerfile").read_text()
    lines = re.sub(r"\\\n", " ", text).splitlines()
    words = [line.split() for line in lines if line and not line.startswith("#")]
    stages = [line[3] for line in words if line[0] == "FROM" and len(line) > 3]
    for line in words:
        if line[0] == "COPY":
            origin = [word.split("=")[1] for word in line if word.startswith("--from=")]
            sources = [word for word in line[1:-1] if not word.startswith("--")]
            holds = origin[0] in stages if origin else all((PROJECT / s).exists() for s in sources)
            check(f"image: {' '.join(line)}", holds)
        if line[0] == "RUN":
            done = subprocess.run(["bash", "-n"], input=" ".join(line[1:]), text=True, capture_output=True)
            check(f"image: RUN {line[1]} {line[2]} is a script", done.returncode == 0, done.stderr)
    built, bare = [line[1] for line in words if line[0] == "FROM"]
    check("image: both stages are of one Debian", built.split("-")[-1] == bare.split(":")[1].split("-")[0],
          (built, bare))
    workflows = [PROJECT / ".github/workflows/release.yml", PROJECT / "deploy/github-actions-matrix.yml"]
    check("image: workflows build where the image does",
          all(f"container: {built}" in path.read_text() for path in workflows), built)


def main():
    documents = {}
    for path in ["action.yml", *glob.glob(".github/workflows/*.yml"), "deploy/github-actions-matrix.yml"]:
        documents[path] = shape(PROJECT / path)
    job = yaml.safe_load((PROJECT / "deploy/kubernetes-indexed-job.yaml").read_text())
    with tempfile.TemporaryDirectory() as folder:
        served = release(documents[".github/workflows/release.yml"], folder)
        action(documents["action.yml"], folder, served)
        matrix(documents["deploy/github-actions-matrix.yml"], folder)
        kubernetes(job, folder)
    image()
    print(f"{len(failures)} wrong" if failures else "all steps do what they say")
    sys.exit(1 if failures else 0)


main()
