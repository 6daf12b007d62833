#!/usr/bin/env python3
"""Kills a mount's daemon in the middle of what changes a branch as a whole:
crash_branches.py TRIPLEFS [ROUNDS [SECONDS]]

In each round one command (a commit, a merge, its continuation, a patch, a reset, a revert, gc) is
under way when the daemon is killed at a random moment. In the next mount each branch must be in the
state before it or in the one after it, never between, and `triplefs check` must find nothing.

Ends after ROUNDS (60) or SECONDS (60). TRIPLEFS_SEED repeats the choice. Exit status 77: this
machine cannot mount.
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(1, os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))

from mounted import Failed, MountedStore  # noqa: E402

FILES = 12
STORE_ROUNDS = 25


def line(subject, value):
    return f'<http://example.org/s{subject}> <http://example.org/p> "{value}" .\n'


class Scene:
    """main and draft, and what one command makes of main. Trees are dicts: path -> lines."""

    def __init__(self, store, number, chance):
        self.mount = store.mount
        self.number = number
        self.chance = chance

    def control(self, branch, name):
        return f"{self.mount}/{branch}/.branch/{name}"

    def tell(self, branch, name, text):
        with open(self.control(branch, name), "wb", buffering=0) as file:
            file.write(text.encode())

    def write(self, branch, tree):
        for path, lines in tree.items():
            with open(f"{self.mount}/{branch}/{path}", "w", encoding="ascii") as file:
                file.write("".join(sorted(lines)))

    def tree(self, branch):
        found = {}
        for name in os.listdir(f"{self.mount}/{branch}"):
            with open(f"{self.mount}/{branch}/{name}", encoding="ascii") as file:
                found[name] = frozenset(file)
        return found


    def begin(self):
        """Both branches hold the same, committed; then each changes every file in its own way."""
        if os.path.isdir(f"{self.mount}/draft"):
            with open(f"{self.mount}/.store/discard", "w", encoding="ascii") as file:
                file.write("draft\n")
        base = {
            f"f{n}.nt": frozenset(line(f"{self.number}-{s}", n) for s in range(60)) for n in range(FILES)
        }
        self.write("main", base)
        self.tell("main", "commit", f"base {self.number}\n")
        os.mkdir(f"{self.mount}/draft")
        self.base = base
        self.ours = {p: lines | {line(f"ours{self.number}", p)} for p, lines in base.items()}
        self.theirs = {p: lines | {line(f"theirs{self.number}", p)} for p, lines in base.items()}
        for branch, tree in (("main", self.ours), ("draft", self.theirs)):
            for path in tree:
                with open(f"{self.mount}/{branch}/{path}", "a", encoding="ascii") as file:
                    file.write("".join(tree[path] - base[path]))

    def both(self):
        return {path: self.ours[path] | self.theirs[path] for path in self.ours}

    # Each returns (what is done, what main may be afterwards).

    def commit(self):
        return lambda: self.tell("main", "commit", "ours\n"), self.ours

    def merge(self):
        return lambda: self.tell("main", "merge", "draft\n"), self.both()

    def forward(self):
        self.tell("main", "reset", "head\n")
        self.ours = self.base
        return lambda: self.tell("main", "merge", "draft\n"), self.theirs

    def reset(self):
        return lambda: self.tell("main", "reset", "draft\n"), self.theirs

    def patch(self):
        with open(self.control("draft", "diff/main"), "rb") as file:
            text = file.read().decode()
        return lambda: self.tell("main", "patch", text), self.theirs

    def revert(self):
        self.tell("main", "commit", "ours\n")
        with open(self.control("main", "head"), encoding="ascii") as file:
            head = file.read()
        return lambda: self.tell("main", "revert", head), self.base

    def go_on(self):
        """One file is in conflict, and resolved."""
        path, slot = "f0.nt", line(f"{self.number}-0", 0)
        changed = {name: line(f"{self.number}-0", name) for name in ("main", "draft")}
        for branch, tree in (("main", self.ours), ("draft", self.theirs)):
            tree[path] = (tree[path] - {slot}) | {changed[branch]}
            with open(f"{self.mount}/{branch}/{path}", "w", encoding="ascii") as file:
                file.write("".join(tree[path]))
        try:
            self.tell("main", "merge", "draft\n")
            raise Failed("a conflict was not seen")
        except OSError:
            pass
        folder = self.control("main", f"conflicts/{path}")
        shutil.copyfile(f"{folder}/theirs.nt", f"{folder}/result.nt")
        made = self.both()
        made[path] -= {changed["main"]}
        return lambda: self.tell("main", "merge", "continue\n"), made

    def gc(self):
        def collect():
            with open(f"{self.mount}/.store/gc", "w", encoding="ascii") as file:
                file.write("older-than=0s\n")

        return collect, self.ours

    COMMANDS = (commit, merge, merge, forward, reset, patch, revert, go_on, gc)


def describe(tree, wanted):
    for path in sorted(set(tree) | set(wanted)):
        seen, right = tree.get(path, frozenset()), wanted.get(path, frozenset())
        if seen != right:
            return f"{path} has too much {sorted(seen - right)[:2]}, lacks {sorted(right - seen)[:2]}"
    return "the same"


def command_and_kill(store, scene, do, delay):
    """Returns whether the command was done when the daemon was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            do()
            status = 0
        except OSError:
            status = 3
        finally:
            os._exit(status)
    time.sleep(delay)
    store.daemon.kill()
    _, status = os.waitpid(child, 0)
    store.gone()
    if os.waitstatus_to_exitcode(status) == 1:
        raise Failed("the command failed in a way of its own")
    return status == 0


def run_round(store, number, chance):
    scene = Scene(store, number, chance)
    store.start()
    scene.begin()
    command = chance.choice(Scene.COMMANDS)
    do, after = command(scene)
    # What ends soon is killed soon, what takes long at any moment of it.
    done = command_and_kill(store, scene, do, chance.choice([0.002, 0.01, 0.03]) * chance.random())
    store.call("check", store.path)
    store.start()
    tree = scene.tree("main")
    allowed = [after] if done else [scene.ours, after]
    if tree not in allowed:
        told = "; or ".join(describe(tree, state) for state in allowed)
        raise Failed(f"{command.__name__}, {'done' if done else 'not done'}: main: {told}")
    if scene.tree("draft") != scene.theirs:
        raise Failed(f"{command.__name__}: draft: {describe(scene.tree('draft'), scene.theirs)}")
    # It can go on from there.
    if command is Scene.go_on and tree != after:
        scene.tell("main", "merge", chance.choice(["continue\n", "abort\n"]))
    elif command is Scene.merge and tree != after:
        scene.tell("main", "merge", "draft\n")
        if scene.tree("main") != after:
            raise Failed(f"the merge, done again: {describe(scene.tree('main'), after)}")
    store.stop()
    return command.__name__, done


def main():
    program = os.path.realpath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60
    seed = int(os.environ.get("TRIPLEFS_SEED") or random.SystemRandom().randrange(1 << 32))
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        print("no /dev/fuse: skipped")
        return 77
    print(f"seed {seed} (TRIPLEFS_SEED)", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix="triplefs-crash-branches.")
    chance = random.Random(seed)
    limit = time.monotonic() + seconds
    number, store, counts = 0, None, {}
    try:
        while number < rounds and time.monotonic() < limit:
            if number % STORE_ROUNDS == 0:
                store = MountedStore(program, f"{folder}/{number}")
                store.call("init", store.path)
            name, done = run_round(store, number, chance)
            key = f"{name} {'done' if done else 'killed'}"
            counts[key] = counts.get(key, 0) + 1
            number += 1
    except (Failed, OSError, subprocess.SubprocessError) as error:
        print(f"round {number} failed: {error}\nleft behind: {folder}")
        return 1
    finally:
        if store:
            store.clean()
    shutil.rmtree(folder)
    print(f"{number} rounds: " + ", ".join(f"{counts[key]} {key}" for key in sorted(counts)))
    return 0


sys.exit(main())
