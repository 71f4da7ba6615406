"""SPDX 2.3 in JSON, as strictly as its specification has it for what a list of packages says.

check(document) raises AssertionError with the place of the first fault; what the specification knows and this
does not is a fault too, so that a misspelt field cannot pass.
"""
import re

ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
URI = re.compile(r"[a-z][a-z0-9+.-]*://[^\s#]+")
CREATOR = re.compile(r"(?:Person|Organization|Tool): \S.*")
SUPPLIER = re.compile(r"(?:(?:Person|Organization): \S.*|NOASSERTION)")
PURL = re.compile(r"pkg:[a-z]+/[a-z]+/[a-z0-9.+-]+@[A-Za-z0-9.%:~-]+\?arch=[a-z0-9]+(?:&[a-z]+=[a-z0-9]+)*")
SHA256 = re.compile(r"[0-9a-f]{64}")
LICENCES = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "curl", "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-or-later", "ISC",
            "LGPL-2.1-or-later", "MIT", "MPL-2.0", "Zlib"}
EXCEPTIONS = {"GCC-exception-3.1", "Linux-syscall-note"}
RELATIONS = {"DESCRIBES", "STATIC_LINK", "BUILD_DEPENDENCY_OF", "RUNTIME_DEPENDENCY_OF"}


def text(pattern):
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def const(*values):
    return lambda value: any(value is v or (isinstance(v, str) and value == v) for v in values)


def every(rule):
    return lambda value: isinstance(value, list) and len(value) > 0 and all(rule(v) for v in value)


def licence(value):
    """An expression of SPDX's own identifiers, joined by AND and WITH."""
    for part in value.split(" AND "):
        name, _, exception = part.partition(" WITH ")
        if name not in LICENCES or (exception and exception not in EXCEPTIONS):
            return False
    return True


def fields(rules, optional=()):
    """An object of exactly these fields, each by its rule."""
    def rule(value):
        assert isinstance(value, dict), value
        assert set(value) - set(optional) == set(rules) - set(optional), f"fields {sorted(value)} in {value}"
        for name, content in value.items():
            assert rules[name](content), f"{name}: {content!r}"
        return True
    return rule


NONEMPTY = text(re.compile(r"\S.*"))
CHECKSUM = fields({"algorithm": const("SHA256"), "checksumValue": text(SHA256)})
REFERENCE = fields({"referenceCategory": const("PACKAGE-MANAGER"), "referenceType": const("purl"), "referenceLocator": text(PURL)})
PACKAGE = fields({
    "SPDXID": text(ID), "name": NONEMPTY, "versionInfo": NONEMPTY, "downloadLocation": const("NOASSERTION"),
    "filesAnalyzed": const(False), "checksums": every(CHECKSUM), "licenseConcluded": licence, "licenseDeclared": licence,
    "copyrightText": const("NOASSERTION"), "supplier": text(SUPPLIER), "externalRefs": every(REFERENCE),
    "packageFileName": NONEMPTY, "primaryPackagePurpose": const("APPLICATION"),
}, optional=("externalRefs", "packageFileName", "primaryPackagePurpose"))
RELATION = fields({"spdxElementId": text(ID), "relatedSpdxElement": text(ID), "relationshipType": const(*RELATIONS)})
DOCUMENT = fields({
    "spdxVersion": const("SPDX-2.3"), "dataLicense": const("CC0-1.0"), "SPDXID": const("SPDXRef-DOCUMENT"), "name": NONEMPTY,
    "documentNamespace": text(URI), "packages": every(PACKAGE), "relationships": every(RELATION),
    "creationInfo": fields({"created": text(TIME), "creators": every(text(CREATOR))}),
})


def check(document):
    """Fields by the tables above; ids are there once, and relations are between what is there."""
    assert DOCUMENT(document)
    ids = [p["SPDXID"] for p in document["packages"]]
    assert len(ids) == len(set(ids)), "an id is there twice"
    known = {"SPDXRef-DOCUMENT", *ids}
    related = set()
    for relation in document["relationships"]:
        ends = {relation["spdxElementId"], relation["relatedSpdxElement"]}
        assert ends <= known, relation
        related |= ends
    assert related == known, f"nothing is said of {known - related}"


def related(document, kind, one=None):
    """The elements that are at the other end of relations of a kind."""
    return [r["relatedSpdxElement"] for r in document["relationships"]
            if r["relationshipType"] == kind and one in (None, r["spdxElementId"])]
