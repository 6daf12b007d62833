"""The whole store in memory: branches, commits, tags, merges that wait; and how a mount is compared
with it."""
import errno
import os
import re
import stat
from dataclasses import dataclass, field
from typing import Optional

import tree as trees
from mounted import Failed
from tree import BYTES, FOLDER, LINK, ROOT, TEXT, Node

NAMESPACE = b"<http://example.org/>"
KNOWN = b"ex"  # what every store knows it as
SCRATCH = "scratch"  # a branch that the model does not know
DECLARED = re.compile(rb"^@prefix ([^ ]*): (<[^>]*>) \.$", re.MULTILINE)


class State:
    """A tree that something shares, and what it came from: a commit, or what a fork found."""

    def __init__(self, previous, tree):
        self.previous = previous
        self.tree = tree

    def line(self):
        """It and all before it, the latest first."""
        found, state = [], self
        while state:
            found.append(state)
            state = state.previous
        return found


@dataclass(frozen=True)
class Commit:
    id: str
    parents: tuple  # ids
    state: State = field(hash=False, compare=False)
    order: int  # commits are made one after the other
    generation: int

    @property
    def tree(self):
        return self.state.tree


@dataclass
class Waiting:
    """A merge with conflicts."""

    theirs: str  # a commit's id; of a revert None
    outcome: object  # merge.Outcome


@dataclass
class Branch:
    state: State
    head: Optional[str]
    tree: dict = None  # as it is now
    waiting: Optional[Waiting] = None

    def __post_init__(self):
        self.tree = self.tree or self.state.tree

    def freeze(self):
        """What it is now, to be shared."""
        if self.tree is not self.state.tree:
            self.state = State(self.state, self.tree)
        return self.state

    def become(self, state, head):
        self.state, self.tree, self.head = state, state.tree, head


class World:
    def __init__(self, mount):
        self.mount = mount
        self.branches = {}
        self.deleted = {}  # name -> Branch
        self.commits = {}
        self.tags = {}
        self.functional = set()
        self.next_identity = 1
        self.table = ""  # the store's prefixes
        self.real = {}  # identity -> the number that the mount shows
        self.unreal = {}

    def new_identity(self):
        self.next_identity += 1
        return self.next_identity - 1

    # --- history

    def ancestors(self, commit):
        found, todo = set(), [commit]
        while todo:
            commit = todo.pop()
            if commit not in found:
                found.add(commit)
                todo.extend(self.commits[commit].parents)
        return found

    def merge_base(self, one, other):
        common = self.ancestors(one) & self.ancestors(other)
        best = [
            c for c in common if not any(c != d and c in self.ancestors(d) for d in common)
        ]
        if not best:
            return None
        return max(best, key=lambda c: (self.commits[c].generation, self.commits[c].order))

    def base_of(self, commit, ours, theirs):
        """A fork shares what its source was, committed or not: where two lines of states part later
        than at the last commit that both have, that is the base of a merge."""
        known = set(ours.line())
        common = next((state for state in theirs.line() if state in known), None)
        base = self.commits[commit].state
        return common if common and base in common.line() else base

    def first_parent(self, commit, steps):
        for _ in range(steps):
            if not self.commits[commit].parents:
                return None
            commit = self.commits[commit].parents[0]
        return commit

    def reachable(self):
        """All commits that can be named, in the order in which they were made."""
        found = set()
        tops = [b.head for b in self.branches.values()] + list(self.tags.values())
        tops += [b.waiting.theirs for b in self.branches.values() if b.waiting]
        for top in tops:
            if top:
                found |= self.ancestors(top)
        return sorted(found, key=lambda commit: self.commits[commit].order)

    def forget_unreachable(self):
        found = self.reachable()
        self.commits = {i: c for i, c in self.commits.items() if i in found}
        self.deleted = {}

    def is_dirty(self, branch):
        base = self.commits[branch.head].tree if branch.head else trees.empty_tree()
        return trees.visible(base) != trees.visible(branch.tree)

    def add_commit(self, commit_id, state, parents):
        generation = 1 + max((self.commits[p].generation for p in parents), default=0)
        self.commits[commit_id] = Commit(
            commit_id, tuple(parents), state, self.new_identity(), generation
        )

    # --- the mount

    def control(self, branch, name):
        return f"{self.mount}/{branch}/.branch/{name}"

    def read(self, path):
        with open(path, "rb") as file:
            return file.read()

    def head(self, branch):
        return self.read(self.control(branch, "head")).decode().strip() or None

    def parents_shown(self, branch):
        text = self.read(self.control(branch, "commit")).decode()
        header = text.split("\n\n", 1)[0].splitlines()
        return [line.split()[1] for line in header if line.startswith("parent ")]

    def see_commit(self, branch, parents):
        """The branch has got a commit of its tree, with these parents."""
        commit_id = self.head(branch)
        if not commit_id or commit_id in self.commits:
            raise Failed(f"{branch}: the head is {commit_id}, which is no new commit")
        shown = self.parents_shown(branch)
        if shown != list(parents):
            raise Failed(f"{branch}: the commit has the parents {shown}, not {parents}")
        self.add_commit(commit_id, self.branches[branch].freeze(), parents)
        self.branches[branch].head = commit_id


# --- reading a tree from the mount


def scan(mount, top):
    """path -> (kind, data, mode, number); data of a triple file are its bytes. Numbers of one branch
    and another differ by what its top folder's differ by."""
    found, numbers = {}, {}
    origin = os.lstat(top).st_ino
    todo = [""]
    while todo:
        folder = todo.pop()
        with os.scandir(os.path.join(top, folder)) as entries:
            for entry in list(entries):
                path = os.path.join(folder, entry.name)
                found[path] = look(mount, os.path.join(top, path), entry.name, origin)
                if found[path][0] == FOLDER:
                    todo.append(path)
                twin = numbers.setdefault(found[path][3], path)
                if twin != path:
                    raise Failed(f"{top}: {twin} and {path} are one")
    return found


def own_prefixes(path):
    try:
        return os.getxattr(path, "user.triplefs.prefixes")
    except OSError as error:
        if error.errno != errno.ENODATA:
            raise
        return None


def set_of(mount, path, name=None):
    """The lines of a triple file of any syntax: copied to a file of lines, it is its set."""
    copy = f"{mount}/{SCRATCH}/lines{trees.LINES_OF[trees.extension(name or path)]}"
    with open(path, "rb") as source, open(copy, "wb") as target:
        while os.copy_file_range(source.fileno(), target.fileno(), 1 << 30):
            pass
    with open(copy, "rb") as file:
        return frozenset(file.read().splitlines(True))


def look_at_text(mount, full, name, shown):
    """What a file shows says its set, and nothing else."""
    lines = set_of(mount, full)
    with open(full, "rb") as file:
        if file.read() != shown:
            raise Failed(f"{full} is read twice, and differs")
    again = f"{mount}/{SCRATCH}/again{trees.extension(name)}"
    with open(again, "wb") as file:
        file.write(shown)
    said = set_of(mount, again)
    if said != lines:
        raise Failed(f"{full} shows {sorted(said - lines)[:5]} too much, and not {sorted(lines - said)[:5]}")
    return b"".join(sorted(lines))


def look_at_prefixes(world, path, data):
    """A file without prefixes of its own is shown with the store's: those that it uses."""
    own = own_prefixes(path)
    with open(path, "rb") as file:
        shown = file.read()
    declared = DECLARED.findall(shown)
    if own is not None:
        if declared != list(dict(line.split(b": ", 1) for line in own.splitlines() if line != b"#").items()):
            raise Failed(f"{path} declares {declared}, and has {own}")
        return
    lines = [line.encode().split(b": ", 1) for line in world.table.splitlines() if line]
    table = {name for name, iri in dict(lines).items() if iri == NAMESPACE}
    if not any(name == KNOWN for name, _ in lines):
        table.add(KNOWN)
    names = {name for name, iri in declared if iri == NAMESPACE}
    uses = any(line.split()[1].startswith(NAMESPACE[:-1] + b"p") for line in data.splitlines())
    if not names <= table or (uses and not names and table):
        raise Failed(f"{path} declares {declared}, and the store has {world.table!r}")


def look(mount, full, name, origin):
    st = os.lstat(full)
    number, mode = st.st_ino ^ origin, stat.S_IMODE(st.st_mode)
    if stat.S_ISDIR(st.st_mode):
        return FOLDER, None, mode, number
    if stat.S_ISLNK(st.st_mode):
        return LINK, os.readlink(full), mode, number
    with open(full, "rb") as file:
        data = file.read()
    if len(data) != st.st_size:
        raise Failed(f"{full} has {len(data)} bytes, and its size is {st.st_size}")
    if trees.is_rendered(name) and not name.startswith("."):
        data = look_at_text(mount, full, name, data)
    return trees.kind_of_name(name), data, mode, number


def explain(path, seen, node):
    if not seen or not node:
        return f"{path} is {'not ' if not seen else ''}there"
    if seen[0] != node.kind or seen[2] != node.mode:
        return f"{path} is {seen[0]} {seen[2]:o}, not {node.kind} {node.mode:o}"
    right = trees.content(node)
    if node.kind == TEXT:
        shown, wanted = set(seen[1].splitlines(True)), set(node.data)
        return f"{path} has too much {sorted(shown - wanted)[:5]}, lacks {sorted(wanted - shown)[:5]}"
    return f"{path} is {str(seen[1])[:200]}, not {str(right)[:200]}"


def compare(world, top, tree, past=False):
    """What the mount shows in a folder is the tree. past: identities are not looked at."""
    seen = scan(world.mount, top)
    wanted = {trees.path(tree, i): i for i in tree if i != ROOT}
    for path in sorted(set(seen) | set(wanted)):
        shown, node = seen.get(path), tree.get(wanted.get(path, -1))
        same = (
            shown
            and node
            and shown[0] == node.kind
            and (shown[2] == node.mode or node.kind == LINK)
            and shown[1] == trees.content(node)
        )
        if not same:
            raise Failed(f"{top}: {explain(path, shown, node)}")
        if node.kind == TEXT and trees.extension(node.name) in (".ttl", ".trig"):
            look_at_prefixes(world, f"{top}/{path}", shown[1])
        if past and node.kind == TEXT and own_prefixes(f"{top}/{path}") != node.own:
            raise Failed(f"{top}/{path} has the prefixes {own_prefixes(f'{top}/{path}')}, not {node.own}")
        if not past:
            bind(world, f"{top}/{path}", wanted[path], shown[3])


def bind(world, path, identity, number):
    known = world.real.setdefault(identity, number)
    if known != number or world.unreal.setdefault(number, identity) != identity:
        raise Failed(f"{path} has the number {number}, not {known}: it is another file than it was")


def adopt(world, top):
    """The tree that is there, where the model does not know."""
    seen = scan(world.mount, top)
    made, at = {ROOT: trees.empty_tree()[ROOT]}, {"": ROOT}
    for path in sorted(seen, key=lambda p: (p.count("/"), p)):
        kind, data, mode, number = seen[path]
        identity = world.unreal.get(number)
        if identity is None:
            identity = world.new_identity()
            world.real[identity] = number
            world.unreal[number] = identity
        folder, _, name = path.rpartition("/")
        if kind == TEXT:
            data = frozenset(data.splitlines(True))
        own = own_prefixes(f"{top}/{path}") if kind in (TEXT, BYTES) else None
        made[identity] = Node(at[folder], name, kind, data, 0o777 if kind == LINK else mode, own)
        at[path] = identity
    return made
