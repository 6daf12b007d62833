"""Texts of the syntaxes that are not lines, made of lines at random: what a person might write."""
import re

STATEMENT = re.compile(rb'(\S+) (\S+) ("(?:[^"\\]|\\.)*"\S*|\S+)(?: (\S+))? \.\n')
NAMESPACE = b"http://example.org/"
SHORT = re.compile(rb"<http://example\.org/([a-z][a-z0-9]*)>")
LITERAL = re.compile(rb'"((?:[^"\\]|\\.)*)"(?:@(\S+))?')


def fields(line):
    return STATEMENT.fullmatch(line).groups()


def one_subject(chance, statements):
    """[(predicate, object)] of one subject, with `;` and `,`."""
    parts = []
    for predicate in sorted({p for p, _ in statements}, key=lambda _: chance.random()):
        objects = [o for p, o in statements if p == predicate]
        parts.append(predicate + b" " + b" , ".join(objects))
    return b" ;\n    ".join(parts)


def turtle(chance, lines, graphs):
    """Turtle, or TriG if there may be graphs."""
    blocks = {}
    for line in sorted(set(lines), key=lambda _: chance.random()):
        subject, predicate, value, graph = fields(line)
        blocks.setdefault(graph, {}).setdefault(subject, []).append((predicate, value))
    text = b""
    for graph, subjects in blocks.items():
        body = b"".join(s + b" " + one_subject(chance, of) + b" .\n" for s, of in subjects.items())
        text += body if graph is None else graph + b" {\n" + body + b"}\n"
    if chance.random() < 0.4:
        return text
    name = chance.choice([b"", b"ex", b"data", b"\xc5\xbelu\xc5\xa5"])
    declared = chance.choice([b"@prefix %s: <%s> .\n", b"PREFIX %s: <%s>\n"]) % (name, NAMESPACE)
    return b"# made\n" + declared + SHORT.sub(lambda m: name + b":" + m[1], text)


def resource(attribute, term):
    if term.startswith(b"_:"):
        return b'rdf:nodeID="' + term[2:] + b'"'
    return b"rdf:%s=\"%s\"" % (attribute, term[1:-1])


def rdfxml(lines):
    text = b'<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    for line in lines:
        subject, predicate, value, _ = fields(line)
        cut = max(predicate.rfind(b"#"), predicate.rfind(b"/")) + 1
        tag = b'p:%s xmlns:p="%s"' % (predicate[cut:-1], predicate[1:cut])
        literal = LITERAL.fullmatch(value)
        text += b"<rdf:Description %s>" % resource(b"about", subject)
        if literal:
            language = b' xml:lang="%s"' % literal[2] if literal[2] else b""
            text += b"<%s%s>%s</p:%s>" % (tag, language, literal[1], predicate[cut:-1])
        else:
            text += b"<%s %s/>" % (tag, resource(b"resource", value))
        text += b"</rdf:Description>\n"
    return text + b"</rdf:RDF>\n"


def text_of(chance, extension, lines):
    if extension == ".rdf":
        return rdfxml(lines)
    if extension in (".ttl", ".trig"):
        return turtle(chance, lines, extension == ".trig")
    return b"".join(lines)
