"""What the entries of a log have to say together: intents and outcomes, sessions and their ends, the machines' own words.

Holds what is still open, one line per machine, and nothing else: a log of any length takes the same memory.
"""

from canonical import Refused, write
from leaf import seconds
from note import from_base64, verifies

NO_LEAF = "0" * 64
#: An order is answered within its time limit, or the outcome says that nobody knows.
UNDER_WAY_S = 300
#: A handshake takes clocks that are 30 s apart, and no command may take longer than this.
SIGNED_BEFORE_S, SIGNED_AFTER_S = 300, 1_800
PROBLEMS_KEPT = 20
#: Clocks of nodes differ by less.
BACKWARDS_S = 300
SESSION_FIELDS = ("tenant", "agent", "session", "operator")
ANSWER_FIELDS = ("tenant", "agent", "session", "operator", "request_id", "command", "type", "args_commit", "reason")


class Story:
    """`whole`: the first entry is the first of the log, so what an entry stands on has to be here."""

    def __init__(self, instance, tenant, whole, agents, trusted):
        self.instance, self.tenant, self.whole = instance, tenant, whole
        self.keys = dict(agents)  # agent: public key; from the trust file and from the leaves that enrolled them
        self.trusted = trusted  # those of the trust file, which no leaf can change
        self.intents = {}  # leaf hash in hex: what was asked, until it is answered
        self.sessions = {}  # those that have begun and not ended
        self.last_at = None
        self.latest = float("-inf")
        self.problems = []
        self.count = 0
        self.counts = {"entries": 0, "answered": 0, "signed": 0, "unsigned": 0, "under_way": 0}
        self.notes = {}

    def problem(self, what, index, says):
        self.count += 1
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append({"what": what, "index": index, "says": says})

    def note(self, says):
        self.notes[says] = self.notes.get(says, 0) + 1

    def take(self, index, leaf, leaf_hash):
        self.counts["entries"] += 1
        self.last_at = leaf["at"]
        try:
            self._in_time(index, leaf)
            kind, phase = leaf["type"], leaf["phase"]
            if phase == "intent":
                self._intent(index, leaf, leaf_hash)
            elif phase == "outcome":
                self._outcome(index, leaf)
            elif kind == "agent_enrolled":
                self._enrolled(leaf)
            elif kind == "remote_support_session_ended":
                self._ended(leaf)
            elif kind == "remote_support_session_closed":
                self._closed(leaf)
            elif kind == "remote_support_late_outcome":
                self._signed_reply(leaf, leaf)
        except Refused as problem:
            self.problem("story", index, str(problem))

    def _in_time(self, index, leaf):
        """Time only goes on. An end is told with the time of the end, which may be long before it could be written."""
        if leaf["type"] == "remote_support_session_ended":
            return
        now = seconds(leaf["at"])
        before, self.latest = self.latest, max(self.latest, now)
        if now < before - BACKWARDS_S:
            self.problem("story", index, f"the time runs backwards: {leaf['at']}")

    def finish(self):
        """What is still open at the end may be under way, if it is that fresh by the log's own time."""
        for index, leaf, _ in self.intents.values():
            if self.whole and seconds(self.last_at) - seconds(leaf["at"]) > UNDER_WAY_S:
                self.problem("story", index, "it was never answered")
            else:
                self.counts["under_way"] += 1

    def _intent(self, index, leaf, leaf_hash):
        key = leaf_hash.hex()
        self.intents[key] = (index, {name: leaf[name] for name in (*ANSWER_FIELDS, "at") if name in leaf}, key)
        if leaf["type"] == "remote_support_activation":
            if leaf.get("session") in self.sessions:
                raise Refused("its session has begun before")
            self.sessions[leaf.get("session")] = tuple(leaf.get(name) for name in SESSION_FIELDS)
        elif self.whole and leaf["type"] == "remote_support_command":
            begun = self.sessions.get(leaf.get("session"))
            if begun is None:
                raise Refused(f"its session {leaf.get('session')} never began, or had ended")
            if begun != tuple(leaf.get(name) for name in SESSION_FIELDS):
                raise Refused("its session is of somebody else")

    def _outcome(self, index, leaf):
        asked = self.intents.pop(leaf.get("intent_sha256"), None)
        if asked is None:
            if self.whole:
                raise Refused("it answers nothing that was asked before it, or something answered already")
            self.note("outcomes of intents that stand outside this bundle")
            return
        _, intent, key = asked
        # A restart knows what was asked, not with which arguments: those are in the intent.
        for name in ANSWER_FIELDS:
            if name in leaf and leaf[name] != intent.get(name):
                raise Refused(f"its {name} is not that of what it answers")
        self.counts["answered"] += 1
        if leaf["type"] == "remote_support_command" and leaf.get("by") == "agent":
            self._signed_reply(leaf, intent, key)

    def _key(self, agent):
        key = self.keys.get(agent)
        if key is None:
            self.counts["unsigned"] += 1
            self.note(f"the key of {agent} is neither here nor in the trust file: its signatures were not checked")
        return key

    def _signed_reply(self, leaf, intent, key=None):
        evidence = [leaf.get(name) for name in ("result_sha256", "agent_at", "agent_signature")]
        if leaf.get("code") == "bad_agent_signature":
            return  # the server says itself that it was not signed by the machine
        if None in evidence or "session" not in leaf or "request_id" not in leaf:
            raise Refused("it lacks what the machine signed")
        public_key = self._key(leaf.get("agent"))
        if public_key is None:
            return
        ahead = seconds(leaf["agent_at"]) - seconds(intent["at"])
        if key is not None and not -SIGNED_BEFORE_S <= ahead <= SIGNED_AFTER_S:
            raise Refused(f"the machine signed at {leaf['agent_at']} what the log says was asked at {intent['at']}")
        said, code = leaf.get("outcome"), leaf.get("code")
        answers = key or leaf.get("intent_sha256")
        over = [(answers, {"ok": True})] if said == "ok" else [(answers, {"code": code}), (NO_LEAF, {"code": code})]
        if code in ("session_expired", "bad_frame"):
            over.append((answers, {"ok": True}))  # it had acted; the server gave out nothing, and says why
        signature = from_base64(leaf["agent_signature"], 64)
        for leaf_hash, word in over:
            value = {
                "instance": self.instance, "tenant": self.tenant, "agent": leaf["agent"], "session": leaf["session"],
                "request_id": leaf["request_id"], "leaf_hash": leaf_hash, "result_sha256": leaf["result_sha256"],
                "at": leaf["agent_at"], **word,
            }
            if verifies(public_key, signed_text("reply", value), signature):
                self.counts["signed"] += 1
                return
        if code in ("agent_refused", "bad_frame"):
            self.counts["unsigned"] += 1
            self.note("machines used a code of their own, which is not in the entry: those signatures cannot be checked")
            return
        raise Refused("it is not signed by the machine it names")

    def _enrolled(self, leaf):
        agent = leaf.get("agent")
        if leaf.get("outcome", "ok") != "ok":
            return
        public_key = from_base64((leaf.get("args_commit") or {}).get("public_key"), 32)
        if agent in self.trusted and self.trusted[agent] != public_key:
            raise Refused(f"it enrolls {agent} with another key than the trust file has")
        self.keys[agent] = public_key

    def _ended(self, leaf):
        session = leaf.get("session")
        begun = self.sessions.pop(session, None)
        if begun is None and self.whole:
            raise Refused(f"it ends {session}, which never began or had ended")
        if begun is not None and begun[1] != leaf.get("agent"):
            raise Refused("its session is of another machine")
        if "agent_signature" in leaf:
            self._signed_end(leaf)

    def _closed(self, leaf):
        if self.whole and leaf.get("session") in self.sessions:
            raise Refused("the machine closed a session that had not ended")
        if "agent_signature" not in leaf:
            raise Refused("it lacks what the machine signed")
        self._signed_end(leaf)

    def _signed_end(self, leaf):
        public_key = self._key(leaf.get("agent"))
        if public_key is None:
            return
        said = (leaf.get("args_commit") or {}).get("agent_said")
        value = {
            "instance": self.instance, "tenant": self.tenant, "agent": leaf["agent"], "session": leaf.get("session"),
            "how": said, "at": leaf.get("agent_at"),
        }
        if not verifies(public_key, signed_text("end", value), from_base64(leaf["agent_signature"], 64)):
            raise Refused("the end is not signed by the machine it names")
        self.counts["signed"] += 1


def signed_text(kind, value):
    return f"argus/{kind}/v1\n{write(value)}".encode()
