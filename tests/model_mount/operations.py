"""What users do to a store, chosen at random: each operation is a shell command, and what it does to
the model."""
import os
import shlex
import subprocess

import tree as trees
import turtle
from merge import Outcome, merge_trees, slot_of
from mounted import Failed
from tree import BYTES, FOLDER, LINK, ROOT, TEXT, Node
from world import Branch, Waiting, adopt, compare, own_prefixes, set_of

UMASK = 0o022
BRANCHES_MOST = 6
NODES_MOST = 40
NAMES = [
    "people.nt", "places.nt", "facts.nq", "terms.nt", "two words.nt", "žluť.nt", "notes.md", "data.bin",
    "world.ttl", "vocabulary.ttl", "two words.ttl", "graphs.trig", "more.trig", "ontology.rdf",
]
FOLDERS = ["geo", "old", "sub.nt", "deep", "link0"]
BRANCH_NAMES = ["cleanup", "draft", "review", "my work", "á", "b2", "b3", "b4"]
POLICIES = ["auto"] * 6 + ["union", "union", "ours", "theirs", "strict"]
FUNCTIONAL = "http://example.org/p0"
PREFIXES = ["ex: <http://example.org/>", ": <http://example.org/>", "ex: <http://example.com/>", "many: <http://example.org/many/>"]


def quote(*words):
    return " ".join(shlex.quote(word) for word in words)


class Operations:
    def __init__(self, world, chance, log):
        self.world = world
        self.chance = chance
        self.log = log
        self.counts = {}
        self.touched = set()  # branches to be compared

    # --- the shell

    def shell(self, command, works=True):
        """works: True, False, or None if either is well. Returns whether it did."""
        self.log.write(command + "\n")
        self.log.flush()
        done = subprocess.run(
            ["bash", "-c", f"umask {UMASK:03o}; set -o pipefail; {command}"],
            cwd=self.world.mount, capture_output=True, timeout=120,
        )
        if done.returncode:
            self.log.write(f"# status {done.returncode}: {done.stderr.decode(errors='replace').strip()}\n")
        if works is not None and works != (done.returncode == 0):
            said = done.stderr.decode(errors="replace").strip() or "nothing"
            raise Failed(f"status {done.returncode} of: {command}\nit says: {said}{self.errors(command)}")
        self.said = done.stderr.decode(errors="replace")
        return done.returncode == 0

    def errors(self, command):
        text = ""
        for branch in self.world.branches:
            if branch in command:
                shown = subprocess.run(
                    ["cat", self.world.control(branch, "error")], capture_output=True, text=True
                ).stdout
                text += "".join(f"\n{branch}: {line}" for line in shown.splitlines()[-3:])
        return text

    def tell(self, branch, control, words, works=True):
        """Writes a command to a control."""
        return self.shell(
            f"printf '%s\\n' {quote(words)} >{quote(f'{branch}/.branch/{control}')}", works
        )

    def learn(self, branch, operation):
        """Files' own prefixes are as the mount tells them: what an operation makes of them is no
        matter here, but what has them keeps them."""
        world = self.world
        state = world.branches[branch]
        tree = dict(state.tree)
        for identity, node in state.tree.items():
            if node.kind in (TEXT, BYTES):
                own = own_prefixes(f"{world.mount}/{branch}/{trees.path(state.tree, identity)}")
                tree[identity] = node._replace(own=own)
        if tree == state.tree:
            return
        if operation in self.KEEPS:
            raise Failed(f"{branch}: {operation} has changed the prefixes of files")
        if operation in self.COMMITS and state.tree is state.state.tree:
            state.state.tree = tree
        state.tree = tree

    # --- choices

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def a_branch(self, *others):
        free = [n for n, b in self.world.branches.items() if not b.waiting and n not in others]
        return self.chance.choice(sorted(free)) if free else None

    def a_node(self, tree, kinds):
        found = [i for i, node in tree.items() if i != ROOT and node.kind in kinds]
        return self.chance.choice(found) if found else None

    def a_folder(self, tree):
        return self.chance.choice([i for i, node in tree.items() if node.kind == FOLDER])

    def a_line(self, quads):
        pick = self.chance.random()
        if pick < 0.01:
            return (
                b"<http://example.org/p1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
                b"<http://www.w3.org/2002/07/owl#FunctionalProperty> .\n"
            )
        number = self.chance.randrange(14)
        subject = f"_:b{number}" if number < 2 else f"<http://example.org/s{number}>"
        predicate = f"<http://example.org/p{self.chance.randrange(4)}>"
        value = self.chance.randrange(6)
        term = [f'"{value}"', f'"a value {value}"@en', f"<http://example.org/o{value}>"][value % 3]
        graph = f" <http://example.org/g{self.chance.randrange(2)}>" if quads and pick < 0.6 else ""
        return f"{subject} {predicate} {term}{graph} .\n".encode()

    def some_lines(self, name, most=8):
        count = self.chance.randrange(1, most + 1)
        return [self.a_line(trees.has_graphs(name)) for _ in range(count)]

    def many_lines(self):
        start, count = self.chance.randrange(4000), self.chance.randrange(500, 5000)
        return [
            f'<http://example.org/many/{n:06}> <http://example.org/value> "value {n}" .\n'.encode()
            for n in range(start, start + count)
        ]

    def new_content(self, name):
        if trees.kind_of_name(name) == TEXT:
            lines = self.many_lines() if self.chance.random() < 0.05 else self.some_lines(name)
            return turtle.text_of(self.chance, trees.extension(name), lines), frozenset(lines)
        raw = f"{self.chance.random()}\n".encode() * self.chance.choice([0, 1, 3, 300])
        return raw, raw

    def put(self, raw):
        """Raw bytes in a file outside of the mount."""
        with open(f"{self.world.mount}/../input", "wb") as file:
            file.write(raw)
        return "../input"

    # --- changes of the model

    def set(self, branch, identity, **changes):
        tree = dict(self.world.branches[branch].tree)
        changed = tree[identity]._replace(**changes)
        if changed != tree[identity]:
            tree[identity] = changed
            self.world.branches[branch].tree = tree

    def add(self, branch, node):
        identity = self.world.new_identity()
        tree = dict(self.world.branches[branch].tree)
        tree[identity] = node
        self.world.branches[branch].tree = tree
        return identity

    def drop(self, branch, identity):
        tree = self.world.branches[branch].tree
        gone = set(trees.below(tree, identity))
        self.world.branches[branch].tree = {i: n for i, n in tree.items() if i not in gone}

    def path(self, branch, identity, name=None):
        tree = self.world.branches[branch].tree
        parts = [branch, trees.path(tree, identity)] + ([name] if name else [])
        return "/".join(part for part in parts if part)

    def number(self, branch, folder, name):
        """What a name in a folder shows, as world.scan tells it."""
        top = f"{self.world.mount}/{branch}"
        return os.lstat(f"{self.world.mount}/{self.path(branch, folder, name)}").st_ino ^ os.lstat(top).st_ino

    # --- operations on files; each returns False if there was nothing to do

    def write(self, branch):
        """A new file, or an old one anew, as cp and shells write it."""
        tree = self.world.branches[branch].tree
        folder = self.a_folder(tree)
        name = self.chance.choice(NAMES)
        there = trees.child(tree, folder, name)
        if there is not None and tree[there].kind not in (TEXT, BYTES):
            return False
        if there is None and len(tree) >= NODES_MOST:
            return self.remove(branch)
        raw, data = self.new_content(name)
        tool = self.chance.choice(["cp", "cat"])
        source, target = self.put(raw), self.path(branch, folder, name)
        if tool == "cp":
            self.shell(f"cp --no-preserve=mode {quote(source, target)}")
        else:
            self.shell(f"cat {quote(source)} >{quote(target)}")
        if there is None:
            self.add(branch, Node(folder, name, trees.kind_of_name(name), data, 0o644))
        else:
            self.set(branch, there, data=data)
        return True

    def append(self, branch):
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT, BYTES))
        if at is None:
            return False
        node = tree[at]
        raw, data = self.new_content(node.name)
        self.shell(f"cat {quote(self.put(raw))} >>{quote(self.path(branch, at))}")
        self.set(branch, at, data=node.data | data if node.kind == TEXT else node.data + raw)
        return True

    def append_bad(self, branch):
        at = self.a_node(self.world.branches[branch].tree, (TEXT,))
        if at is None:
            return False
        # In XML it shows at the end alone, and then the shell does not tell of it.
        late = self.world.branches[branch].tree[at].name.endswith(".rdf")
        command = f"printf 'no triple\\n' >>{quote(self.path(branch, at))}"
        self.shell(command, works=None if late else False)
        return True

    def sed(self, branch):
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT, BYTES))
        if at is None:
            return False
        node = tree[at]
        digit = str(self.chance.randrange(6))
        rendered = trees.is_rendered(node.name)
        if rendered and node.name.endswith(".rdf"):
            return False
        if rendered:
            script, edit = f's/"{digit}"/"9"/g', lambda line: line.replace(f'"{digit}"'.encode(), b'"9"')
        elif self.chance.random() < 0.5:
            script, edit = f"/{digit}/d", lambda line: b"" if digit.encode() in line else line
        else:
            script, edit = f's/"{digit}"/"9"/', lambda line: line.replace(f'"{digit}"'.encode(), b'"9"', 1)
        self.shell(f"sed -i {quote(script, self.path(branch, at))}")
        edited = [edit(line) for line in trees.content(node).splitlines(True)]
        if node.kind == TEXT:
            self.set(branch, at, data=frozenset(line for line in edited if line))
        else:
            self.drop(branch, at)
            self.add(branch, node._replace(data=b"".join(edited)))
        return True

    def sort(self, branch):
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT,))
        if at is None or trees.is_rendered(tree[at].name):
            return False
        path = quote(self.path(branch, at))
        self.shell(f"sort -r -o {path} {path}")
        return True

    def truncate(self, branch):
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT, BYTES))
        if at is None:
            return False
        node = tree[at]
        size = 0 if node.kind == TEXT else self.chance.choice([0, 5, 7000])
        self.shell(f"truncate -s {size} {quote(self.path(branch, at))}")
        data = frozenset() if node.kind == TEXT else node.data[:size].ljust(size, b"\0")
        self.set(branch, at, data=data)
        return True

    def truncate_oddly(self, branch):
        """To a size that no statement ends at, mostly: then it is refused."""
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT,))
        if at is None or not trees.is_rendered(tree[at].name):
            return False
        path = self.path(branch, at)
        size = self.chance.randrange(os.stat(f"{self.world.mount}/{path}").st_size + 20)
        if self.shell(f"truncate -s {size} {quote(path)}", works=None):
            left = set_of(self.world.mount, f"{self.world.mount}/{path}")
            if not left <= tree[at].data:
                raise Failed(f"{path} was cut and has more: {sorted(left - tree[at].data)[:5]}")
            self.set(branch, at, data=left)
        return True

    def write_again(self, branch):
        """What was read is written: nothing changes, but what the file declares is its own now."""
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT,))
        if at is None:
            return False
        path, real = self.path(branch, at), f"{self.world.mount}/{self.path(branch, at)}"
        shown = self.world.read(real)
        diff = self.world.control(branch, f"diff/{branch}")
        way = self.chance.choice(["cat {} >{}", "cp {} {}", "dd status=none conv=notrunc bs=4000 if={} of={}"])
        self.shell(way.format(self.put(shown), quote(path)))
        if self.world.read(real) != shown:
            raise Failed(f"{path} is not what was read of it, and written to it")
        text = self.world.read(diff)
        if b"\nA " in text or b"\nD " in text:
            raise Failed(f"{path} was written as it was, and differs: {text[:500]}")
        return True

    def map(self, branch):
        """Changes it through a shared mapping, of the same length."""
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT,))
        if at is None or tree[at].name.endswith(".rdf") or not tree[at].data:
            return False
        path = self.path(branch, at)
        digit = str(self.chance.randrange(6))
        program = (
            "import mmap, sys\n"
            "with open(sys.argv[1], 'r+b') as file, mmap.mmap(file.fileno(), 0) as area:\n"
            "    at = area.find(sys.argv[2].encode())\n"
            "    while at >= 0:\n"
            "        area[at + 1:at + 2] = b'9'\n"
            "        at = area.find(sys.argv[2].encode())\n"
            "    area.flush()"
        )
        self.shell(f"python3 -c {quote(program)} {quote(path)} " + quote(f'"{digit}"'))
        lines = {line.replace(f'"{digit}"'.encode(), b'"9"') for line in tree[at].data}
        self.set(branch, at, data=frozenset(lines))
        return True

    def prefixes(self, branch):
        """A file's own prefixes, or those of the store."""
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT,))
        lines = "\n".join(self.chance.sample(PREFIXES, self.chance.randrange(3)) or ["#"]) + "\n"
        pick = self.chance.random()
        if pick < 0.3:
            self.shell(f"printf %s {quote(lines)} >.store/prefixes")
            self.world.table = lines.replace("#\n", "")
            self.touched |= {n for n in self.world.branches}
        elif at is None:
            return False
        elif pick < 0.5:
            attribute = quote("-x", "user.triplefs.prefixes", self.path(branch, at))
            self.shell(f"setfattr {attribute}", works=tree[at].own is not None)
        else:
            self.shell(f"setfattr -n user.triplefs.prefixes -v {quote(lines, self.path(branch, at))}")
        return True

    def move(self, branch):
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT, BYTES, FOLDER, LINK))
        if at is None:
            return False
        node, folder = tree[at], self.a_folder(tree)
        if folder in trees.below(tree, at):
            return False
        name = self.new_name(node)
        there = trees.child(tree, folder, name)
        if there == at or (there is not None and FOLDER in (node.kind, tree[there].kind)):
            return False
        works = self.fits(node, name)
        path, new_path = self.path(branch, at), self.path(branch, folder, name)
        if node.kind == TEXT and trees.is_rendered(node.name) and trees.kind_of_name(name) == BYTES:
            node = node._replace(data=self.world.read(f"{self.world.mount}/{path}"), kind=BYTES)
        guess = works is None
        works = self.shell(f"mv -fT {quote(path, new_path)}", works)
        if works and guess:
            node = node._replace(data=set_of(self.world.mount, f"{self.world.mount}/{new_path}"))
        if works:
            self.moved(branch, at, node, folder, name, there, guess)
        return True

    def new_name(self, node):
        if node.kind == FOLDER:
            return self.chance.choice(FOLDERS)
        if node.kind == LINK:
            return f"link{self.chance.randrange(3)}"
        if self.chance.random() < 0.12:
            return self.chance.choice(NAMES)
        suffix = trees.extension(node.name)
        return self.chance.choice([name for name in NAMES if trees.extension(name) == suffix] or [node.name])

    def fits(self, node, name):
        """Whether the content can have the name; None: to be found out."""
        if node.kind not in (TEXT, BYTES) or trees.kind_of_name(name) == BYTES:
            return True
        raw = trees.content(node)
        if node.kind == BYTES and raw and (b"{" in raw or b"@prefix" in raw or trees.is_rendered(name)):
            return None
        if node.kind == BYTES and any(line[:1] not in b"<_" for line in raw.splitlines(True)):
            return None
        if any(not line.endswith(b" .\n") for line in raw.splitlines(True)):
            return False
        return trees.has_graphs(name) or b" <http://example.org/g" not in raw

    def moved(self, branch, at, node, folder, name, there, known):
        kind = node.kind if node.kind in (FOLDER, LINK) else trees.kind_of_name(name)
        data = node.data
        if kind != node.kind and not known:
            raw = trees.content(node)
            data = frozenset(raw.splitlines(True)) if kind == TEXT else raw
        there_kind = self.world.branches[branch].tree[there].kind if there is not None else None
        replaces = node.kind == BYTES and kind == TEXT and there_kind == TEXT
        if replaces and self.number(branch, folder, name) != self.world.real.get(at):
            # The file that has the name stays the same one. But what was a triple file, got a plain
            # name and was not written since may come back as itself.
            self.drop(branch, at)
            self.set(branch, there, data=data, mode=node.mode)
            return
        if there is not None:
            self.drop(branch, there)
        self.set(branch, at, parent=folder, name=name, kind=kind, data=data)

    def remove(self, branch):
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT, BYTES, LINK) * 3 + (FOLDER,))
        if at is None or (tree[at].kind == FOLDER and self.chance.random() < 0.6):
            return False
        self.shell(f"rm -r {quote(self.path(branch, at))}")
        self.drop(branch, at)
        return True

    def make_folder(self, branch):
        tree = self.world.branches[branch].tree
        folder, name = self.a_folder(tree), self.chance.choice(FOLDERS)
        if trees.child(tree, folder, name) is not None or len(tree) >= NODES_MOST:
            return False
        self.shell(f"mkdir {quote(self.path(branch, folder, name))}")
        self.add(branch, Node(folder, name, FOLDER, None, 0o755))
        return True

    def link(self, branch):
        tree = self.world.branches[branch].tree
        folder, name = self.a_folder(tree), f"link{self.chance.randrange(3)}"
        target = self.chance.choice(NAMES)
        there = trees.child(tree, folder, name)
        if there is not None and tree[there].kind != LINK:
            return False
        self.shell(f"ln -sfn {quote(target, self.path(branch, folder, name))}")
        if there is not None:
            self.drop(branch, there)
        self.add(branch, Node(folder, name, LINK, target, 0o777))
        return True

    def chmod(self, branch):
        tree = self.world.branches[branch].tree
        at = self.a_node(tree, (TEXT, BYTES, FOLDER))
        if at is None:
            return False
        mode = self.chance.choice([0o755, 0o700] if tree[at].kind == FOLDER else [0o644, 0o600, 0o640])
        self.shell(f"chmod {mode:o} {quote(self.path(branch, at))}")
        self.set(branch, at, mode=mode)
        return True

    def copy(self, branch):
        """cp -r, perhaps from another branch or from the past."""
        tree = self.world.branches[branch].tree
        source_top, source = self.a_source(branch)
        at = self.a_node(source, (TEXT, BYTES, FOLDER, LINK))
        folder = self.a_folder(tree)
        if at is None or len(tree) >= NODES_MOST:
            return False
        node = source[at]
        name = self.new_name(node)
        suits = node.kind in (FOLDER, LINK) or trees.extension(name) == trees.extension(node.name)
        if node.kind == TEXT and not suits and self.chance.random() < 0.8:
            suits = trees.kind_of_name(name) == TEXT and self.fits(node, name)
        if not suits or trees.child(tree, folder, name) is not None:
            return False
        present = source_top in (branch, f"{branch}/.branch/at/{branch}")
        if present and folder in trees.below(tree, at):
            return False
        top = f"{source_top}/{trees.path(source, at)}"
        self.shell(f"cp -rT {quote(top, self.path(branch, folder, name))}")
        self.copied(branch, source, at, folder, name)
        return True

    def a_source(self, branch):
        pick = self.chance.random()
        if pick < 0.3:
            other = self.a_branch(branch)
            if other:
                return other, self.world.branches[other].tree
        if pick < 0.5:
            ref, _, state = self.a_ref(branch)
            return f"{branch}/.branch/at/{ref}", state.tree
        return branch, self.world.branches[branch].tree

    def copied(self, branch, source, at, folder, name):
        new = {source[at].parent: folder}
        for identity in trees.below(source, at):
            node = source[identity]
            mode = node.mode if node.kind == LINK else node.mode & ~UMASK
            new[identity] = self.add(
                branch,
                node._replace(
                    parent=folder if identity == at else new[node.parent],
                    name=name if identity == at else node.name,
                    mode=mode,
                ),
            )

    # --- REFs

    def a_ref(self, branch):
        """(REF, commit's id, state), to be used in the controls of the branch."""
        world = self.world
        pick = self.chance.randrange(5)
        if pick == 0:
            other = self.chance.choice(sorted(world.branches))
            return other, world.branches[other].head, world.branches[other].freeze()
        if pick == 1 and world.tags:
            name = self.chance.choice(sorted(world.tags))
            commit = world.tags[name]
            return name, commit, world.commits[commit].state
        if pick == 2:
            commit = self.chance.choice(world.reachable())
            text = commit if self.chance.random() < 0.5 else commit[:12]
            return text, commit, world.commits[commit].state
        name = "head" if pick == 3 else self.chance.choice(sorted(world.branches))
        top = world.branches[branch if pick == 3 else name].head
        steps = self.chance.randrange(4)
        commit = world.first_parent(top, steps)
        if commit is None:
            steps, commit = 0, top
        text = f"{name}~{steps}" if steps or pick != 3 else name
        return text, commit, world.commits[commit].state

    # --- operations on branches

    def commit(self, branch):
        state = self.world.branches[branch]
        dirty = self.world.is_dirty(state)
        self.tell(branch, "commit", f"Change {self.chance.randrange(1000)}", works=dirty)
        if dirty:
            before = self.world.commits[state.head].tree if state.head else trees.empty_tree()
            self.world.see_commit(branch, [state.head] if state.head else [])
            self.look_at_sums(branch, before)
        return True

    def look_at_sums(self, branch, before):
        """The commit counts the triples that it adds and removes."""
        tree = self.world.branches[branch].tree
        text = self.world.read(self.world.control(branch, "commit")).decode()
        lines = dict(line.split(" ", 1) for line in text.split("\n\n", 1)[0].splitlines())
        shown = int(lines["added"]), int(lines["removed"])
        wanted = trees.triples_between(before, tree)
        if shown != wanted:
            raise Failed(f"{branch}: the commit says +{shown[0]} -{shown[1]}, not +{wanted[0]} -{wanted[1]}")

    def look_at_status(self, branch):
        state = self.world.branches[branch]
        text = self.world.read(self.world.control(branch, "status")).decode()
        if (text == "clean\n") == self.world.is_dirty(state):
            raise Failed(f"{branch}: the status is {text}")
        return True

    def look_at_log(self, branch):
        text = self.world.read(self.world.control(branch, "log")).decode()
        shown = [line.split("\t")[0] for line in text.splitlines()]
        head = self.world.branches[branch].head
        wanted = {commit[:12] for commit in self.world.ancestors(head)} if head else set()
        if len(shown) != len(wanted) or set(shown) != wanted:
            raise Failed(f"{branch}: the log has {shown}, and should have {wanted}")
        place = {commit: number for number, commit in enumerate(shown)}
        for commit in self.world.ancestors(head) if head else ():
            for parent in self.world.commits[commit].parents:
                if place[parent[:12]] < place[commit[:12]]:
                    raise Failed(f"{branch}: in the log {parent} comes before its child {commit}")
        return True

    def look_at_past(self, branch):
        ref, _, state = self.a_ref(branch)
        top = f"{self.world.mount}/{branch}/.branch/at/{ref}"
        self.log.write(f"# compare {branch}/.branch/at/{ref}\n")
        compare(self.world, top, state.tree, past=True)
        return True

    def look_at_diff(self, branch):
        ref, _, state = self.a_ref(branch)
        tree = state.tree
        self.log.write(f"# read {branch}/.branch/diff/{ref}\n")
        text = self.world.read(self.world.control(branch, f"diff/{ref}"))
        rows = [line[:2] for line in text.splitlines()]
        shown = rows.count(b"A "), rows.count(b"D ")
        wanted = trees.rows_between(tree, self.world.branches[branch].tree)
        if shown != wanted:
            raise Failed(f"{branch}/.branch/diff/{ref} has {shown} rows A and D, not {wanted}")
        same = trees.visible(tree) == trees.visible(self.world.branches[branch].tree)
        if same != (text == b""):
            raise Failed(f"{branch}/.branch/diff/{ref} is {len(text)} bytes")
        return True

    def fork(self, branch):
        world = self.world
        free = [n for n in BRANCH_NAMES if n not in world.branches]
        if len(world.branches) >= BRANCHES_MOST:
            return self.discard(branch)
        name = self.chance.choice(free)
        pick = self.chance.random()
        if pick < 0.3:
            self.shell(f"mkdir {quote(name)}")
            source = world.branches["main"]
            world.branches[name] = Branch(source.freeze(), source.head)
        elif pick < 0.6:
            self.shell(f"mkdir {quote(f'{branch}/.branch/fork/{name}')}")
            source = world.branches[branch]
            world.branches[name] = Branch(source.freeze(), source.head)
        else:
            ref, commit, state = self.a_ref(branch)
            self.shell(f"mkdir {quote(f'{branch}/.branch/at/{ref}/.branch/fork/{name}')}")
            world.branches[name] = Branch(state, commit)
        self.touched.add(name)
        return True

    def rename_branch(self, branch):
        free = [n for n in BRANCH_NAMES if n not in self.world.branches]
        if branch == "main" or not free:
            return False
        name = self.chance.choice(free)
        self.shell(f"mv -T {quote(branch, name)}")
        self.world.branches[name] = self.world.branches.pop(branch)
        self.touched.add(name)
        return True

    def discard(self, branch):
        if branch == "main":
            return False
        self.shell(f"printf '%s\\n' {quote(branch)} >.store/discard")
        self.world.deleted[branch] = self.world.branches.pop(branch)
        return True

    def restore(self, branch):
        names = [n for n in self.world.deleted if n not in self.world.branches]
        if not names or len(self.world.branches) >= BRANCHES_MOST:
            return False
        name = self.chance.choice(sorted(names))
        self.shell(f"printf '%s\\n' {quote('restore ' + name)} >.store/discard")
        self.world.branches[name] = self.world.deleted.pop(name)
        self.touched.add(name)
        return True

    def tag(self, branch):
        ref, commit, _ = self.a_ref(branch)
        if ref.startswith("head"):
            ref = branch + ref[4:]
            commit = commit if ref != branch else self.world.branches[branch].head
        name = f"v{self.chance.randrange(3)}"
        self.shell(f"printf '%s\\n' {quote(ref)} >.store/tags/{name}")
        self.world.tags[name] = commit
        if self.world.read(f"{self.world.mount}/.store/tags/{name}").decode().strip() != commit:
            raise Failed(f"the tag {name} is not {commit}")
        return True

    def reset(self, branch):
        ref, commit, state = self.a_ref(branch)
        self.tell(branch, "reset", ref)
        self.world.branches[branch].become(state, commit)
        self.look_at_head(branch)
        return True

    def look_at_head(self, branch):
        shown, wanted = self.world.head(branch), self.world.branches[branch].head
        if shown != wanted:
            raise Failed(f"{branch}: the head is {shown}, not {wanted}")

    def patch(self, branch):
        other = self.a_branch(branch)
        if not other:
            return False
        world = self.world
        diff, patch = f"{other}/.branch/diff/{branch}", f"{branch}/.branch/patch"
        self.shell(f"cat {quote(diff)} >{quote(patch)}")
        source, target = world.branches[other].tree, world.branches[branch].tree
        same = {
            new: old
            for old, new in trees.pairs(target, source)
            if source[new].kind == target[old].kind
            and (source[new].kind != LINK or source[new].data == target[old].data)
        }
        names = {i: same[i] if i in same else world.new_identity() for i in source}
        world.branches[branch].tree = {
            names[i]: node._replace(parent=names.get(node.parent, -1)) for i, node in source.items()
        }
        return True

    def gc(self, branch):
        age = self.chance.choice(["now", "older-than=0s"])
        self.shell(f"echo {age} >.store/gc")
        self.world.forget_unreachable()
        return True

    # --- merges

    def merge(self, branch):
        world = self.world
        ours = world.branches[branch]
        if self.chance.random() < 0.8:
            ref = self.a_branch(branch)
            if not ref:
                return False
            theirs = world.branches[ref]
            dirty = world.is_dirty(theirs)
        else:
            ref, commit, _ = self.a_ref(branch)
            if ref in world.branches:
                return False
            dirty, theirs = False, Branch(world.commits[commit].state, commit)
        policy = self.chance.choice(POLICIES)
        words = ref if policy == "auto" else f"{ref} policy={policy}"
        expected = self.predict(ours, theirs, dirty, policy)
        self.log.write(f"# expected: {expected[0]} {expected[1].why if expected[1] else ''}\n")
        works = {"clean": True, "nothing": True, "forward": True, "unsure": None}.get(expected[0], False)
        if expected[0] == "unsure" and policy not in ("auto", "strict"):
            works = True  # whatever comes out
        dry = self.chance.random() < 0.15
        if dry:
            before = world.head(branch)
            self.tell(branch, "merge", words + " dry-run", works)
            self.catch_up(branch, before, ref, theirs if dirty else None)
            self.count(f"dry merge: {expected[0]}")
            return True
        before = world.head(branch)
        works = self.tell(branch, "merge", words, works)
        if dirty:
            world.see_commit(ref, [theirs.head])
        self.count(f"merge {policy}: {expected[0]}" + ("" if works else " refused"))
        self.after_merge(branch, theirs.head, expected, works)
        return True

    def catch_up(self, branch, before, ref, theirs):
        """A dry run may have committed what was not, and no more."""
        world = self.world
        ours = world.branches[branch]
        if world.head(branch) != before:
            world.see_commit(branch, [ours.head])
        if theirs and world.head(ref) != theirs.head:
            world.see_commit(ref, [theirs.head])

    def predict(self, ours, theirs, dirty, policy):
        """("nothing" | "forward" | an outcome's kind, outcome or None)"""
        world = self.world
        state = theirs.freeze() if dirty else world.commits[theirs.head].state
        ours_dirty = world.is_dirty(ours)
        if not dirty and theirs.head in world.ancestors(ours.head):
            return "nothing", None
        if not ours_dirty and ours.head in world.ancestors(theirs.head):
            return "forward", None
        base = world.base_of(world.merge_base(ours.head, theirs.head), ours.freeze(), state)
        outcome = self.merge_states(base, ours.freeze(), state, policy)
        return outcome.kind, outcome

    def merge_states(self, base, ours, theirs, policy):
        if base is ours:
            return Outcome("clean", theirs.tree, {})
        if base is theirs:
            return Outcome("clean", ours.tree, {})
        return merge_trees(base.tree, ours.tree, theirs.tree, policy, self.world.functional)

    def after_merge(self, branch, theirs, expected, works):
        world = self.world
        ours = world.branches[branch]
        kind, outcome = expected
        if kind == "forward":
            ours.become(world.commits[theirs].state, theirs)
            self.look_at_head(branch)
            return
        if kind == "nothing":
            self.catch_up(branch, ours.head, None, None)
            return
        self.see_own_commit(branch, works)
        if not works:
            if "canceled" not in self.said:
                raise Failed(f"a merge was refused with {self.said}")
            if not outcome:
                outcome = expected[1]
            self.start_waiting(branch, theirs, outcome)
            return
        if kind != "clean":
            self.adopt(branch, theirs)
        elif outcome.tree is world.commits[theirs].tree:
            self.take_theirs(branch, world.commits[theirs].state)
        else:
            ours.tree = outcome.tree
        world.see_commit(branch, [ours.head, theirs])

    def take_theirs(self, branch, state):
        """Ours has changed nothing: it becomes theirs. What was written anew as it was has been
        merged, though, so that files may be ours' still which theirs has replaced."""
        world = self.world
        ours = world.branches[branch]
        made = adopt(world, f"{world.mount}/{branch}")
        if trees.visible(made) != trees.visible(state.tree) or set(made) == set(state.tree):
            ours.become(state, ours.head)
        else:
            ours.tree = made

    def see_own_commit(self, branch, merged):
        """What was not committed is now; after a merge it is the first parent."""
        world = self.world
        ours = world.branches[branch]
        if not world.is_dirty(ours):
            return
        if not merged:
            world.see_commit(branch, [ours.head])
            return
        commit = world.parents_shown(branch)[0]
        if commit in world.commits:
            raise Failed(f"{branch}: what was not committed was not committed by the merge")
        world.add_commit(commit, ours.freeze(), [ours.head])
        ours.head = commit

    def adopt(self, branch, theirs):
        """The model does not say what comes out: but nothing comes from nowhere."""
        world = self.world
        ours = world.branches[branch]
        made = adopt(world, f"{world.mount}/{branch}")
        known = set()
        for tree in (ours.tree, world.commits[theirs].tree if theirs else ours.tree):
            for node in tree.values():
                known |= trees.lines_of(node)
                if node.kind == BYTES:
                    known |= set(node.data.splitlines(True))
        for identity, node in made.items():
            if not trees.lines_of(node) <= known:
                raise Failed(f"{trees.path(made, identity)} has lines that neither side had")
        ours.tree = made

    def start_waiting(self, branch, theirs, outcome):
        self.world.branches[branch].waiting = Waiting(theirs, outcome)
        if outcome.kind == "slots":
            self.look_at_conflicts(branch, outcome)

    def look_at_conflicts(self, branch, outcome):
        world = self.world
        top = world.control(branch, "conflicts")
        for identity, sides in outcome.slots.items():
            path = f"{top}/{trees.path(outcome.tree, identity)}"
            suffix = trees.LINES_OF[trees.extension(outcome.tree[identity].name)]
            for name, lines in zip(("base", "ours", "theirs"), sides):
                try:
                    shown = world.read(f"{path}/{name}{suffix}")
                except FileNotFoundError:
                    shown = b""
                if shown != trees.canonical(lines):
                    raise Failed(f"{path}/{name}{suffix} is {shown}, not {trees.canonical(lines)}")
        shown = int(dict(
            line.split(" ", 1) for line in world.read(world.control(branch, "merge")).decode().splitlines()
            if " " in line
        )["conflicts"])
        wanted = sum(
            len({slot_of(line) for side in sides for line in side}) for sides in outcome.slots.values()
        )
        if shown != wanted:
            raise Failed(f"{branch}: {shown} conflicts, not {wanted}")

    def go_on(self, branch):
        """Something about a merge that waits."""
        pick = self.chance.random()
        state = self.world.branches[branch]
        if pick < 0.25:
            self.tell(branch, "merge", "continue", works=False)
            return self.abort(branch)
        if pick < 0.5 or state.waiting.outcome.kind != "slots":
            return self.abort(branch)
        if pick < 0.6:
            self.append(branch)
            return self.abort(branch)
        return self.resolve(branch)

    def abort(self, branch):
        self.tell(branch, "merge", "abort")
        self.world.branches[branch].waiting = None
        self.tell(branch, "merge", "continue", works=False)
        self.count("abort")
        return True

    def resolve(self, branch):
        world = self.world
        state = world.branches[branch]
        outcome = state.waiting.outcome
        made = dict(outcome.tree)
        for identity, sides in outcome.slots.items():
            node = made[identity]
            folder = f"{branch}/.branch/conflicts/{trees.path(outcome.tree, identity)}"
            suffix = trees.LINES_OF[trees.extension(node.name)]
            number = self.chance.choice([1, 2])
            source = f"{folder}/{('base', 'ours', 'theirs')[number]}{suffix}"
            result = f"{folder}/result{suffix}"
            both = self.chance.random() < 0.3
            if both:
                self.shell(f"cat {quote(folder)}/[ot]*{suffix} >{quote(result)}")
                chosen = sides[1] | sides[2]
            else:
                self.shell(f"if test -e {quote(source)}; then cp {quote(source, result)}; else : >{quote(result)}; fi")
                chosen = self.unresolved(sides, number)
            if chosen is None:
                return self.abort(branch)
            made[identity] = node._replace(data=(node.data - sides[1]) | chosen)
        self.tell(branch, "merge", "continue")
        state.tree = made
        theirs = state.waiting.theirs
        state.waiting = None
        self.count("continue")
        world.see_commit(branch, [state.head] + ([theirs] if theirs else []))
        return True

    def unresolved(self, sides, number):
        return sides[number]

    def revert(self, branch):
        world = self.world
        ours = world.branches[branch]
        commit = world.first_parent(ours.head, self.chance.randrange(3))
        if commit is None or not world.commits[commit].parents:
            return False
        ref = self.chance.choice([commit, commit[:10]])
        base = world.commits[commit].state
        theirs = world.commits[world.commits[commit].parents[0]].state
        outcome = merge_trees(base.tree, ours.tree, theirs.tree, "auto", world.functional)
        nothing = outcome.kind == "clean" and trees.visible(outcome.tree) == trees.visible(ours.tree)
        self.log.write(f"# expected: {outcome.kind} {outcome.why}\n")
        works = None if nothing or outcome.kind == "unsure" else outcome.kind == "clean"
        works = self.tell(branch, "revert", ref, works)
        self.count(f"revert: {outcome.kind}" + ("" if works else " refused"))
        if works and outcome.kind == "unsure":
            seen = adopt(world, f"{world.mount}/{branch}")
            nothing = trees.visible(seen) == trees.visible(ours.tree)
        if nothing:
            self.catch_up(branch, ours.head, None, None)
            return True
        self.see_own_commit(branch, works)
        if not works:
            self.start_waiting(branch, None, outcome)
            return True
        if outcome.kind != "clean":
            self.adopt_revert(branch)
        else:
            ours.tree = outcome.tree
        world.see_commit(branch, [ours.head])
        return True

    def adopt_revert(self, branch):
        self.world.branches[branch].tree = adopt(self.world, f"{self.world.mount}/{branch}")

    KEEPS = ("commit", "fork", "reset", "discard", "restore", "rename_branch", "tag", "gc")
    COMMITS = ("merge", "revert", "go_on", "abort")
    CHOICES = (
        (write, 14), (append, 14), (append_bad, 1), (sed, 8), (sort, 2), (truncate, 2), (move, 8),
        (truncate_oddly, 2), (write_again, 3), (map, 3), (prefixes, 5),
        (remove, 5), (make_folder, 3), (link, 2), (chmod, 3), (copy, 4), (commit, 10), (fork, 5),
        (rename_branch, 1), (discard, 1), (restore, 1), (tag, 2), (reset, 3), (patch, 4), (gc, 1),
        (merge, 16), (revert, 4), (look_at_status, 2), (look_at_log, 2), (look_at_past, 4), (look_at_diff, 4),
    )

    def one(self):
        """Does one operation; returns its name."""
        world = self.world
        waiting = [n for n, b in world.branches.items() if b.waiting]
        if waiting and self.chance.random() < 0.2:
            branch = self.chance.choice(sorted(waiting))
            self.touched.add(branch)
            self.go_on(branch)
            return "go_on"
        while True:
            choice = self.chance.choices([c for c, _ in self.CHOICES], [w for _, w in self.CHOICES])[0]
            branch = self.a_branch()
            if branch is None:
                branch = self.chance.choice(sorted(waiting))
                self.touched.add(branch)
                self.abort(branch)
                return "abort"
            if choice(self, branch):
                self.touched.add(branch)
                return choice.__name__
