#!/usr/bin/env python3
"""Crash test through a mount: crash_mount.py TRIPLEFS [ROUNDS [SECONDS]]

In each round writers change files and branches as fast as they can, until the daemon is killed at a
random moment. Then `triplefs check` must find nothing, and in the next mount everything must be
there whose system calls had returned; of the one call that a writer was in, all or nothing.

Each writer has a folder of its own in the branch main, and writes down, outside of the mount, the
state that a step leads to before the step, and that it is done after it. So what must be there is
known without asking the store. All append to one shared file, too.

Ends after ROUNDS (150) or SECONDS (120). TRIPLEFS_SEED repeats the choice of steps. A failure leaves
the store and prints where. Exit status 77: this machine cannot mount.
"""
import errno
import functools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

WRITERS = 4
STORE_ROUNDS = 40
BLOCK = 5000  # bytes of a plain file's step
BULK = 14000  # lines: over the size from which texts are parsed on another thread
PREFIXES = "user.triplefs.prefixes"
GONE = (errno.ENOTCONN, errno.ECONNABORTED)
SANITIZER = re.compile(r"ERROR: (Address|Leak)Sanitizer|WARNING: ThreadSanitizer|runtime error:")


class Failed(Exception):
    pass


# --- what files contain, by their descriptors


@functools.lru_cache(maxsize=64)
def lines(writer, low, high):
    return "".join(
        f'<http://example.org/writer/{writer}/{n:09}> <http://example.org/value> "value {n} of it" .\n'
        for n in range(low, high)
    ).encode()


@functools.lru_cache(maxsize=64)
def blocks(writer, key, count):
    made = random.Random(f"{writer} {key}")
    return made.randbytes(BLOCK * count)


EX = "http://example.org/"
KNOWN = [["ex", EX]]  # of those that every store knows


def spelled(iri, prefixes):
    """As Turtle shows it: with the longest prefix whose rest is a local name."""
    fit = [(len(p), name) for name, p in prefixes if iri.startswith(p) and "/" not in iri[len(p) :]]
    return f"{max(fit)[1]}:{iri[max(fit)[0]:]}" if fit else f"<{iri}>"


def used_known(low, high):
    return KNOWN if high > low else []


@functools.lru_cache(maxsize=64)
def turtle(writer, low, high, prefixes):
    """The lines as a Turtle file shows them."""
    own = json.loads(prefixes)
    shown = used_known(low, high) if own is None else own
    value = spelled(f"{EX}value", shown)
    parts = ["".join(f"@prefix {name}: <{iri}> .\n" for name, iri in shown)]
    for n in range(low, high):
        subject = spelled(f"{EX}writer/{writer}/{n:09}", shown)
        parts.append(f'{subject}\n    {value} "value {n} of it" ;\n.\n')
    return "\n".join(part for part in parts if part).encode()


def written_down(prefixes):
    return "".join(f"{name}: <{iri}>\n" for name, iri in prefixes).encode()


def content(writer, path, descriptor):
    kind, first, second, *rest = descriptor
    if kind == "blocks":
        return blocks(writer, first, second)
    if rest and path.endswith(".ttl"):
        return turtle(writer, first, second, json.dumps(rest[0]))
    return lines(writer, first, second)


def own_prefixes(path):
    """What a triple file's text declared; None: nothing."""
    try:
        return os.getxattr(path, PREFIXES)
    except OSError as error:
        if error.errno == errno.ENODATA:
            return None
        raise


# --- a writer


def write_file(path, data, flags, piece=1 << 20):
    fd = os.open(path, flags, 0o644)
    try:
        for at in range(0, len(data), piece):
            part = data[at : at + piece]
            while part:
                part = part[os.write(fd, part) :]
    finally:
        os.close(fd)


WHOLE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class Writer:
    """One process. state: files and links of the folder, branches with the files that the folder had
    when they were forked, and counts."""

    def __init__(self, number, mount, state, chance):
        self.number = number
        self.mount = mount
        self.main = f"{mount}/main"
        self.folder = f"{mount}/main/w{number}"
        self.state = state
        self.random = chance

    def texts(self):
        return [p for p, d in self.state["files"].items() if d[0] == "lines" and "bad" not in p]

    def next_number(self, count):
        self.state["next"] += count
        return self.state["next"] - count

    # Each step changes the state and returns what is to be done.

    def new_text(self):
        number = self.next_number(3)
        path = f"t{number}.nt"
        self.state["files"][path] = ["lines", number, number + 3]
        return lambda: write_file(
            f"{self.folder}/{path}", lines(self.number, number, number + 3), os.O_WRONLY | os.O_CREAT
        )

    def append(self):
        path = self.random.choice(self.texts() or [None])
        if not path:
            return self.new_text()
        _, low, high = self.state["files"][path]
        self.state["files"][path] = ["lines", low, high + 2]
        return lambda: write_file(f"{self.folder}/{path}", lines(self.number, high, high + 2), APPEND)

    def shrink(self):
        path = self.random.choice(self.texts() or [None])
        if not path:
            return self.new_text()
        _, low, high = self.state["files"][path]
        middle = (low + high) // 2
        self.state["files"][path] = ["lines", middle, high]
        return lambda: write_file(
            f"{self.folder}/{path}", lines(self.number, middle, high), WHOLE, 1 << 16
        )

    def bulk(self):
        number = self.next_number(BULK)
        self.state["files"]["bulk.nt"] = ["lines", number, number + BULK]
        data = lines(self.number, number, number + BULK)
        return lambda: write_file(f"{self.folder}/bulk.nt", data, WHOLE)

    def replace(self):
        """As sed -i and rsync do it."""
        path = self.random.choice(self.texts() or [None])
        if not path:
            return self.new_text()
        number = self.next_number(40)
        self.state["files"][path] = ["lines", number, number + 40]

        def do():
            temporary = f"{self.folder}/.tmp{number}"
            write_file(temporary, lines(self.number, number, number + 40), WHOLE)
            os.rename(temporary, f"{self.folder}/{path}")

        return do

    def copy(self):
        path = self.random.choice(self.texts() or [None])
        if not path:
            return self.new_text()
        self.state["files"]["copy.nt"] = self.state["files"][path]

        def do():
            source = os.open(f"{self.folder}/{path}", os.O_RDONLY)
            target = os.open(f"{self.folder}/copy.nt", WHOLE, 0o644)
            try:
                while os.copy_file_range(source, target, 1 << 30):
                    pass
            finally:
                os.close(target)
                os.close(source)

        return do if path != "copy.nt" else lambda: None

    def rename(self):
        if not self.state["files"]:
            return self.new_text()
        path = self.random.choice(sorted(self.state["files"]))
        name = f"r{self.next_number(1)}{os.path.splitext(path)[1]}"
        if self.random.random() < 0.3:
            name = "sub/" + name
        self.state["files"][name] = self.state["files"].pop(path)
        return lambda: os.rename(f"{self.folder}/{path}", f"{self.folder}/{name}")

    def remove(self):
        if len(self.state["files"]) < 8:
            return self.new_text()
        path = self.random.choice(sorted(self.state["files"]))
        del self.state["files"][path]
        return lambda: os.unlink(f"{self.folder}/{path}")

    def plain(self):
        path = next((p for p, d in self.state["files"].items() if d[0] == "blocks"), None)
        key, count = (self.next_number(1), 0) if not path else self.state["files"][path][1:]
        path = path or f"p{key}.bin"
        if count > 40:
            del self.state["files"][path]
            return lambda: os.unlink(f"{self.folder}/{path}")
        self.state["files"][path] = ["blocks", key, count + 1]
        data = blocks(self.number, key, count + 1)[-BLOCK:]
        if count == 0:
            # That it is there is one step, that it has something another one.
            self.state["files"][path] = ["blocks", key, 0]
            return lambda: write_file(f"{self.folder}/{path}", b"", APPEND)
        return lambda: write_file(f"{self.folder}/{path}", data, APPEND)

    def link(self):
        target = f"target {self.next_number(1)}"
        path = f"l{len(self.state['links'])}"
        if len(self.state["links"]) > 4:
            path, _ = self.state["links"].popitem()
            return lambda: os.unlink(f"{self.folder}/{path}")
        self.state["links"][path] = target
        return lambda: os.symlink(target, f"{self.folder}/{path}")

    def mode(self):
        self.state["mode"] = 0o700 + self.random.randrange(64)
        return lambda: os.chmod(self.folder, self.state["mode"])

    def share(self):
        number = self.state["shared"]
        self.state["shared"] += 1
        return lambda: write_file(
            f"{self.main}/shared.nt", lines(self.number, number, number + 1), APPEND
        )

    def refuse(self):
        text = f"no triple {self.next_number(1)}\n".encode()
        self.state["refused"] = text.decode()

        def do():
            try:
                write_file(f"{self.folder}/bad.nt", text, os.O_WRONLY | os.O_TRUNC)
            except OSError as error:
                if error.errno == errno.EINVAL:
                    return
                raise
            raise Failed("bad text was taken")

        return do

    # A graph is shown as Turtle or as lines, and has prefixes: ["graph", low, high, prefixes], the
    # prefixes None where no text of it declared any.

    def graph(self):
        paths = [p for p, d in self.state["files"].items() if d[0] == "graph"]
        return self.random.choice(paths) if paths else None

    def new_graph(self):
        """One that brings its prefixes, or lines, which have none."""
        number = self.next_number(5)
        path = f"g{number}." + self.random.choice(["ttl", "nt"])
        return self.put_graph(path, number, number + 5, os.O_WRONLY | os.O_CREAT)

    def put_graph(self, path, low, high, flags):
        if path.endswith(".nt"):
            old = self.state["files"].get(path)
            self.state["files"][path] = ["graph", low, high, old[3] if old else None]
            data = lines(self.number, low, high)
        else:
            prefixes = [[f"v{low}", EX], [f"w{low}", f"{EX}writer/{self.number}/"]]
            self.random.shuffle(prefixes)
            self.state["files"][path] = ["graph", low, high, prefixes]
            data = turtle(self.number, low, high, json.dumps(prefixes))
        return lambda: write_file(f"{self.folder}/{path}", data, flags)

    def rewrite_graph(self):
        path = self.graph()
        if not path:
            return self.new_graph()
        count = BULK if self.random.random() < 0.1 else 40
        number = self.next_number(count)
        return self.put_graph(path, number, number + count, WHOLE)

    def append_graph(self):
        path = self.graph()
        if not path:
            return self.new_graph()
        _, low, high, prefixes = self.state["files"][path]
        text = lines(self.number, high, high + 2)
        if path.endswith(".ttl"):
            new = [f"q{high}", f"{EX}q/{high}/"]
            text = f"@prefix {new[0]}: <{new[1]}> .\n".encode() + text
            prefixes = (used_known(low, high) if prefixes is None else prefixes) + [new]
        self.state["files"][path] = ["graph", low, high + 2, prefixes]
        return lambda: write_file(f"{self.folder}/{path}", text, APPEND)

    def convert_graph(self):
        path = self.graph()
        if not path:
            return self.new_graph()
        name, extension = os.path.splitext(path)
        name += ".nt" if extension == ".ttl" else ".ttl"
        self.state["files"][name] = self.state["files"].pop(path)
        return lambda: os.rename(f"{self.folder}/{path}", f"{self.folder}/{name}")

    def prefix_graph(self):
        path = self.graph()
        if not path:
            return self.new_graph()
        prefixes = [[f"n{self.next_number(1)}", EX]]
        self.state["files"][path] = self.state["files"][path][:3] + [prefixes]
        return lambda: os.setxattr(f"{self.folder}/{path}", PREFIXES, written_down(prefixes))

    def fork(self):
        if len(self.state["branches"]) > 2:
            return self.discard()
        name = f"w{self.number}-{self.next_number(1)}"
        self.state["branches"][name] = dict(self.state["files"])
        return lambda: os.mkdir(f"{self.mount}/{name}")

    def discard(self):
        name = self.random.choice(sorted(self.state["branches"]))
        del self.state["branches"][name]
        return lambda: write_file(f"{self.mount}/.store/discard", name.encode(), os.O_WRONLY)

    def rename_branch(self):
        if not self.state["branches"]:
            return self.fork()
        name = self.random.choice(sorted(self.state["branches"]))
        new = f"w{self.number}-{self.next_number(1)}"
        self.state["branches"][new] = self.state["branches"].pop(name)
        return lambda: os.rename(f"{self.mount}/{name}", f"{self.mount}/{new}")

    STEPS = (
        [append] * 6 + [new_text, shrink, shrink, bulk, replace, replace, copy, rename, rename]
        + [remove, plain, plain, plain, link, mode] + [share] * 4 + [refuse, fork, rename_branch]
        + [new_graph, rewrite_graph, append_graph, append_graph, convert_graph, convert_graph]
        + [prefix_graph]
    )

    def run(self, log):
        while True:
            step = self.random.choice(self.STEPS)
            do = step(self)
            os.write(log, json.dumps([step.__name__, self.state]).encode() + b"\n")
            try:
                do()
            except OSError as error:
                if error.errno in GONE:
                    return 0
                os.write(log, f"failed {step.__name__}: {error}\n".encode())
                return 1
            except Failed as error:
                os.write(log, f"failed {step.__name__}: {error}\n".encode())
                return 1
            os.write(log, b"done\n")


# --- verifying


def read(path):
    with open(path, "rb") as file:
        return file.read()


def expect(condition, what):
    if not condition:
        raise Failed(what)


def verify_tree(writer, folder, files, links):
    seen = {}
    for top, folders, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(top, name), folder)
            if not name.startswith(".tmp") and path != "bad.nt":
                seen[path] = os.path.join(top, name)
    wanted = set(files) | set(links or ())
    found = {p for p in seen if links is not None or not os.path.islink(seen[p])}
    expect(found == wanted, f"{folder} has {sorted(found - wanted)} and lacks {sorted(wanted - found)}")
    for path, descriptor in files.items():
        data, right = read(seen[path]), content(writer, path, descriptor)
        expect(
            data == right,
            f"{seen[path]} has {len(data)} bytes that are not the {len(right)} of {descriptor}",
        )
        expect(os.path.getsize(seen[path]) == len(right), f"the size of {seen[path]}")
        if descriptor[0] == "graph":
            own, wanted = own_prefixes(seen[path]), descriptor[3]
            wanted = None if wanted is None else written_down(wanted)
            expect(own == wanted, f"{seen[path]} has the prefixes {own}, not {wanted}")
    for path, target in (links or {}).items():
        expect(os.readlink(seen[path]) == target, f"the target of {seen[path]}")


def verify(mount, writer, state):
    folder = f"{mount}/main/w{writer}"
    verify_tree(writer, folder, state["files"], state["links"])
    mode = os.stat(folder).st_mode & 0o7777
    expect(mode == state["mode"], f"{folder} has mode {mode:o}, not {state['mode']:o}")
    branches = {name for name in os.listdir(mount) if name.startswith(f"w{writer}-")}
    wanted = set(state["branches"])
    expect(branches == wanted, f"branches {branches - wanted} are there and {wanted - branches} not")
    for name, files in state["branches"].items():
        verify_tree(writer, f"{mount}/{name}/w{writer}", files, None)
    own = f"<http://example.org/writer/{writer}/".encode()
    shared = b"".join(
        line for line in read(f"{mount}/main/shared.nt").splitlines(True) if line.startswith(own)
    )
    expect(
        shared == lines(writer, 0, state["shared"]),
        f"shared.nt has {shared.count(10)} lines of writer {writer}, not {state['shared']}",
    )
    expect(os.path.getsize(f"{folder}/bad.nt") == 0, f"{folder}/bad.nt has content")
    if state["refused"]:
        refused = read(f"{mount}/main/.branch/rejected/w{writer}/bad.nt").decode()
        expect(refused == state["refused"], f"rejected: '{refused}' and not '{state['refused']}'")


def outcomes(before, pending):
    """The states that a kill may leave. Who makes a file and fills it has made two system calls."""
    yield before
    if pending:
        step, after = pending
        new = set(after["files"]) - set(before["files"])
        # Where there is nothing to rename, or little to remove, a file is made.
        made = step == "rename" and not before["files"]
        made = made or step in ("new_text", "append", "shrink", "replace", "bulk", "copy", "remove")
        graph = step.endswith("_graph") and len(after["files"]) > len(before["files"])
        if (made or graph) and new:
            empty = ["graph", 0, 0, None] if graph else ["lines", 0, 0]
            yield dict(after, files=before["files"] | {path: empty for path in new})
        yield after


def settle(mount, writer, before, pending):
    """The state that is there: the one before, or what the step under way leads to."""
    errors = []
    for state in outcomes(before, pending):
        try:
            verify(mount, writer, state)
            return state
        except (Failed, OSError) as error:
            errors.append(str(error))
    step = f"{pending[0]} is neither done nor not: " if pending else ""
    raise Failed(f"writer {writer}: {step}{'; '.join(errors)}")


# --- the daemon and the rounds


class Store:
    def __init__(self, program, folder):
        self.program = program
        self.path = f"{folder}/store"
        self.mount = f"{folder}/mnt"
        self.log = f"{folder}/daemon.log"
        self.daemon = None
        os.makedirs(self.mount)
        self.call("init", self.path)
        self.states = []

    def call(self, *arguments):
        done = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        if done.returncode or SANITIZER.search(done.stderr):
            raise Failed(f"triplefs {arguments[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")

    def is_mounted(self):
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            return f" {self.mount} fuse" in mounts.read()

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                [self.program, "mount", "-f", "-o", "memory=64M", self.path, self.mount],
                stdout=log, stderr=log,
            )
        limit = time.monotonic() + 60
        while wait and not self.is_mounted():
            if self.daemon.poll() is not None or time.monotonic() > limit:
                raise Failed(f"the daemon does not mount: {self.said()}")
            time.sleep(0.003)
        if wait:
            os.stat(self.mount)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]

    def kill(self):
        if self.daemon.poll() is not None:
            raise Failed(f"the daemon ended by itself with {self.daemon.returncode}: {self.said()}")
        self.daemon.kill()
        self.daemon.wait()
        self.daemon = None
        if self.is_mounted():
            self.call("umount", self.mount)

    def stop(self):
        self.call("umount", self.mount)
        status = self.daemon.wait()
        self.daemon = None
        if status or SANITIZER.search(self.said()):
            raise Failed(f"the daemon ended with {status}: {self.said()}")

    def prepare(self):
        """What the writers start with."""
        write_file(f"{self.mount}/main/shared.nt", b"", WHOLE)
        for number in range(WRITERS):
            os.makedirs(f"{self.mount}/main/w{number}/sub")
            write_file(f"{self.mount}/main/w{number}/bad.nt", b"", WHOLE)
            self.states.append(
                {"files": {}, "links": {}, "branches": {}, "next": 1, "shared": 0, "mode": 0o755,
                 "refused": ""}
            )

    def let_write(self, seconds, seed):
        """Returns the writers' logs."""
        children = []
        for number in range(WRITERS):
            path = f"{os.path.dirname(self.path)}/writer{number}.log"
            log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    chance = random.Random(f"{seed} {number}")
                    status = Writer(number, self.mount, self.states[number], chance).run(log)
                except BaseException as error:
                    os.write(log, f"failed: {error!r}\n".encode())
                finally:
                    os._exit(status)
            os.close(log)
            children.append((child, path))
        time.sleep(seconds)
        self.daemon.kill()
        for child, path in children:
            if os.waitpid(child, 0)[1]:
                with open(path, encoding="utf-8") as log:
                    raise Failed(f"a writer failed before the kill: {log.read().splitlines()[-1]}")
        return [path for _, path in children]


def read_log(path, state):
    """The state that must be there, the step under way or None, and how many steps were done."""
    pending, done = None, 0
    with open(path, encoding="utf-8") as log:
        for line in log:
            if line == "done\n":
                state, pending, done = pending[1], None, done + 1
            else:
                pending = json.loads(line)
    return state, pending, done


def run_round(store, seed, chance):
    if chance.random() < 0.12:
        # Killed while it starts, or just after.
        store.start(wait=False)
        time.sleep(chance.random() * 0.15)
        store.kill()
        store.call("check", store.path)
    store.start()
    if not store.states:
        store.prepare()
    logs = store.let_write(chance.uniform(0.02, 0.4), seed)
    store.daemon.wait()
    store.daemon = None
    store.call("umount", store.mount)
    store.call("check", store.path)
    store.start()
    steps = 0
    for number, path in enumerate(logs):
        state, pending, done = read_log(path, store.states[number])
        store.states[number] = settle(store.mount, number, state, pending)
        steps += done
    if chance.random() < 0.8:
        store.stop()
    else:
        store.kill()
    return steps


def clean(store):
    if store.daemon:
        store.daemon.kill()
        store.daemon.wait()
    subprocess.run(["umount", "-l", store.mount], capture_output=True)


def main():
    program = os.path.realpath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 150
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 120
    seed = int(os.environ.get("TRIPLEFS_SEED") or random.SystemRandom().randrange(1 << 32))
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        print("no /dev/fuse: skipped")
        return 77
    print(f"seed {seed} (TRIPLEFS_SEED)", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix="triplefs-crash-mount.")
    chance = random.Random(seed)
    limit = time.monotonic() + seconds
    done = steps = 0
    store = None
    try:
        while done < rounds and time.monotonic() < limit:
            if done % STORE_ROUNDS == 0:
                if store:
                    shutil.rmtree(os.path.dirname(store.path))
                store = Store(program, f"{folder}/{done // STORE_ROUNDS}")
            steps += run_round(store, f"{seed} {done}", chance)
            done += 1
    except Failed as error:
        print(f"round {done} failed: {error}\nleft behind: {folder}")
        return 1
    finally:
        if store:
            clean(store)
    shutil.rmtree(folder)
    print(f"{done} rounds, {steps} steps, nothing lost")
    return 0 if done else 1


sys.exit(main())
