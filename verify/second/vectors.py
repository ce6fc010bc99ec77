#!/usr/bin/env python3
"""Holds the second verifier to the vectors: python3 verify/second/vectors.py ledger.json published.json protocol-folder

Prints one line of JSON: how many answers were as they have to be, and each that was not.
"""

import json
import os
import sys
from hashlib import sha256

from canonical import Refused, parse, write
from kept import open_sealed
from log_keys import LogKeys
from merkle import EMPTY_ROOT, Edge, is_consistent, is_included, leaf_hash
from note import ED25519, Checkpoint, from_base64, key_id, open_checkpoint, open_note, parse_note, verifies
from story import signed_text

wrong = []
right = 0


def expect(name, holds):
    global right
    if holds:
        right += 1
    else:
        wrong.append(name)


def refuses(work):
    try:
        work()
    except Refused:
        return True
    return False


def roots_of(leaves):
    edge = Edge()
    roots = [edge.root()]
    for leaf in leaves:
        edge.add(leaf_hash(leaf))
        roots.append(edge.root())
    return roots


def hexes(texts):
    return [bytes.fromhex(text) for text in texts]


def ledger(vectors):
    leaves = hexes(vectors["leaves"])
    hashes = [leaf_hash(leaf) for leaf in leaves]
    roots = roots_of(leaves)
    expect("leaf hashes", [one.hex() for one in hashes] == vectors["leaf_hashes"])
    expect("roots", [one.hex() for one in roots] == vectors["roots"])
    for v in vectors["inclusion"]:
        expect(f"inclusion {v['index']} in {v['size']}", is_included(v["index"], v["size"], hashes[v["index"]], hexes(v["proof"]), roots[v["size"]]))
    for v in vectors["consistency"]:
        expect(f"consistency {v['from']} to {v['to']}", is_consistent(v["from"], roots[v["from"]], v["to"], roots[v["to"]], hexes(v["proof"])))
    for v in vectors["refused_inclusion"]:
        expect(f"no inclusion: {v['why']}", not is_included(v["index"], v["size"], bytes.fromhex(v["leaf_hash"]), hexes(v["proof"]), bytes.fromhex(v["root"])))
    for v in vectors["refused_consistency"]:
        claim = (v["from"], bytes.fromhex(v["from_root"]), v["to"], bytes.fromhex(v["to_root"]), hexes(v["proof"]))
        expect(f"no consistency: {v['why']}", not is_consistent(*claim))
    about = vectors["checkpoint"]
    key = bytes.fromhex(about["public_key"])
    expect("key id", key_id(about["origin"], ED25519, key).hex() == about["key_id"])
    for v in [{"why": "as signed", "note": about["note"]}, *vectors["also_opens"]]:
        one = open_checkpoint(v["note"], about["origin"], LogKeys([key], None))
        expect(f"opens: {v['why']}", (one.size, one.root.hex()) == (about["size"], about["root"]))
    for v in vectors["refused_notes"]:
        expect(f"does not open: {v['why']}", refuses(lambda: open_checkpoint(v["note"], about["origin"], LogKeys([key], None))))


def published(vectors):
    tree, note, checkpoint = vectors["tree"], vectors["note"], vectors["checkpoint"]
    roots = roots_of(hexes(tree["leaves"]))
    hashes = [leaf_hash(leaf) for leaf in hexes(tree["leaves"])]
    expect("published empty root", EMPTY_ROOT.hex() == tree["emptyRoot"])
    expect("published roots", [one.hex() for one in roots[1:]] == tree["roots"])
    for v in tree["inclusion"]:
        expect(f"published inclusion {v['index']} in {v['size']}", is_included(v["index"], v["size"], hashes[v["index"]], hexes(v["proof"]), roots[v["size"]]))
    for v in tree["consistency"]:
        expect(f"published consistency {v['from']} to {v['to']}", is_consistent(v["from"], roots[v["from"]], v["to"], roots[v["to"]], hexes(v["proof"])))
    text = f"{note['text']}\n{note['line']}{note['other']['line']}"
    for one in (note, note["other"]):
        key = from_base64(one["key"])[1:]
        expect(f"published note of {one['name']}", open_note(text, one["name"], [key]) == note["text"])
        expect(f"published id of {one['name']}", key_id(one["name"], ED25519, key).hex() == one["id"])
    read = Checkpoint(parse_note(checkpoint["note"])[0])
    expect("published checkpoint", (read.origin, read.size, read.root) == (checkpoint["origin"], checkpoint["size"], from_base64(checkpoint["root"])))


def protocol(folder):
    def read(name):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            return json.load(file)

    for v in read("signatures.json"):
        text = signed_text(v["kind"], v["value"])
        expect(f"signed text of {v['kind']}", text.decode() == v["signed_text"])
        expect(f"signature of {v['kind']}", verifies(from_base64(v["public_key"], 32), text, from_base64(v["signature"], 64)))
    for number, v in enumerate(read("leaf.json")["taken"]):
        expect(f"leaf {number}", write(v["fields"]) == v["text"] and parse(v["text"]) == v["fields"])
        expect(f"leaf hash {number}", leaf_hash(v["text"].encode()).hex() == v["leaf_hash"])
    kept(read("kept.json"))


def kept(vectors):
    """Results sealed to a tenant: opened, or refused."""
    secret = bytes.fromhex(vectors["tenant_secret"])
    for v in vectors["taken"]:
        expect("kept context", write(v["of"] | {"v": 1}) == v["context"])
        expect("kept opens", open_sealed(secret, bytes.fromhex(v["sealed"]), json.loads(v["context"])) == v["text"])
        expect("kept digests", sha256(bytes.fromhex(v["sealed"])).hexdigest() == v["sealed_sha256"] and sha256(v["text"].encode()).hexdigest() == v["of"]["result_sha256"])
        signed = signed_text("kept", json.loads(v["context"]) | {"key": vectors["tenant_key"], "sealed_sha256": v["sealed_sha256"]})
        expect("kept signed", signed.decode() == v["signed_text"] and verifies(from_base64(vectors["machine_key"], 32), signed, from_base64(v["signature"], 64)))
    for v in vectors["refused"]:
        expect(f"kept does not open: {v['why']}", refuses(lambda: open_sealed(bytes.fromhex(v["secret"]), bytes.fromhex(v["sealed"]), json.loads(v["context"]))))


def canonical(vectors):
    """RFC 8785 by value and text, and texts that are no canonical spelling."""
    for text in vectors["taken"]:
        expect(f"canonical {text[:60]}", write(parse(text)) == text)
    for text in vectors["refused"]:
        expect(f"not canonical {text[:60]!r}", refuses(lambda: parse(text)))


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        ledger(json.load(file))
    with open(sys.argv[2], encoding="utf-8") as file:
        given = json.load(file)
    published(given)
    canonical(given["canonical"])
    protocol(sys.argv[3])
    print(json.dumps({"right": right, "wrong": wrong}))
    sys.exit(1 if wrong else 0)
