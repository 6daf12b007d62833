#!/usr/bin/env python3
"""Does random operations to a mounted store and to a model of it, and compares the two.

run.py TRIPLEFS FOLDER [OPERATIONS [SECONDS]]

FOLDER has the store (which exists), and gets the mountpoint, the daemon's log, and operations.log:
the operations as shell commands, to be done again by hand in a fresh mount. Ends after OPERATIONS
(400) or SECONDS (60). TRIPLEFS_SEED repeats a run.
"""
import os
import random
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))

from mounted import Failed, MountedStore  # noqa: E402
from operations import FUNCTIONAL, Operations  # noqa: E402
from tree import empty_tree  # noqa: E402
from world import SCRATCH, Branch, State, World, compare  # noqa: E402

ALL_EVERY = 25
CHECK_EVERY = 20  # remounts


def compare_branches(operations, names, operation):
    world = operations.world
    shown = set(os.listdir(world.mount)) - {SCRATCH}
    if shown != set(world.branches):
        raise Failed(f"the branches are {sorted(shown)}, not {sorted(world.branches)}")
    for name in sorted(names & set(world.branches)):
        compare(world, f"{world.mount}/{name}", world.branches[name].tree)
        operations.learn(name, operation)
        head = world.head(name)
        if head != world.branches[name].head:
            raise Failed(f"{name}: the head is {head}, not {world.branches[name].head}")


def remount(store, chance, log, remounts):
    if chance.random() < 0.5:
        log.write("# kill -9 and mount again\n")
        store.kill()
    else:
        log.write("# mount again\n")
        store.stop()
    if remounts % CHECK_EVERY == 0:
        store.call("check", store.path)
    store.start()


def prepare(world, operations):
    """Settings, and a first commit that all branches stand on."""
    operations.shell(f"mkdir {SCRATCH}")
    operations.shell(f"printf 'functional <%s>\\n' {FUNCTIONAL} >.store/config")
    world.functional.add(f"<{FUNCTIONAL}>".encode())
    world.branches["main"] = Branch(State(None, empty_tree()), None)
    while len(world.branches["main"].tree) < 6:
        operations.write("main")
    operations.learn("main", "write")
    operations.commit("main")


def run(store, seed, most, seconds):
    chance = random.Random(seed)
    limit = time.monotonic() + seconds
    done = remounts = 0
    with open(f"{store.folder}/operations.log", "w", encoding="utf-8", errors="replace") as log:
        world = World(store.mount)
        operations = Operations(world, chance, log)
        names = {}
        try:
            store.start()
            prepare(world, operations)
            compare_branches(operations, set(world.branches), "write")
            while done < most and time.monotonic() < limit:
                operations.touched = set()
                name = operations.one()
                names[name] = names.get(name, 0) + 1
                done += 1
                everything = done % ALL_EVERY == 0
                if chance.random() < 0.03:
                    remounts += 1
                    remount(store, chance, log, remounts)
                    everything = True
                compare_branches(operations, set(world.branches) if everything else operations.touched, name)
            compare_branches(operations, set(world.branches), "nothing")
            store.stop()
        except Exception as error:
            print(f"operation {done + 1}: {type(error).__name__}: {error}")
            log.flush()
            raise
    print(f"{done} operations, {remounts} remounts, all as the model says")
    for counts in (names, operations.counts):
        print(", ".join(f"{counts[name]} {name}" for name in sorted(counts)))


def main():
    program, folder = os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2])
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 400
    seconds = float(sys.argv[4]) if len(sys.argv) > 4 else 60
    seed = os.environ.get("TRIPLEFS_SEED") or str(random.SystemRandom().randrange(1 << 32))
    print(f"seed {seed} (TRIPLEFS_SEED)", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    store = MountedStore(program, folder)
    try:
        run(store, seed, most, seconds)
        return 0
    except Failed:
        return 1
    finally:
        store.clean()


if __name__ == "__main__":
    sys.exit(main())
