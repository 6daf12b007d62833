"""The merge of two trees, by the rules that users are told and nothing else: sets and slots.

Nothing here is fast, and nothing is shared with triplefs.
"""
import re
from typing import NamedTuple

from tree import BYTES, FOLDER, ROOT, TEXT, Node, child, extension, lines_of

LINE = re.compile(rb'(\S+) (\S+) ("(?:[^"\\]|\\.)*"\S*|\S+)(?: (\S+))? \.\n')
RDF_TYPE = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
FUNCTIONAL = b"<http://www.w3.org/2002/07/owl#FunctionalProperty>"


class Outcome(NamedTuple):
    kind: str  # "clean", "slots": these alone are in conflict; "files"; "unsure"
    tree: dict  # of "clean", and of "slots" with these slots as ours has them
    slots: dict  # identity in the tree -> (base, ours, theirs): the statements in conflict
    why: str = ""


def slot_of(line):
    subject, predicate, _, graph = LINE.fullmatch(line).groups()
    return subject, predicate, graph


def declared(*trees):
    """The predicates that the trees say are functional."""
    found = set()
    for tree in trees:
        for node in tree.values():
            for line in lines_of(node):
                if FUNCTIONAL in line and RDF_TYPE in line:
                    found.add(line.split()[0])
    return found


def slots_in_conflict(base, ours, theirs, policy, functional):
    found, slots = set(), {}
    for number, side in enumerate((base, ours, theirs)):
        for line in side:
            slots.setdefault(slot_of(line), (set(), set(), set()))[number].add(line)
    for slot, (b, o, t) in slots.items():
        if o == b or t == b or o == t:
            continue
        both_added = not b - o and not b - t
        both_removed = not o - b and not t - b
        too_many = slot[1] in functional and len(o | t) > 1
        if policy == "strict" or not (both_removed or (both_added and not too_many)):
            found.add(slot)
    return found


def merge_texts(base, ours, theirs, policy, functional):
    """The result, and the statements of slots that wait: (base, ours, theirs) or None."""
    result = (ours & theirs) | (ours - base) | (theirs - base)
    if policy == "union" or base in (ours, theirs) or ours == theirs:
        return result, None
    waits = slots_in_conflict(base, ours, theirs, policy, functional)
    if not waits:
        return result, None

    def of(side):
        return frozenset(line for line in side if slot_of(line) in waits)

    take = theirs if policy == "theirs" else ours
    result = frozenset(line for line in result if slot_of(line) not in waits) | of(take)
    return result, (of(base), of(ours), of(theirs)) if policy in ("auto", "strict") else None


# --- what is one thing on the three sides


def shape(node):
    return BYTES if node.kind == TEXT else node.kind


def counterpart(base, side, identity):
    """What is in a side what something in base was: itself, or what took its place."""
    if identity in side:
        return identity
    folder = counterpart(base, side, base[identity].parent)
    found = child(side, folder, base[identity].name) if folder is not None else None
    if found is None or found in base or shape(side[found]) != shape(base[identity]):
        return None
    return found


def by_depth(tree):
    order = [ROOT]
    for identity in order:
        order.extend(i for i, node in tree.items() if node.parent == identity)
    return order


def entities(base, ours, theirs):
    """entity -> [identity or None in base, ours, theirs]; an entity is named by one of them."""
    of_ours, of_theirs = {}, {}
    for identity in base:
        for side, other, names in ((ours, theirs, of_ours), (theirs, ours, of_theirs)):
            found = counterpart(base, side, identity)
            if found not in (None, identity) and found in other:
                # What both have is itself, unless it took the same path on both.
                found = found if counterpart(base, other, identity) == found else None
            if found is not None:
                names.setdefault(found, identity)
    for identity in by_depth(ours):
        of_ours.setdefault(identity, identity)
    places = {
        (of_ours[node.parent], node.name): identity
        for identity, node in ours.items()
        if identity != ROOT
    }
    for identity in by_depth(theirs):
        if identity in of_theirs:
            continue
        node = theirs[identity]
        there = places.get((of_theirs.get(node.parent), node.name))
        same = (
            identity not in ours
            and there is not None
            and there not in base
            and there not in theirs
            and of_ours[there] == there
            and shape(ours[there]) == shape(node)
        )
        of_theirs[identity] = there if same else identity
    found = {}
    for number, names in enumerate(({i: i for i in base}, of_ours, of_theirs)):
        for identity, entity in names.items():
            found.setdefault(entity, [None, None, None])[number] = identity
    return found, of_ours, of_theirs


class TreeMerge:
    def __init__(self, base, ours, theirs, policy, functional):
        self.sides = base, ours, theirs
        self.policy = policy
        self.functional = functional
        self.files = []  # conflicts of whole files
        self.unsure = []
        self.slots = {}
        self.placed = {}  # entity -> (folder's entity, name)
        self.nodes = {}  # entity -> (identity, kind, data, mode)
        self.joined = set()  # folders of ours that are one with others of theirs
        self.emptied = set()  # folders that one side deleted: they go if nothing is in them
        self.revived = {}  # folders that ours deleted: they come back if something is in them

    def run(self):
        found, of_ours, of_theirs = entities(*self.sides)
        self.found = found
        self.names = {i: i for i in self.sides[0]}, of_ours, of_theirs
        for entity, identities in found.items():
            if entity != ROOT:
                self.merge_entity(entity, *identities)
        self.settle_folders()
        while self.join_folders():
            pass
        self.look_at_places()
        if self.unsure or (self.files and self.policy not in ("auto", "strict")):
            return Outcome("unsure", None, {}, "; ".join(self.unsure + self.files))
        if self.files:
            return Outcome("files", None, {}, "; ".join(self.files))
        tree = {ROOT: self.sides[1][ROOT]}
        identity_of = {ROOT: ROOT} | {e: node[0] for e, node in self.nodes.items()}
        for entity, (identity, kind, data, mode, own) in self.nodes.items():
            folder, name = self.placed[entity]
            tree[identity] = Node(identity_of[folder], name, kind, data, mode, own)
        slots = {identity_of[entity]: sides for entity, sides in self.slots.items()}
        return Outcome("slots" if slots else "clean", tree, slots)

    def place(self, side, identity):
        node = self.sides[side][identity]
        return self.names[side][node.parent], node.name

    def keep(self, entity, side, identity):
        node = self.sides[side][identity]
        self.placed[entity] = self.place(side, identity)
        self.nodes[entity] = identity, node.kind, node.data, node.mode, node.own

    def merge_entity(self, entity, base, ours, theirs):
        if base is None and theirs is None:
            self.keep(entity, 1, ours)
        elif base is None and ours is None:
            self.keep(entity, 2, theirs)
        elif ours is None and theirs is None:
            return
        elif theirs is None:
            self.gone(entity, base, 1, ours)
        elif ours is None:
            self.gone(entity, base, 2, theirs)
        else:
            self.merge_both(entity, base, ours, theirs)

    def gone(self, entity, base, side, identity):
        """Deleted on the other side."""
        old, node = self.sides[0][base], self.sides[side][identity]
        if node.kind == FOLDER:
            if side == 1:
                self.keep(entity, 1, identity)
                self.emptied.add(entity)
            else:
                self.revived[entity] = identity
        elif node.kind != old.kind:
            self.unsure.append(f"{node.name} became another kind of file, and was deleted")
        elif node.data != old.data or self.place(side, identity) != self.place(0, base):
            self.files.append(f"{node.name} was deleted and changed")

    def merge_both(self, entity, base, ours, theirs):
        o, t = self.sides[1][ours], self.sides[2][theirs]
        b = self.sides[0][base] if base is not None else None
        place = self.place(1, ours)
        if b and self.place(2, theirs) not in (self.place(0, base), place):
            if place == self.place(0, base):
                place = self.place(2, theirs)
            elif o.kind != FOLDER:
                self.files.append(f"{o.name} has got another name on both sides")
            elif self.policy != "auto":
                self.unsure.append("a folder has got another name on both sides")
        elif not b and place != self.place(2, theirs):
            self.unsure.append("new on both sides, in two places")
        mode = t.mode if b and o.mode == b.mode else o.mode
        self.placed[entity] = place
        own = t.own if b and o.own == b.own else o.own
        self.nodes[entity] = ours, o.kind, self.merge_data(entity, b, o, t), mode, own
        if {o.kind, t.kind} | ({b.kind} if b else set()) == {TEXT, BYTES}:
            self.unsure.append("a text on one side, plain on the other")
        if o.kind == TEXT and extension((b or o).name) != extension(t.name):
            self.unsure.append("another syntax")

    def merge_data(self, entity, base, ours, theirs):
        old = base.data if base else None
        if ours.data == theirs.data or (base and theirs.data == old):
            return ours.data
        if base and ours.data == old:
            return theirs.data
        if ours.kind != TEXT or theirs.kind != TEXT:
            self.files.append(f"{ours.name} was changed differently")
            return ours.data
        result, waits = merge_texts(
            lines_of(base), ours.data, theirs.data, self.policy, self.functional
        )
        if waits:
            self.slots[entity] = waits
        return result

    def settle_folders(self):
        wanted = {folder for folder, _ in self.placed.values()}
        while True:
            back = [e for e in self.revived if e in wanted and e not in self.placed]
            if not back:
                break
            for entity in back:
                self.keep(entity, 2, self.revived[entity])
                wanted.add(self.placed[entity][0])
        while True:
            used = {folder for folder, _ in self.placed.values()}
            unused = [e for e in self.emptied if e in self.placed and e not in used]
            if not unused:
                break
            for entity in unused:
                del self.placed[entity], self.nodes[entity]

    def join_folders(self):
        """A folder that theirs has alone is one with that of ours which has its place."""
        places = {place: e for e, place in self.placed.items() if self.is_where_ours_is(e)}
        for entity, place in self.placed.items():
            there = places.get(place, entity)
            if there == entity or self.found[entity][1] is not None:
                continue
            if self.nodes[entity][1] == self.nodes[there][1] == FOLDER:
                del self.placed[entity], self.nodes[entity]
                for inside, (folder, name) in self.placed.items():
                    if folder == entity:
                        self.placed[inside] = there, name
                        self.joined.add(there)
                return True
        return False

    def is_where_ours_is(self, entity):
        ours = self.found[entity][1]
        return ours is not None and self.placed[entity] == self.place(1, ours)

    def look_at_places(self):
        taken = {}
        for entity, place in self.placed.items():
            if place in taken and place[0] in self.joined:
                self.unsure.append(f"two claim {place[1]} in a folder that was two")
            elif place in taken:
                self.files.append(f"two claim {place[1]}")
            taken[place] = entity
            if place[0] != ROOT and place[0] not in self.placed:
                self.unsure.append(f"the folder of {place[1]} is gone")
        for entity in self.placed:
            seen = set()
            while entity in self.placed and entity not in seen:
                seen.add(entity)
                entity = self.placed[entity][0]
            if entity in seen:
                self.unsure.append("folders lie in each other")
                return


def merge_trees(base, ours, theirs, policy="auto", functional=frozenset()):
    known = set(functional) | declared(ours, theirs)
    return TreeMerge(base, ours, theirs, policy, known).run()
