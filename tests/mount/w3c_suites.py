#!/usr/bin/env python3
"""Brings the files of W3C suites through a mounted branch: writes each into it, reads it back, and
compares what it says with what its manifest expects, up to the labels of blank nodes.

w3c_suites.py BRANCH MANIFEST...

BRANCH is a branch's folder in a mount. Manifests are read through the mount, too: as Turtle in, as
N-Triples out. Prints what fails, and "N passed, N failed".
"""
import os
import re
import sys

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFT = "http://www.w3.org/ns/rdftest#"
LITERAL = r'"(?:[^"\\]|\\.)*"'
TERM = re.compile(LITERAL + r'(?:\^\^<[^>]*>|@[A-Za-z0-9-]+)?|<<\(|\)>>|<[^<>"]*>|_:[^\s<>()"]+')
LINES_OF = {".nt": ".nt", ".ttl": ".nt", ".rdf": ".nt", ".nq": ".nq", ".trig": ".nq"}


class Failure(Exception):
    pass


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def copy(path, to):
    """As cp does it: from one syntax to another, the set is copied, not its text."""
    with open(path, "rb") as source, open(to, "wb") as target:
        while os.copy_file_range(source.fileno(), target.fileno(), 1 << 30):
            pass


def lines_of(path):
    """The canonical lines of a triple file of any syntax: its name decides how it is shown."""
    stem, extension = os.path.splitext(path)
    as_lines = stem + ".as-lines" + LINES_OF[extension]
    copy(path, as_lines)
    text = read(as_lines).decode()
    os.unlink(as_lines)
    return [tuple(TERM.findall(line)) for line in text.splitlines()]


def is_blank(term):
    return term.startswith("_:")


def colours_of(statements):
    """What tells blank nodes apart without their labels: the statements around them."""
    colour = {term: "" for s in statements for term in s if is_blank(term)}
    for _ in range(len(colour) + 1):
        around = {node: [] for node in colour}
        for statement in statements:
            for node in {t for t in statement if is_blank(t)}:
                around[node].append(tuple(
                    "@" if t == node else "~" + colour[t] if is_blank(t) else t for t in statement))
        new = {node: str(hash((colour[node], tuple(sorted(lines)))))
               for node, lines in around.items()}
        if len(set(new.values())) == len(set(colour.values())) and _ > 0:
            return new
        colour = new
    return colour


def renamed(statements, names):
    return {tuple(names.get(t, t) for t in s) for s in statements}


def isomorphic(left, right):
    left_colours, right_colours = colours_of(left), colours_of(right)
    if sorted(left_colours.values()) != sorted(right_colours.values()):
        return False
    nodes = sorted(left_colours, key=lambda n: (left_colours[n], n))
    target = set(right)

    def assign(at, names):
        if at == len(nodes):
            return renamed(left, names) == target
        for other, colour in right_colours.items():
            if colour == left_colours[nodes[at]] and other not in names.values():
                if assign(at + 1, {**names, nodes[at]: other}):
                    return True
        return False

    return len(set(left)) == len(target) and assign(0, {})


class Suite:
    def __init__(self, branch, manifest):
        self.branch = branch
        self.manifest = manifest
        self.folder = os.path.dirname(manifest)
        inside = os.path.join(branch, "manifest.ttl")
        write(inside, read(manifest))
        self.facts = {}
        for subject, predicate, value in lines_of(inside):
            self.facts.setdefault((subject, predicate[1:-1]), []).append(value)
        os.unlink(inside)

    def values(self, subject, predicate):
        return self.facts.get((subject, predicate), [])

    def tests(self):
        for (subject, predicate), kinds in sorted(self.facts.items()):
            if predicate == RDF + "type" and kinds[0].startswith("<" + RDFT):
                yield subject, kinds[0][len(RDFT) + 1:-1]

    def base(self):
        bases = [v[0] for (_, p), v in self.facts.items() if p == MF + "assumedTestBase"]
        return bases[0][1:-1]

    def name_of(self, iri):
        """The name of a test's file, from the manifest's folder: the manifest was read as
        file:///manifest.ttl, or names its files wholly."""
        iri = iri[1:-1]
        for start in ("file:///", self.base()):
            if iri.startswith(start):
                return iri[len(start):]
        return iri.rsplit("/", 1)[-1]

    def statements_of(self, path):
        """A text of RDF/XML cannot be given the base that the suite assumes: what was resolved
        against the file's own is changed."""
        if not path.endswith(".rdf"):
            return lines_of(path)
        return [tuple(t.replace("<file:///", "<" + self.base()) for t in s) for s in lines_of(path)]

    def refused(self, path, data):
        name = os.path.relpath(path, self.branch)
        try:
            write(path, data)
        except OSError as error:
            if error.strerror != "Invalid argument":
                raise Failure(f"refused as {error.strerror}") from error
        else:
            raise Failure("was taken")
        said = read(os.path.join(self.branch, ".branch/error")).decode()
        if not re.search(re.escape(name) + r": line \d+, column \d+: ", said):
            raise Failure("the error says no place: " + said[-300:])
        kept = os.path.join(self.branch, ".branch/rejected", name)
        if read(kept) != data:
            raise Failure("what was refused was not kept")
        os.unlink(kept)

    def accepted(self, path, data, result):
        write(path, data)
        shown = read(path)
        if len(shown) != os.stat(path).st_size:
            raise Failure("st_size is not the size")
        statements = self.statements_of(path)
        again = os.path.join(self.branch, "again" + os.path.splitext(path)[1])
        write(again, shown)
        if not isomorphic(self.statements_of(again), statements):
            raise Failure("what is shown says something else: " + shown.decode())
        os.unlink(again)
        if result is None:
            return
        expected = os.path.join(self.branch, "expected" + os.path.splitext(result)[1])
        write(expected, read(result))
        if not isomorphic(lines_of(expected), statements):
            raise Failure("is something else than expected: " + shown.decode())
        os.unlink(expected)

    def run(self, subject, kind):
        action = self.name_of(self.values(subject, MF + "action")[0])
        results = [os.path.join(self.folder, self.name_of(result))
                   for result in self.values(subject, MF + "result")]
        path = os.path.join(self.branch, action)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        data = read(os.path.join(self.folder, action))
        if action.endswith((".ttl", ".trig")):
            data = f"@base <{self.base()}{action}> .\n".encode() + data
        try:
            if "Negative" in kind:
                self.refused(path, data)
            else:
                self.accepted(path, data, results[0] if results else None)
        finally:
            if os.path.exists(path):
                os.unlink(path)


def main():
    passed = failed = 0
    branch = sys.argv[1]
    for manifest in sys.argv[2:]:
        suite = Suite(branch, manifest)
        for subject, kind in suite.tests():
            try:
                suite.run(subject, kind)
                passed += 1
            except (Failure, OSError) as error:
                failed += 1
                print(f"{manifest}: {subject} ({kind}): {error}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
