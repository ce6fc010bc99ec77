#!/usr/bin/env python3
"""A second verifier: python3 verify/second/verify.py bundle FILE [--trust trust.json] [--json]

Exit codes: 0 verified, 1 not verified, 2 asked in a way that cannot be answered.
"""

import argparse
import json
import sys

from bundle import Check, Trust
from canonical import Refused


def read_trust(path):
    with open(path, encoding="utf-8") as file:
        return Trust(json.load(file))


def examine(path, trust):
    """A report, whatever is wrong. `verified` is said only when nothing is."""
    report = {"verified": False, "trusted": trust is not None, "problems": [], "notes": []}
    try:
        check = Check(path, trust)
        report |= {"kind": check.kind, "instance": check.instance, "tenant": check.tenant, "size": check.size}
        story = check.run()
        report["problems"] = story.problems
        report["problem_count"] = story.count
        report["counts"] = story.counts | {"cosignatures": check.cosigned, "receipts": check.receipts, "kept": check.kept.count, "checkpoints": len(check.known)}
        report["notes"] = check.notes + [f"{count} times: {says}" for says, count in story.notes.items()]
        report["verified"] = not story.problems
    except Refused as problem:
        report["problems"] = [{"what": "bundle", "says": str(problem)}]
    return report


def plain(text):
    """What a bundle says of itself is a stranger's: nothing in it moves a cursor or begins a line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def in_words(report):
    lines = []
    if report["verified"]:
        counts = report["counts"]
        what = "is the log that the trust file knows" if report["trusted"] else "agrees with itself; without --trust nobody can say whether it is your log"
        lines.append(f"Verified: {counts['entries']} entries of {report['tenant']} under the checkpoint of {report['size']}. It {what}.")
        lines.append(f"{counts['answered']} intents were answered, {counts['signed']} times with a signature of the machine; {counts['under_way']} are under way.")
    else:
        lines.append("Not verified. Keep the file, and ask whoever gave it to you for another copy:")
        for problem in report["problems"]:
            place = f"entry {problem['index']}: " if "index" in problem else ""
            lines.append(f"  {place}{problem['says']}")
    return "\n".join(plain(line) for line in lines + [f"Note: {note}." for note in report["notes"]])


def main(argv):
    parser = argparse.ArgumentParser(prog="verify.py", description="Checks a bundle of a tenant's log, offline.")
    parser.add_argument("what", choices=["bundle"])
    parser.add_argument("file")
    parser.add_argument("--trust", help="what argus-agent trust export wrote on a machine of yours")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    asked = parser.parse_args(argv)
    try:
        trust = read_trust(asked.trust) if asked.trust else None
        report = examine(asked.file, trust)
    except (OSError, ValueError, Refused) as problem:
        print(f"Cannot be checked: {problem}", file=sys.stderr)
        return 2
    print(json.dumps(report, ensure_ascii=False) if asked.json else in_words(report))
    return 0 if report["verified"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
