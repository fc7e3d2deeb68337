#!/usr/bin/python3
"""Sealing and opening of Keyward's sealed streams (both suites), written apart from Keyward itself, so that two prove the format.
Needs nothing but Debian's python3, python3-cbor2 and python3-cryptography.

    keyward_seal.py seal ROSTER KEY.pem APPLICATION/DEVICE/STREAM EPOCH < numbers, one a line     > message
    keyward_seal.py open ROSTER KEY.pem APPLICATION/DEVICE/STREAM [SEED] < message                > a JSON line a reading
    keyward_seal.py vectors FILE...                                     what each case of vectors/seal gives

`seal` makes an epoch, its readings and a checkpoint over them with a device's stream key; `open` takes such a message with a
reader's agreement key, believes nothing that the roster's device did not sign, and ends with 1 where something was refused. SEED is
a file with the 64 bytes of the reader's ML-KEM-768 key, for a stream of suite 2. Where `cryptography` has no ML-KEM (Debian 12's 38.0),
ml_kem.py does it; without that file suite 2 is refused by name (`seal-suite`).
"""
import base64, hashlib, io, json, os, sys, time
from datetime import datetime, timezone

import cbor2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key, load_pem_private_key

try:
    from cryptography.hazmat.primitives.asymmetric import mlkem
except ImportError:
    mlkem = None
    try:
        import ml_kem
    except ImportError:
        ml_kem = None

A256GCM, ES256, ECDH_ES_A256KW, A256KW, HPKE_8_KE = 3, -7, -31, -5, 55
ALG, KID, IV, PARTIAL_IV, EPK, EK = 1, 4, 5, 6, -1, -4
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
    return type(value) is int and 0 <= value < end


def has_labels(headers, *labels):
    """Exactly these. To Python 4.0 is 4 and true is 1, and to CBOR they are other keys."""
    return isinstance(headers, dict) and set(headers) == set(labels) and all(type(one) is int for one in headers)


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
    require(has_labels(key, 1, -1, -2, -3) and type(key[1]) is type(key[-1]) is int and key[1] == 2 and key[-1] == 1
            and is_bytes(key[-2], 32) and is_bytes(key[-3], 32), "seal-malformed: no P-256 key")
    x, y = int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big")
    try:
        return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    except ValueError:
        raise Refused("seal-malformed: no point of P-256") from None


def spki(text):
    return load_der_public_key(base64.b64decode(text))


def point(public):
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


# --- ML-KEM-768 ---------------------------------------------------------------------------------------------------------

def require_kem():
    require(mlkem or ml_kem, "seal-suite: suite 2 needs ML-KEM-768, which this python3-cryptography has not: put ml_kem.py beside")


def encapsulate(public):
    """Ciphertext and secret."""
    require_kem()
    if mlkem:
        secret, ciphertext = mlkem.MLKEM768PublicKey.from_public_bytes(public).encapsulate()
        return ciphertext, secret
    require(ml_kem.is_public(public), "roster-malformed: no ML-KEM-768 key")
    return ml_kem.encapsulate(public, os.urandom(32))


def decapsulate(seed, ciphertext):
    require_kem()
    if mlkem:
        return mlkem.MLKEM768PrivateKey.from_seed_bytes(seed).decapsulate(ciphertext)
    return ml_kem.PrivateKey(seed).decapsulate(ciphertext)


def hybrid_key(kem_secret, ecdh_secret, sent, recipient, protected):
    """Key and nonce for the content key of one recipient: HPKE-8-KE (draft-ietf-cose-hpke-pq-pqt-01)."""
    secret = hashlib.sha3_256(kem_secret + ecdh_secret + sent + recipient + b"MLKEM768-P256").digest()
    info = encode(["HPKE Recipient", A256GCM, protected, b""])
    length = 32 + 12 + 64

    def two(number):
        return number.to_bytes(2, "big")

    data = (two(0) + two(32) + secret + b"HPKE-v1" + b"HPKE\x00\x50\x00\x11\x00\x02" + two(6) + b"secret" + two(length)
            + b"\x00" + two(0) + two(len(info)) + info)
    derived = hashlib.shake_256(data).digest(length)
    return derived[:32], derived[32:44]


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
        """Each with its P-256 key and, where it has one, its ML-KEM-768 key."""
        def lasts(reader):
            until = datetime.strptime(reader["expires"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
            return now is None or until.timestamp() > now
        return [(spki(reader["key"]), base64.b64decode(reader.get("kem", ""))) for reader in self.json["readers"].values()
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


def seal_to(reader, kem, suite, cek):
    """A recipient."""
    ephemeral = ec.generate_private_key(ec.SECP256R1())
    agreed = ephemeral.exchange(ec.ECDH(), reader)
    if suite == 1:
        covered = encode({ALG: ECDH_ES_A256KW})
        wrapped = keywrap.aes_key_wrap(wrapping_key(agreed, covered), cek)
        return [covered, {EPK: cose_key(ephemeral.public_key()), KID: thumbprint(reader)}, wrapped]
    ciphertext, kem_secret = encapsulate(kem)
    covered, sent = encode({ALG: HPKE_8_KE, KID: thumbprint(reader)}), point(ephemeral.public_key())
    key, nonce = hybrid_key(kem_secret, agreed, sent, point(reader), covered)
    return [covered, {EK: ciphertext + sent}, AESGCM(key).encrypt(nonce, cek, b"")]


def seal_epoch(roster, signer, name, number, boot, previous=None):
    application, device, stream = name
    suite = roster.terms(stream)["suite"]
    content_key, cek, iv = os.urandom(32), os.urandom(32), os.urandom(12)
    fields = ["keyward-epoch-1", application, device, stream, number, boot, roster.hash, previous, suite,
              commitment(content_key)]
    protected = encode({ALG: A256GCM})
    ciphertext = AESGCM(cek).encrypt(iv, content_key, encode(["Encrypt", protected, encode(fields)]))
    readers = sorted(roster.readers(stream, time.time()), key=lambda one: thumbprint(one[0]))
    recipients = [seal_to(key, kem, suite, cek) for key, kem in readers]
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


class Epoch:
    """An epoch as it came, and what came of it. `keys` is None where it is not sealed to this reader."""

    def __init__(self, keys, epoch_hash):
        self.keys, self.hash = keys, epoch_hash
        self.hashes, self.newest, self.checkpoints, self.covered, self.last = {}, 0, set(), 0, None

    def arrive(self, number, data):
        """`again`, `forked`, or the numbers that are missing before it."""
        known = self.hashes.get(number)
        if known is not None:
            return "again" if known == sha256(data) else "forked"
        missing = range(self.newest + 1, number)
        self.newest, self.hashes[number] = max(self.newest, number), sha256(data)
        return missing

    def end(self, numbers):
        missing = range(self.newest + 1, numbers)
        self.newest = max(self.newest, numbers - 1)
        return missing


class Opener:
    """One sealed stream as one reader sees it, fed with its items in their order. `seed` is of the reader's ML-KEM-768 key."""

    def __init__(self, roster, reader, name, seed=None, now=None):
        self.roster, self.reader, self.name, self.seed, self.now = roster, reader, tuple(name), seed, now
        self.signers = roster.stream_keys(name[1])
        self.epochs, self.newest, self.readings, self.noticed = {}, None, {}, []

    def notice(self, why):
        self.noticed.append(why)

    def miss(self, numbers):
        if len(numbers) > 0:
            self.notice(f"reading-missing: {numbers[0]} to {numbers[-1]} did not come")

    def take(self, value, data):
        """What this item brought: the reading that opened, the numbers that it makes signed, and all that was noticed."""
        self.noticed = []
        opened = signed = None
        try:
            if not isinstance(value, cbor2.CBORTag):
                opened = self.take_reading(value, data)
            else:
                parts = read_sign1(value)
                fields = decode(parts[1])
                kind = fields[0] if isinstance(fields, list) and fields else None
                if kind == "keyward-epoch-1":
                    self.take_epoch(parts, fields)
                elif kind == "keyward-checkpoint-1":
                    signed = self.take_checkpoint(parts, fields)
                else:
                    opened = self.take_signed_reading(parts, fields)
        except Refused as why:
            self.notice(str(why))
        return opened, signed, self.noticed

    def take_epoch(self, parts, fields):
        require(len(fields) == 11, "epoch-malformed: eleven fields")
        _, application, device, stream, number, boot, roster_hash, previous, suite, committed, sealed = fields
        require((application, device, stream) == self.name, "epoch-malformed: of another stream")
        require(is_number(number, 1 << 32) and is_bytes(boot, 8) and is_bytes(roster_hash, 32) and is_bytes(committed, 32),
                "epoch-malformed: a field")
        require(previous is None or (isinstance(previous, list) and len(previous) == 2 and is_bytes(previous[0], 32)
                and is_number(previous[1], MOST_NUMBERS + 1) and previous[1] > 0), "epoch-malformed: the one before")
        require(type(suite) is int and suite in (1, 2), "seal-suite: not known here")
        require(isinstance(sealed, list) and len(sealed) == 4, "seal-malformed: no COSE_Encrypt")
        protected, unprotected, ciphertext, recipients = sealed
        require(protected == encode({ALG: A256GCM}) and has_labels(unprotected, IV) and is_bytes(unprotected[IV], 12)
                and is_bytes(ciphertext, 48) and isinstance(recipients, list), "epoch-malformed: the content key")
        names = [self.recipient_name(one, suite) for one in recipients]
        require(names == sorted(set(names)) and 0 < len(names) <= MOST_READERS, "epoch-malformed: recipients")
        epoch_hash, known = sha256(parts[1]), self.epochs.get(number)
        if known is not None:
            return require(known.hash == epoch_hash, "stream-forked: two epochs have this number")
        require(is_signed(parts, self.signers), "stream-key-unknown: not signed by the device")
        terms = self.roster.terms(stream)
        require(terms and terms["sealed"] and suite == terms["suite"], "seal-suite: not that of the roster")
        if roster_hash == self.roster.hash:
            allowed = {thumbprint(key) for key, _ in self.roster.readers(stream)}
            needed = {thumbprint(key) for key, _ in self.roster.readers(stream, self.now or time.time())}
            require(needed <= set(names) <= allowed, "epoch-recipients: not the roster's readers")
        else:
            self.notice("epoch-roster: made under another roster: who its other readers are is not known")
        before = None if self.newest is None else self.epochs[self.newest]
        if before is not None:
            require(number > self.newest, "reading-replayed: an earlier epoch came again")
            if previous is not None and previous[0] == before.hash:
                self.miss(before.end(previous[1]))
            elif number > self.newest + 1:
                self.notice("reading-missing: an epoch did not come")
            elif previous is None:
                self.notice("reading-missing: it does not say how the epoch before it ended: the device was put back, or lost its counters")
            else:
                self.notice("stream-forked: it does not follow the epoch that came here")
        try:
            content_key = self.content_key(fields, names)
            keys = Keys(content_key, number, epoch_hash)
        except Refused as why:
            self.notice(str(why))
            keys = None
        self.newest, self.epochs[number] = number, Epoch(keys, epoch_hash)

    def content_key(self, fields, names):
        suite, committed, (protected, unprotected, ciphertext, recipients) = fields[8:]
        own = self.reader.public_key()
        require(thumbprint(own) in names, "epoch-recipients: not sealed to this key")
        covered, headers, wrapped = recipients[names.index(thumbprint(own))]
        cek = self.unwrap(covered, headers[EPK], wrapped) if suite == 1 else self.unseal(covered, headers[EK], wrapped)
        require(cek is not None, "epoch-malformed: its key does not open")
        content_key = opens(cek, unprotected[IV], ciphertext, encode(["Encrypt", protected, encode(fields[:10])]))
        require(content_key is not None, "epoch-malformed: its key does not open")
        require(commitment(content_key) == committed, "epoch-malformed: committed to another key")
        return content_key

    def unwrap(self, covered, epk, wrapped):
        secret = self.reader.exchange(ec.ECDH(), public_key(epk))
        try:
            return keywrap.aes_key_unwrap(wrapping_key(secret, covered), wrapped)
        except keywrap.InvalidUnwrap:
            return None

    def unseal(self, covered, encapsulated, wrapped):
        require_kem()
        require(self.seed is not None, "seal-suite: suite 2 needs the reader's ML-KEM key")
        ciphertext, sent = encapsulated[:-65], encapsulated[-65:]
        try:
            other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sent)
        except ValueError:
            raise Refused("seal-malformed: no point of P-256") from None
        key, nonce = hybrid_key(decapsulate(self.seed, ciphertext), self.reader.exchange(ec.ECDH(), other), sent,
                                point(self.reader.public_key()), covered)
        return opens(key, nonce, wrapped, b"")

    @staticmethod
    def recipient_name(recipient, suite):
        require(isinstance(recipient, list) and len(recipient) == 3, "epoch-malformed: a recipient has three parts")
        protected, unprotected, wrapped = recipient
        if suite == 1:
            require(protected == encode({ALG: ECDH_ES_A256KW}) and has_labels(unprotected, EPK, KID)
                    and is_bytes(unprotected[KID], 32) and is_bytes(wrapped, 40), "epoch-malformed: a recipient is not of suite 1")
            return unprotected[KID]
        covered = decode(protected) if is_bytes(protected) else None
        require(has_labels(covered, ALG, KID) and is_bytes(covered[KID], 32)
                and protected == encode({ALG: HPKE_8_KE, KID: covered[KID]}) and has_labels(unprotected, EK)
                and is_bytes(unprotected[EK], 1088 + 65) and unprotected[EK][1088] == 4 and is_bytes(wrapped, 48),
                "epoch-malformed: a recipient is not of suite 2")
        return covered[KID]

    def opened(self, value, data, external=None):
        """What a reading says. `external` gives the signature over it a place, where it is signed by itself."""
        require(isinstance(value, list) and len(value) == 3, "seal-malformed: no COSE_Encrypt0")
        protected, unprotected, ciphertext = value
        require(protected == encode({ALG: A256GCM}) and has_labels(unprotected, KID, PARTIAL_IV) and is_bytes(ciphertext)
                and len(ciphertext) >= 16, "seal-malformed: other headers")
        number, sequence = number_of(unprotected[KID]), number_of(unprotected[PARTIAL_IV])
        require(0 < sequence < MOST_NUMBERS and number < 1 << 32, "seal-malformed: a number beyond its range")
        require(number in self.epochs, "epoch-unknown: it did not come, or was refused")
        epoch = self.epochs[number]
        require(external is None or external(epoch), "reading-forged: not signed by the device")
        require(epoch.keys is not None, "epoch-recipients: not sealed to this key")
        text = opens(epoch.keys.key, epoch.keys.nonce(sequence), ciphertext, epoch.keys.aad(protected))
        require(text is not None, "reading-forged: does not open")
        record = self.record(sequence, text)
        arrival = epoch.arrive(sequence, data)
        require(arrival != "again", "reading-replayed: it came again")
        if arrival == "forked":
            raise Refused("reading-forged: under the number of a checkpoint" if sequence in epoch.checkpoints
                          else "stream-forked: other bytes under one number")
        self.miss(arrival)
        return number, record

    def record(self, sequence, text):
        try:
            pack = cbor2.loads(text)
        except Exception:
            raise Refused("reading-forged: what was sealed is no SenML") from None
        require(isinstance(pack, list) and len(pack) == 1 and isinstance(pack[0], dict), "reading-forged: not one record")
        name, unit, at = pack[0].get(0), pack[0].get(1), pack[0].get(6)
        value = next((pack[0][label] for label in (2, 3, 4) if label in pack[0]), None)
        require(name == f"{self.name[1]}/{self.name[2]}", "reading-forged: of another stream")
        require(unit == self.roster.terms(self.name[2])["unit"], "reading-forged: in another unit")
        require(isinstance(at, (int, float)) and at >= 1 << 28, "reading-forged: no absolute time")
        return {"sequence": sequence, "time": at, "value": value, "unit": unit}

    def take_reading(self, value, data):
        number, record = self.opened(value, data)
        if self.roster.terms(self.name[2])["signed"] == "each":
            self.notice("reading-unsigned: the roster has each reading signed by itself")
        self.readings[number, record["sequence"]] = record
        return {**record, "signed": False}

    def take_signed_reading(self, parts, value):
        def signed(epoch):
            return is_signed(parts, self.signers, encode(["keyward-signed-reading-1", epoch.hash]))
        return {**self.opened(value, parts[1], signed)[1], "signed": True}

    def take_checkpoint(self, parts, fields):
        require(len(fields) == 10, "seal-malformed: a checkpoint has ten fields")
        _, number, epoch_hash, first, sequence, digest, previous, boot, uptime, at = fields
        require(is_number(number, 1 << 32) and is_bytes(epoch_hash, 32) and is_number(first, MOST_NUMBERS)
                and is_number(sequence, MOST_NUMBERS) and 0 < first <= sequence and sequence - first <= MOST_COVERED
                and is_bytes(digest, 32) and is_bytes(boot, 8) and (previous is None or is_bytes(previous, 32))
                and is_number(uptime, 1 << 53) and (at is None or is_number(at, 1 << 53)), "seal-malformed: a checkpoint's field")
        require(number in self.epochs, "epoch-unknown: it did not come, or was refused")
        epoch = self.epochs[number]
        require(epoch.hash == epoch_hash and is_signed(parts, self.signers), "reading-forged: not of its epoch and device")
        arrival = epoch.arrive(sequence, parts[1])
        if arrival == "again":
            return None
        if arrival == "forked":
            require(sequence not in epoch.checkpoints, "stream-forked: a number was signed twice")
            self.notice("reading-forged: a reading came under the number of a checkpoint")
            epoch.hashes[sequence] = sha256(parts[1])
        else:
            self.miss(arrival)
        if previous != epoch.last or first != epoch.covered + 1:
            self.notice("reading-missing: the checkpoint before it did not come")
        epoch.checkpoints.add(sequence)
        epoch.last, epoch.covered = sha256(parts[1]), sequence
        if first == sequence:
            return None
        places = range(first, sequence)
        require(all(one in epoch.hashes for one in places), f"reading-missing: {first} to {sequence - 1} stay opened")
        require(sha256(b"".join(epoch.hashes[one] for one in places)) == digest,
                "checkpoint-mismatch: the device signed other readings")
        return number, first, sequence - 1


def open_stream(opener, message):
    """Prints each reading when it is signed, and at the end those that are not. 1 where something was noticed."""
    failed = False

    def say(record, signed):
        print(json.dumps({**record, "signed": signed}))

    try:
        for value, data in items(message):
            opened, signed, noticed = opener.take(value, data)
            for why in noticed:
                failed = True
                print(why, file=sys.stderr)
            if opened is not None and opened["signed"]:
                say(opened, True)
            if signed is not None:
                number, first, last = signed
                for one in range(first, last + 1):
                    if (number, one) in opener.readings:
                        say(opener.readings.pop((number, one)), True)
    except Refused as why:
        failed = True
        print(why, file=sys.stderr)
    for record in opener.readings.values():
        say(record, False)
    return 1 if failed else 0


def seal_stream(roster, key, stream, number, lines):
    boot = os.urandom(8)
    message, keys = seal_epoch(roster, key, stream, number, boot)
    unit = roster.terms(stream[2])["unit"]
    readings = [seal_reading(keys, i + 1, encode([{0: f"{stream[1]}/{stream[2]}", 1: unit, 2: float(line),
                                                   6: round(time.time(), 3)}]))
                for i, line in enumerate(lines)]
    return message + b"".join(readings) + sign_checkpoint(key, keys, 1, readings, boot)


def run_vectors(files):
    """A JSON line a case, with what each row gave; 1 where that is not what the file says."""
    failed = False
    for name in files:
        with open(name, "rb") as file:
            all_of = json.load(file)

        def number(text):
            return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")

        roster, key = Roster(all_of["roster"].encode()), ec.derive_private_key(number(all_of["keys"]["desk"]["d"]), ec.SECP256R1())
        seed = bytes.fromhex(all_of["keys"]["deskKemSeed"])
        for case in all_of["cases"]:
            stream = (all_of["application"], all_of["device"], case["stream"])
            opener, gave = Opener(roster, key, stream, seed, all_of["at"] / 1000), []
            for row in case["rows"]:
                data = bytes.fromhex(row["bytes"])
                try:
                    opened, signed, noticed = opener.take(decode(data), data)
                except Refused as why:
                    opened, signed, noticed = None, None, [str(why)]
                gave.append({**({} if opened is None else {"opens": opened["value"]}),
                             **({} if signed is None else {"signs": list(signed[1:])}),
                             **({"refused": noticed[0].split(":")[0]} if noticed else {})})
            held = gave == [{key: one for key, one in row.items() if key != "bytes"} for row in case["rows"]]
            failed = failed or not held
            print(json.dumps({"case": case["name"], "held": held, "gave": gave}))
    return 1 if failed else 0


def main(verb, *words):
    if verb == "vectors":
        return run_vectors(words)
    roster_file, key_file, name, *rest = words
    with open(roster_file, "rb") as file:
        roster = Roster(file.read())
    with open(key_file, "rb") as file:
        key = load_pem_private_key(file.read(), None)
    stream = name.split("/")
    if verb == "seal":
        sys.stdout.buffer.write(seal_stream(roster, key, stream, int(rest[0]), sys.stdin))
        return 0
    seed = None
    if rest:
        with open(rest[0], "rb") as file:
            seed = file.read()
        if len(seed) != 64:
            sys.exit(f"{rest[0]} has not the 64 bytes of an ML-KEM-768 seed")
    return open_stream(Opener(roster, key, stream, seed), sys.stdin.buffer.read())


if __name__ == "__main__":
    words = {"seal": (4,), "open": (3, 4)}.get(sys.argv[1] if len(sys.argv) > 1 else "", ())
    if sys.argv[1:2] == ["vectors"] and len(sys.argv) > 2 or len(sys.argv) - 2 in words:
        try:
            ended = main(*sys.argv[1:])
            sys.stdout.flush()
        except FileNotFoundError as missing:
            sys.exit(f"{missing.filename} is not there: look at the path")
        except BrokenPipeError:
            os._exit(141)  # as of `| head`: not all was looked at, so not 0
        sys.exit(ended)
    sys.exit(__doc__)
