"""A branch's tree in memory, as plain as it can be.

A tree is a dict: identity -> Node, with ROOT for the branch's own folder. Trees and nodes are never
changed in place, so that a commit is the dict itself. Identities are the model's own numbers.
"""
import os
from typing import NamedTuple, Optional, Union

ROOT = 0
FOLDER, TEXT, BYTES, LINK = "dtbl"
LINES_OF = {".nt": ".nt", ".nq": ".nq", ".ttl": ".nt", ".trig": ".nq", ".rdf": ".nt"}


class Node(NamedTuple):
    parent: int
    name: str
    kind: str
    data: Union[frozenset, bytes, str, None]  # of a TEXT a set of lines, of a LINK its target
    mode: int
    own: Optional[bytes] = None  # its own prefixes, as the mount told them last (Operations.learn)


def empty_tree():
    return {ROOT: Node(-1, "", FOLDER, None, 0o755)}


def extension(name):
    return os.path.splitext(name)[1]


def kind_of_name(name):
    return TEXT if extension(name) in LINES_OF else BYTES


def has_graphs(name):
    return LINES_OF.get(extension(name)) == ".nq"


def is_rendered(name):
    """A triple file that is shown as something else than its lines."""
    return LINES_OF.get(extension(name), extension(name)) != extension(name)


def canonical(lines):
    return b"".join(sorted(lines))


def content(node):
    """The bytes that reading a file gives; of one that is rendered, those of its lines."""
    return canonical(node.data) if node.kind == TEXT else node.data


def path(tree, identity):
    parts = []
    while identity != ROOT:
        node = tree[identity]
        parts.append(node.name)
        identity = node.parent
    return "/".join(reversed(parts))


def children(tree, folder):
    return {node.name: identity for identity, node in tree.items() if node.parent == folder}


def child(tree, folder, name):
    for identity, node in tree.items():
        if node.parent == folder and node.name == name:
            return identity
    return None


def below(tree, top):
    """The identity and everything in it, folders first."""
    found = [top]
    for identity in found:
        found.extend(i for i, node in tree.items() if node.parent == identity)
    return found


def visible(tree):
    """What users can see of a tree."""
    return {path(tree, i): node[2:] for i, node in tree.items() if i != ROOT}


def lines_of(node):
    return node.data if node and node.kind == TEXT else frozenset()


def pairs(past, now):
    """What is one thing in two states: by identity, else by the path."""
    found = [(i, i) for i in past if i in now]
    gone = {path(past, i): i for i in past if i not in now}
    for identity in now:
        if identity in past:
            continue
        old = gone.get(path(now, identity))
        if old is not None and past[old].kind == now[identity].kind:
            found.append((old, identity))
    return found


def triples_between(past, now):
    """How many triples were added and removed."""
    paired = pairs(past, now)
    added = sum(len(lines_of(now[new]) - lines_of(past[old])) for old, new in paired)
    removed = sum(len(lines_of(past[old]) - lines_of(now[new])) for old, new in paired)
    olds = {old for old, _ in paired}
    news = {new for _, new in paired}
    removed += sum(len(lines_of(past[i])) for i in past if i not in olds)
    added += sum(len(lines_of(now[i])) for i in now if i not in news)
    return added, removed


def rows_between(past, now):
    """How many rows A and D a patch has. What is deleted, also to be of another kind, has none."""
    paired = {(old, new) for old, new in pairs(past, now) if past[old].kind == now[new].kind}
    news = {new for _, new in paired}
    added = sum(len(lines_of(now[new]) - lines_of(past[old])) for old, new in paired)
    removed = sum(len(lines_of(past[old]) - lines_of(now[new])) for old, new in paired)
    return added + sum(len(lines_of(now[i])) for i in now if i not in news), removed
