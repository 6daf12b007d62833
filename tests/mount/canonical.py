#!/usr/bin/env python3
"""The canonical form of valid N-Triples or N-Quads.

canonical.py FILE...            of all of them together, on standard output
canonical.py --into DIR FILE... of each, in a file of its name in DIR

Made for the mount tests to compare with: it follows the W3C texts, shares no code with triplefs,
and refuses nothing that it happens to understand.
"""
import os
import re
import sys

ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
SHORT = {"\t": "\\t", "\b": "\\b", "\n": "\\n", "\r": "\\r", "\f": "\\f", '"': '\\"', "\\": "\\\\"}
UNESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
TO_ESCAPE = re.compile(r'[\x00-\x1f"\\\x7f\ufffe\uffff]')
NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
TERM = re.compile(
    r'[ \t]*(?:(?P<mark><<\(|\)>>)|(?P<iri><[^>]*>)|(?P<blank>_:[^ \t<>"#)]+)'
    r'|(?P<text>"(?:[^"\\]|\\.)*")(?:[ \t]*\^\^[ \t]*(?P<type><[^>]*>)|[ \t]*@(?P<tag>[A-Za-z0-9-]+))?)'
)
END = re.compile(r"[ \t]*\.[ \t]*(?:#.*)?$")
NOTHING = re.compile(r'[ \t]*(?:VERSION[ \t]*"[^"]*"[ \t]*)?(?:#.*)?$')


def unescape(match):
    short, long, other = match.groups()
    return ESCAPES[other] if other else chr(int(short or long, 16))


def iri(text):
    def keep_what_must_stay(match):
        char = unescape(match)
        return match.group() if NOT_IN_IRI.match(char) else char

    return UNESCAPE.sub(keep_what_must_stay, text)


def escape(match):
    char = match.group()
    return SHORT.get(char) or "\\u%04X" % ord(char)


def term(match):
    if match["mark"]:
        return match["mark"]
    if match["iri"]:
        return iri(match["iri"])
    if match["blank"]:
        return match["blank"]
    text = match["text"]
    if "\\" in text or TO_ESCAPE.search(text, 1, len(text) - 1):
        text = '"' + TO_ESCAPE.sub(escape, UNESCAPE.sub(unescape, text[1:-1])) + '"'
    if match["tag"]:
        return text + "@" + match["tag"].lower()
    if match["type"] and iri(match["type"]) != "<http://www.w3.org/2001/XMLSchema#string>":
        return text + "^^" + iri(match["type"])
    return text


def statement(line):
    terms, at = [], 0
    while not END.match(line, at):
        match = TERM.match(line, at)
        # A label cannot end with a dot: that one ends the statement.
        if match and match["blank"] and match["blank"].endswith("."):
            label = match["blank"].rstrip(".")
            terms.append(label)
            at = match.start("blank") + len(label)
            continue
        if not match:
            sys.exit("not understood: " + line)
        terms.append(term(match))
        at = match.end()
    return " ".join(terms) + " ."


def canonical(paths):
    seen = set()
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            for line in re.split(r"[\r\n]+", file.read()):
                if not NOTHING.match(line):
                    seen.add(statement(line))
    return b"".join(sorted(line.encode() + b"\n" for line in seen))


def main():
    if sys.argv[1] != "--into":
        sys.stdout.buffer.write(canonical(sys.argv[1:]))
        return
    for path in sys.argv[3:]:
        with open(os.path.join(sys.argv[2], os.path.basename(path)), "wb") as file:
            file.write(canonical([path]))


main()
