#!/usr/bin/python3
"""Sealing and opening of Keyward's sealed streams (suite 1), written apart from Keyward itself, so that two prove the format.
Needs nothing but Debian's python3, python3-cbor2 and python3-cryptography.

    keyward_seal.py seal ROSTER KEY.pem APPLICATION/DEVICE/STREAM EPOCH < numbers, one a line     > message
    keyward_seal.py open ROSTER KEY.pem APPLICATION/DEVICE/STREAM < message                       > a JSON line a reading

`seal` makes an epoch, its readings and a checkpoint over them with a device's stream key; `open` takes such a message with a
reader's agreement key, believes nothing that the roster's device did not sign, and ends with 1 where something was refused.
"""
import base64, hashlib, io, json, os, sys, time
from datetime import datetime, timezone

import cbor2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_private_key

A256GCM, ES256, ECDH_ES_A256KW, A256KW = 3, -7, -31, -5
ALG, KID, IV, PARTIAL_IV, EPK = 1, 4, 5, 6, -1
SIGN1 = 18
MOST_COVERED, MOST_NUMBERS, MOST_READERS = 64, 1 << 20, 64


class Refused(Exception):
    """What came is not believed; says why."""


def encode(value):
    """Deterministic CBOR (RFC 8949 section 4.2.1): maps here have keys of one byte, for which both orders are one."""
    return cbor2.dumps(value, canonical=True)


def decode(data):
    """Takes only what `encode` would have written: a second spelling would be a second message."""
    try:
        value = cbor2.loads(data)
        if encode(value) == data:
            return value
    except Exception:
        pass
    raise Refused("seal-malformed: not deterministic CBOR")


def items(message):
    """The items of a CBOR sequence (RFC 8742), each with its bytes."""
    stream = io.BytesIO(message)
    while stream.tell() < len(message):
        start = stream.tell()
        try:
            cbor2.CBORDecoder(stream).decode()
        except Exception:
            raise Refused("seal-malformed: cut short, or no CBOR") from None
        data = message[start:stream.tell()]
        yield decode(data), data


def require(condition, why):
    if not condition:
        raise Refused(why)


def is_bytes(value, length=None):
    return isinstance(value, bytes) and (length is None or len(value) == length)


def is_number(value, end):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < end


def sha256(data):
    return hashlib.sha256(data).digest()


def hkdf(secret, info, length):
    return HKDF(hashes.SHA256(), length, None, info).derive(secret)


def cose_key(public):
    numbers = public.public_numbers()
    return {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}


def thumbprint(public):
    """RFC 9679: SHA-256 of the required parameters of the COSE_Key."""
    return sha256(encode(cose_key(public)))


def public_key(key):
    require(isinstance(key, dict) and set(key) == {1, -1, -2, -3} and key[1] == 2 and key[-1] == 1
            and is_bytes(key[-2], 32) and is_bytes(key[-3], 32), "seal-malformed: no P-256 key")
    x, y = int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big")
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise Refused("seal-malformed: no point of P-256") from None


def spki(text):
    return load_der_public_key(base64.b64decode(text))


# --- COSE ---------------------------------------------------------------------------------------------------------------

def sign1(payload, key, external=b""):
    protected = encode({ALG: ES256})
    der = key.sign(encode(["Signature1", protected, external, payload]), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return encode(cbor2.CBORTag(SIGN1, [protected, {}, payload, signature]))


def read_sign1(value):
    require(isinstance(value, cbor2.CBORTag) and value.tag == SIGN1, "seal-malformed: no tagged COSE_Sign1")
    parts = value.value
    require(isinstance(parts, list) and len(parts) == 4, "seal-malformed: a COSE_Sign1 has four parts")
    protected, unprotected, payload, signature = parts
    require(protected == encode({ALG: ES256}) and unprotected == {}, "seal-malformed: other headers")
    require(is_bytes(payload) and is_bytes(signature, 64), "seal-malformed: payload and signature are byte strings")
    return protected, payload, signature


def is_signed(parts, keys, external=b""):
    protected, payload, signature = parts
    der = utils.encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    for key in keys:
        try:
            key.verify(der, encode(["Signature1", protected, external, payload]), ec.ECDSA(hashes.SHA256()))
            return True
        except InvalidSignature:
            continue
    return False


def wrapping_key(secret, protected):
    """HKDF over COSE_KDF_Context (RFC 9053 section 5.2)."""
    nobody = [None, None, None]
    return hkdf(secret, encode([A256KW, nobody, nobody, [256, protected]]), 32)


def opens(key, nonce, ciphertext, aad):
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, aad)
    except InvalidTag:
        return None


# --- The roster ---------------------------------------------------------------------------------------------------------

class Roster:
    def __init__(self, data):
        self.hash = sha256(data)
        self.json = json.loads(data)
        require(self.json.get("type") == "keyward-roster" and self.json.get("version") == 1, "roster-malformed")

    def terms(self, stream):
        return self.json["streams"].get(stream)

    def stream_keys(self, device):
        found = self.json["devices"].get(device, {})
        return [spki(found[name]) for name in ("key", "previous") if name in found]

    def readers(self, stream, now=None):
        def lasts(reader):
            until = datetime.strptime(reader["expires"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
            return now is None or until.timestamp() > now
        return [spki(reader["key"]) for reader in self.json["readers"].values()
                if stream in reader["streams"] and lasts(reader)]


# --- Epoch, reading, checkpoint -----------------------------------------------------------------------------------------

class Keys:
    """What readings of one epoch are sealed and opened with."""

    def __init__(self, content_key, number, epoch_hash):
        self.number, self.hash = number, epoch_hash
        self.key, self.base = hkdf(content_key, b"keyward-key", 32), hkdf(content_key, b"keyward-iv", 12)

    def nonce(self, sequence):
        return (int.from_bytes(self.base, "big") ^ sequence).to_bytes(12, "big")

    def aad(self, protected):
        return encode(["Encrypt0", protected, encode(["keyward-reading-1", self.hash])])


def commitment(content_key):
    return hkdf(content_key, b"keyward-commit", 32)


def shortest(number):
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def number_of(data):
    require(is_bytes(data) and 1 <= len(data) <= 6 and not (len(data) > 1 and data[0] == 0), "seal-malformed: no number")
    return int.from_bytes(data, "big")


def seal_epoch(roster, signer, name, number, boot, previous=None):
    application, device, stream = name
    content_key, cek, iv = os.urandom(32), os.urandom(32), os.urandom(12)
    fields = ["keyward-epoch-1", application, device, stream, number, boot, roster.hash, previous, 1,
              commitment(content_key)]
    protected = encode({ALG: A256GCM})
    ciphertext = AESGCM(cek).encrypt(iv, content_key, encode(["Encrypt", protected, encode(fields)]))
    covered, recipients = encode({ALG: ECDH_ES_A256KW}), []
    for reader in sorted(roster.readers(stream, time.time()), key=thumbprint):
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        wrapped = keywrap.aes_key_wrap(wrapping_key(ephemeral.exchange(ec.ECDH(), reader), covered), cek)
        recipients.append([covered, {EPK: cose_key(ephemeral.public_key()), KID: thumbprint(reader)}, wrapped])
    payload = encode(fields + [[protected, {IV: iv}, ciphertext, recipients]])
    return sign1(payload, signer), Keys(content_key, number, sha256(payload))


def seal_reading(keys, sequence, text):
    protected = encode({ALG: A256GCM})
    ciphertext = AESGCM(keys.key).encrypt(keys.nonce(sequence), text, keys.aad(protected))
    return encode([protected, {KID: shortest(keys.number), PARTIAL_IV: shortest(sequence)}, ciphertext])


def sign_checkpoint(signer, keys, first, readings, boot, previous=None):
    digest = sha256(b"".join(sha256(reading) for reading in readings))
    now = int(time.time() * 1000)
    return sign1(encode(["keyward-checkpoint-1", keys.number, keys.hash, first, first + len(readings), digest, previous,
                         boot, int(time.monotonic()), now]), signer)


class Opener:
    """One sealed stream as one reader sees it."""

    def __init__(self, roster, reader, name):
        self.roster, self.reader, self.name = roster, reader, name
        self.signers = roster.stream_keys(name[1])
        self.epochs, self.hashes, self.readings = {}, {}, {}

    def take(self, value, data):
        """The readings that became signed by this item."""
        if not isinstance(value, cbor2.CBORTag):
            return self.take_reading(value, data)
        parts = read_sign1(value)
        fields = decode(parts[1])
        if isinstance(fields, list) and fields and fields[0] == "keyward-epoch-1":
            return self.take_epoch(parts, fields)
        if isinstance(fields, list) and fields and fields[0] == "keyward-checkpoint-1":
            return self.take_checkpoint(parts, fields)
        return self.take_signed_reading(parts)

    def take_epoch(self, parts, fields):
        require(len(fields) == 11, "epoch-malformed: eleven fields")
        _, application, device, stream, number, boot, roster_hash, previous, suite, committed, sealed = fields
        terms = self.roster.terms(stream)
        require((application, device, stream) == tuple(self.name), "epoch-malformed: of another stream")
        require(is_number(number, 1 << 32) and is_bytes(boot, 8) and is_bytes(committed, 32), "epoch-malformed")
        require(previous is None or (isinstance(previous, list) and len(previous) == 2 and is_bytes(previous[0], 32)
                and is_number(previous[1], MOST_NUMBERS + 1) and previous[1] > 0), "epoch-malformed: the one before")
        require(is_signed(parts, self.signers), "stream-key-unknown: not signed by the device")
        require(roster_hash == self.roster.hash, "epoch-roster: made under another roster")
        require(terms and terms["sealed"] and suite == terms["suite"] == 1, "seal-suite")
        require(isinstance(sealed, list) and len(sealed) == 4, "seal-malformed: no COSE_Encrypt")
        protected, unprotected, ciphertext, recipients = sealed
        require(protected == encode({ALG: A256GCM}) and isinstance(unprotected, dict) and set(unprotected) == {IV}
                and is_bytes(unprotected[IV], 12) and is_bytes(ciphertext, 48), "epoch-malformed: the content key")
        names = [self.recipient_name(one) for one in recipients]
        require(names == sorted(set(names)) and 0 < len(names) <= MOST_READERS, "epoch-malformed: recipients")
        allowed = {thumbprint(key) for key in self.roster.readers(stream)}
        needed = {thumbprint(key) for key in self.roster.readers(stream, time.time())}
        require(needed <= set(names) <= allowed, "epoch-recipients: not the roster's readers")
        own = thumbprint(self.reader.public_key())
        require(own in names, "epoch-recipients: not sealed to this key")
        covered, headers, wrapped = recipients[names.index(own)]
        secret = self.reader.exchange(ec.ECDH(), public_key(headers[EPK]))
        try:
            cek = keywrap.aes_key_unwrap(wrapping_key(secret, covered), wrapped)
        except keywrap.InvalidUnwrap:
            raise Refused("epoch-malformed: its key does not open") from None
        aad = encode(["Encrypt", protected, encode(fields[:10])])
        content_key = opens(cek, unprotected[IV], ciphertext, aad)
        require(content_key is not None, "epoch-malformed: its key does not open")
        require(commitment(content_key) == committed, "epoch-malformed: committed to another key")
        epoch_hash = sha256(parts[1])
        known = self.epochs.get(number)
        require(known is None or known.hash == epoch_hash, "seal-sequence: two epochs have this number")
        self.epochs[number] = Keys(content_key, number, epoch_hash)
        return []

    @staticmethod
    def recipient_name(recipient):
        require(isinstance(recipient, list) and len(recipient) == 3, "epoch-malformed: a recipient has three parts")
        protected, unprotected, wrapped = recipient
        require(protected == encode({ALG: ECDH_ES_A256KW}) and isinstance(unprotected, dict)
                and set(unprotected) == {EPK, KID} and is_bytes(unprotected[KID], 32) and is_bytes(wrapped, 40),
                "epoch-malformed: a recipient is not of suite 1")
        return unprotected[KID]

    def opened(self, value, data):
        require(isinstance(value, list) and len(value) == 3, "seal-malformed: no COSE_Encrypt0")
        protected, unprotected, ciphertext = value
        require(protected == encode({ALG: A256GCM}) and isinstance(unprotected, dict)
                and set(unprotected) == {KID, PARTIAL_IV} and is_bytes(ciphertext), "seal-malformed: other headers")
        number, sequence = number_of(unprotected[KID]), number_of(unprotected[PARTIAL_IV])
        require(0 < sequence < MOST_NUMBERS and number < 1 << 32, "seal-malformed: a number beyond its range")
        keys = self.epochs.get(number)
        require(keys is not None, "epoch-unknown")
        text = opens(keys.key, keys.nonce(sequence), ciphertext, keys.aad(protected))
        require(text is not None, "reading-forged: does not open")
        known = self.hashes.get((number, sequence))
        require(known is None or known == sha256(data), "seal-sequence: other bytes under one number")
        return keys, sequence, self.record(sequence, text)

    def record(self, sequence, text):
        pack = cbor2.loads(text)
        require(isinstance(pack, list) and len(pack) == 1 and isinstance(pack[0], dict), "senml-malformed: one record")
        name, unit, at = pack[0].get(0), pack[0].get(1), pack[0].get(6)
        value = next((pack[0][label] for label in (2, 3, 4) if label in pack[0]), None)
        require(name == f"{self.name[1]}/{self.name[2]}", "reading-name")
        require(unit == self.roster.terms(self.name[2])["unit"], "reading-unit")
        require(isinstance(at, (int, float)) and at >= 1 << 28, "reading-time-missing: no absolute time")
        return {"sequence": sequence, "time": at, "value": value, "unit": unit}

    def take_reading(self, value, data):
        keys, sequence, record = self.opened(value, data)
        require(self.roster.terms(self.name[2])["signed"] != "each", "reading-forged: not signed by itself")
        self.hashes[keys.number, sequence] = sha256(data)
        self.readings[keys.number, sequence] = record
        return []

    def take_signed_reading(self, parts):
        keys, sequence, record = self.opened(decode(parts[1]), parts[1])
        external = encode(["keyward-signed-reading-1", keys.hash])
        require(is_signed(parts, self.signers, external), "reading-forged: not signed by the device")
        self.hashes[keys.number, sequence] = sha256(parts[1])
        return [record]

    def take_checkpoint(self, parts, fields):
        require(len(fields) == 10, "seal-malformed: a checkpoint has ten fields")
        _, number, epoch_hash, first, sequence, digest, previous, boot, uptime, at = fields
        require(is_number(first, MOST_NUMBERS) and is_number(sequence, MOST_NUMBERS) and 0 < first <= sequence
                and sequence - first <= MOST_COVERED and is_bytes(digest, 32) and is_bytes(boot, 8)
                and (previous is None or is_bytes(previous, 32)) and is_number(uptime, 1 << 53)
                and (at is None or is_number(at, 1 << 53)), "seal-malformed: a checkpoint's field")
        require(is_signed(parts, self.signers), "stream-key-unknown: not signed by the device")
        require(number in self.epochs and self.epochs[number].hash == epoch_hash, "epoch-unknown")
        places = [(number, one) for one in range(first, sequence)]
        missing = [one for _, one in places if (number, one) not in self.hashes]
        require(not missing, f"gap: {missing} did not come; the rest of their range stays unsigned")
        covered = sha256(b"".join(self.hashes[place] for place in places))
        require(covered == digest, "checkpoint-mismatch: the device signed other readings")
        return [self.readings.pop(place) for place in places if place in self.readings]


def main(verb, roster_file, key_file, name, *rest):
    with open(roster_file, "rb") as file:
        roster = Roster(file.read())
    with open(key_file, "rb") as file:
        key = load_pem_private_key(file.read(), None)
    stream = name.split("/")
    if verb == "seal":
        boot, number = os.urandom(8), int(rest[0])
        message, keys = seal_epoch(roster, key, stream, number, boot)
        unit = roster.terms(stream[2])["unit"]
        readings = [seal_reading(keys, i + 1, encode([{0: f"{stream[1]}/{stream[2]}", 1: unit, 2: float(line),
                                                       6: round(time.time(), 3)}]))
                    for i, line in enumerate(sys.stdin)]
        sys.stdout.buffer.write(message + b"".join(readings))
        sys.stdout.buffer.write(sign_checkpoint(key, keys, 1, readings, boot))
        return 0
    opener, failed = Opener(roster, key, stream), False
    try:
        for value, data in items(sys.stdin.buffer.read()):
            try:
                for record in opener.take(value, data):
                    print(json.dumps({**record, "signed": True}))
            except Refused as why:
                failed = True
                print(why, file=sys.stderr)
    except Refused as why:
        failed = True
        print(why, file=sys.stderr)
    for record in opener.readings.values():
        print(json.dumps({**record, "signed": False}))
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 5 or sys.argv[1] not in ("seal", "open") or len(sys.argv) != (6 if sys.argv[1] == "seal" else 5):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
