"""Runs load shapes and prints what each costs. A shape is a function in one of MODULES with the
decorator @shape; it gets a Bench, starts servers with it, and says what must hold with bench.hold."""

import importlib
import os
import resource
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from bench import SHAPES, Bench  # noqa: E402

MODULES = ["client_shapes", "body_shapes", "work_shapes", "signal_shapes", "reader_shapes"]


def main():
    words = sys.argv[1:]
    for name in MODULES:
        importlib.import_module(name)
    if "--list" in words:
        for name, function in SHAPES.items():
            print(f"{name:16} {function.__doc__}")
        return 0
    if not words or not os.access(words[0], os.X_OK):
        print("usage: .ci/attack PATH-OF-REPLAY [SHAPE …]", file=sys.stderr)
        return 2
    wrong = [name for name in words[1:] if name not in SHAPES]
    if wrong:
        print(f"no shape {wrong[0]}; there are {', '.join(SHAPES)}", file=sys.stderr)
        return 2
    # Whoever runs this may have set SIGHUP aside, as nohup does: the servers are to obey it.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536) if hard > 0 else 65536, hard))
    print(f"{'shape':16} {'server':9} {'MiB':>22} {'descriptors':>18} {'connections':>18}")
    print(f"{'':16} {'':9} {'before / peak / after':>22} {'b / p / a':>18} {'b / p / a':>18}")
    failures = []
    for name in words[1:] or SHAPES:
        start = time.monotonic()
        bench = Bench(name, os.path.abspath(words[0]))
        try:
            SHAPES[name](bench)
        except Exception as error:  # a shape that cannot run has not held
            bench.failures.append(f"{type(error).__name__}: {error}")
        finally:
            bench.end()
        failures += bench.failures
        for line in bench.notes:
            print(f"  {line}")
        for line in bench.failures:
            print(f"  FAILED: {line}")
        print(f"  {time.monotonic() - start:.1f} s", flush=True)
    print(f"{len(failures)} bounds do not hold" if failures else "all bounds hold")
    return 1 if failures else 0


sys.exit(main())
