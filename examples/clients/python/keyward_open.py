#!/usr/bin/python3
"""Checks what a device signed of an open stream (docs/adr/0021), written apart from Keyward itself, so that two prove the format.
Needs keyward_seal.py beside it, and Debian's python3, python3-cbor2 and python3-cryptography.

    keyward_open.py check ROSTER APPLICATION/DEVICE/STREAM < rows       > a JSON line a reading: signed or not
    keyward_open.py vectors FILE...                                     what each case of vectors/seal/open.json gives

`rows` are those of GET /v1/readings/APPLICATION/DEVICE/STREAM, a JSON object a line: `time`, `value`, `unit`, or `sealed`. `check` ends
with 1 where something was changed, left out or put in, and says what on standard error.
"""
import base64, hashlib, json, os, struct, sys

from keyward_seal import Refused, Roster, decode, encode, is_bytes, is_number, is_signed, read_sign1, require, sha256

CONTEXT = "keyward-open-checkpoint-1"
NUMBER, TEXT, FALSE, TRUE, TIME_IN_DOUBT = 1, 2, 3, 4, 0x10
MOST_COVERED, END = 256, 1 << 52


def record(value, unit, doubt=()):
    """The canonical bytes of a reading. Of its doubts the device says, and signs, that of its time alone."""
    if isinstance(value, bool):
        kind, body = (TRUE if value else FALSE), b""
    elif isinstance(value, str):
        text = value.encode()
        kind, body = TEXT, struct.pack(">H", len(text)) + text
    else:
        kind, body = NUMBER, struct.pack(">d", 0.0 if value == 0 else value)
    return bytes([kind | (TIME_IN_DOUBT if "time" in doubt else 0)]) + body + unit.encode()


def digest_of(readings):
    covered = hashlib.sha256()
    for time, data in readings:
        covered.update(struct.pack(">qI", time, len(data)) + data)
    return covered.digest()


def times_of(steps):
    """The first time, the step to the second, and of each later one how its step differs from the one before."""
    require(isinstance(steps, list) and 0 < len(steps) <= MOST_COVERED and all(type(one) is int for one in steps),
            "seal-malformed: no times")
    times, step = [steps[0]], 0
    for one in steps[1:]:
        step += one
        times.append(times[-1] + step)
    require(all(abs(one) < END for one in times) and all(a < b for a, b in zip(times, times[1:])),
            "seal-malformed: times that do not rise")
    return times


class OpenStream:
    """One open stream as one reader sees it, fed with its rows in their order."""

    def __init__(self, roster, name):
        self.keys, self.name = roster.stream_keys(name[1]), list(name)
        self.readings, self.last = {}, None

    def take_reading(self, row):
        data = record(row["value"], row["unit"], row.get("doubt", ()))
        require(self.readings.setdefault(row["time"], data) == data, "reading-forged: two readings came under one time")

    def take_checkpoint(self, data):
        """The times that it makes signed, and what is noticed beside."""
        parts = read_sign1(decode(data))
        fields = decode(parts[1])
        require(isinstance(fields, list) and len(fields) == 5 and fields[0] == CONTEXT, "seal-malformed: no such checkpoint")
        _, number, steps, digest, previous = fields
        require(is_number(number, END) and number > 0 and is_bytes(digest, 32) and (previous is None or is_bytes(previous, 32)),
                "seal-malformed: a checkpoint's field")
        times = times_of(steps)
        require(self.keys, "stream-key-unknown: the roster names no key of this device")
        require(is_signed(parts, self.keys, encode([CONTEXT, *self.name])), "reading-forged: not of this stream and device")
        own = sha256(parts[1])
        if self.last is not None and number <= self.last[0]:
            require(own == self.last[1], "reading-replayed: it came after a later one")
            return [], []
        noticed = []
        if self.last is not None and previous != self.last[1]:
            noticed.append("reading-missing: the checkpoint before it did not come")
        self.last = number, own
        begun = min(self.readings, default=END)
        if any(one not in self.readings for one in times):
            # What was sent before this reader began is no loss; the rest of its range stays unsigned all the same.
            if any(one not in self.readings and one >= begun for one in times):
                noticed.append("reading-missing: the device signed readings that did not come")
            return [], noticed
        if digest_of((one, self.readings[one]) for one in times) != digest:
            return [], noticed + ["checkpoint-mismatch: the device signed other readings"]
        return times, noticed


def take(stream, row, data):
    """What a row gives: times that are signed now, and what is noticed."""
    try:
        if data is None:
            return stream.take_reading(row) or [], []
        return stream.take_checkpoint(data)
    except Refused as why:
        return [], [str(why)]


def check(roster, name, lines):
    stream, failed, unsigned = OpenStream(roster, name), False, {}

    def say(row, signed):
        print(json.dumps({"time": row["time"], "value": row["value"], "unit": row["unit"], "signed": signed}))

    for line in lines:
        row = json.loads(line)
        signed, noticed = take(stream, row, base64.b64decode(row["sealed"]) if "sealed" in row else None)
        for why in noticed:
            failed = True
            print(why, file=sys.stderr)
        if "sealed" not in row and not noticed:
            unsigned[row["time"]] = row
        for time in signed:
            if time in unsigned:
                say(unsigned.pop(time), True)
    for row in unsigned.values():
        say(row, False)
    return 1 if failed else 0


def run_vectors(files):
    """A JSON line a case, with what each row gave; 1 where that is not what the file says."""
    failed = False
    for name in files:
        with open(name, "rb") as file:
            all_of = json.load(file)
        roster = Roster(all_of["roster"].encode())
        for case in all_of["cases"]:
            stream, gave = OpenStream(roster, (all_of["application"], all_of["device"], all_of["stream"])), []
            for row in case["rows"]:
                data = bytes.fromhex(row["bytes"]) if "bytes" in row else None
                signed, noticed = take(stream, row.get("reading"), data)
                gave.append({**({"signs": signed} if signed else {}), **({"refused": noticed[0].split(":")[0]} if noticed else {})})
            expected = [{key: one for key, one in row.items() if key not in ("bytes", "reading")} for row in case["rows"]]
            failed = failed or gave != expected
            print(json.dumps({"case": case["name"], "held": gave == expected, "gave": gave}))
    return 1 if failed else 0


def main(verb="", *words):
    if verb == "vectors" and words:
        return run_vectors(words)
    if verb == "check" and len(words) == 2:
        with open(words[0], "rb") as given:
            return check(Roster(given.read()), words[1].split("/"), sys.stdin)
    return __doc__


if __name__ == "__main__":
    try:
        ended = main(*sys.argv[1:])
        sys.stdout.flush()
    except FileNotFoundError as missing:
        sys.exit(f"{missing.filename} is not there: look at the path")
    except BrokenPipeError:
        os._exit(141)  # as of `| head`: not all was looked at, so not 0
    sys.exit(ended)
