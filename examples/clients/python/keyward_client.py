#!/usr/bin/python3
"""A Keyward client with nothing but Debian's python3, python3-paho-mqtt and openssl.

    keyward_client.py commission FOLDER < commissioning-string     makes a key, joins over EST
    keyward_client.py publish FOLDER STREAM UNIT < values          one number a line
    keyward_client.py read FOLDER TOPIC [COUNT]                    readings as they come
"""
import base64, hashlib, json, os, re, ssl, subprocess, sys, threading, time
import http.client
from pathlib import Path
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes


class Client(mqtt.Client):
    """Paho 1.6, Debian's, drops the reason code of an acknowledgement: without it a refused reading looks stored."""

    def __init__(self, **options):
        super().__init__(**options)
        self.acknowledged = {}

    def _handle_pubackcomp(self, cmd):
        packet = self._in_packet["packet"]
        reason, code = "", packet[2] if len(packet) > 2 else 0
        if len(packet) > 3:
            properties = mqtt.Properties(PacketTypes.PUBACK)
            properties.unpack(bytes(packet[3:]))
            reason = getattr(properties, "ReasonString", "")
        self.acknowledged[int.from_bytes(packet[:2], "big")] = (code, reason)
        return super()._handle_pubackcomp(cmd)


def cbor(data, at=0):
    """The few kinds of CBOR (RFC 8949) that a commissioning string uses: gives a value and where it ends."""
    kind, count = data[at] >> 5, data[at] & 31
    at += 1
    if kind == 7:
        if count == 22:
            return None, at
        raise ValueError("unexpected CBOR")
    if count >= 24:
        size = {24: 1, 25: 2, 26: 4, 27: 8}[count]
        count, at = int.from_bytes(data[at:at + size], "big"), at + size
    if kind == 0:
        return count, at
    if kind in (2, 3):
        part = data[at:at + count]
        return (part if kind == 2 else part.decode()), at + count
    if kind == 4:
        items = []
        for _ in range(count):
            item, at = cbor(data, at)
            items.append(item)
        return items, at
    raise ValueError("unexpected CBOR")


def read_commissioning(text):
    compact = re.sub(r"\s", "", text)
    if not compact.startswith("keyward1."):
        sys.exit("this is no commissioning string")
    coded = compact[len("keyward1."):]
    whole = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4))
    body, checksum = whole[:-4], whole[-4:]
    if hashlib.sha256(body).digest()[:4] != checksum:
        sys.exit("the commissioning string is cut short or mistyped")
    names = "service est mqtt application kind id class token service_ca owner expires".split()
    values, _ = cbor(body)
    return dict(zip(names, values))


def run(*words, given=None):
    return subprocess.run(["openssl", *words], input=given, check=True, capture_output=True).stdout


def pinned_ca(address, pin):
    """The CA in the chain that the service shows whose public key has the pinned hash. Nothing is sent before that."""
    shown = run("s_client", "-connect", address, "-showcerts", given=b"").decode()
    for pem in re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", shown, re.S):
        key = run("x509", "-pubkey", "-noout", given=pem.encode())
        if hashlib.sha256(run("pkey", "-pubin", "-outform", "DER", given=key)).digest() == pin:
            return pem
    sys.exit("who answers is not the service that the string names: nothing was sent")


def commission(folder):
    string = read_commissioning(sys.stdin.read())
    folder = Path(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    os.umask(0o077)
    est = urlsplit(string["est"] or string["service"])
    address = f"{est.hostname}:{est.port or 443}"
    (folder / "service-ca.pem").write_text(pinned_ca(address, string["service_ca"]))
    key = folder / "key.pem"
    # Cut off before it was answered, the next try goes on with the same key: the token is for that one.
    if not key.exists():
        run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", str(key))
    request = run("req", "-new", "-key", str(key), "-subj", f"/CN={string['id']}", "-outform", "DER")
    token = base64.urlsafe_b64encode(string["token"]).rstrip(b"=")
    trust = ssl.create_default_context(cafile=str(folder / "service-ca.pem"))
    trust.minimum_version = ssl.TLSVersion.TLSv1_3
    connection = http.client.HTTPSConnection(est.hostname, est.port or 443, context=trust, timeout=30)
    connection.request("POST", f"{est.path.rstrip('/')}/.well-known/est/simpleenroll", base64.b64encode(request), {
        "Content-Type": "application/pkcs10",
        "Authorization": "Basic " + base64.b64encode(b"est:" + token).decode(),
    })
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        sys.exit(f"refused: {said.decode(errors='replace')}")
    chain = run("pkcs7", "-inform", "DER", "-print_certs", given=base64.b64decode(said)).decode()
    (folder / "certificate.pem").write_text(
        "".join(re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", chain, re.S)))
    (folder / "identity.json").write_text(json.dumps({k: string[k] for k in ("application", "id", "mqtt")}))
    print(f"{string['id']} has joined {string['application']}")


def connect(folder):
    folder = Path(folder)
    if not (folder / "identity.json").exists():
        sys.exit(f"{folder} holds no identity: commission it first, and give the folder that it made")
    identity = json.loads((folder / "identity.json").read_text())
    certified = folder / "key.pem"
    if "mqttUrl" in identity:
        # A folder that `keyward device commission --allow-plain-key` made.
        identity["mqtt"] = identity["mqttUrl"]
        certified = folder / "keys" / f"{identity['key']}.key"
        if not certified.exists():
            sys.exit(f"{certified} is not there: a key in hardware is for keyward alone; commission another device")
        if "ENCRYPTED" in certified.read_text():
            sys.exit(f"{certified} is encrypted: for other programs than keyward, commission another device or reader"
                     " with --allow-plain-key.")
    url = urlsplit(identity["mqtt"])
    client = Client(client_id=identity["id"], protocol=mqtt.MQTTv5)
    client.tls_set(str(folder / "service-ca.pem"), str(folder / "certificate.pem"), str(certified))
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect(url.hostname, url.port or 8883)
    client.loop_start()
    if not connected.wait(10):
        sys.exit("the service did not accept the connection")
    return client, identity


def say(text):
    try:
        print(text, flush=True)
    except BrokenPipeError:
        os._exit(0)  # as of `| head`: nobody reads on


def publish(folder, stream, unit):
    client, identity = connect(folder)
    refused, last = 0, 0
    answered = threading.Condition()

    def wake(*_):
        with answered:
            answered.notify()

    client.on_publish = wake
    client.on_disconnect = wake
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            value = float(line)
        except ValueError:
            sys.exit(f"{line.strip()!r} is no number: give one number a line")
        # A reading is (device, stream, time): two of one millisecond would be one.
        last = max(int(time.time() * 1000), last + 1)
        pack = [{"n": f"{identity['id']}/{stream}", "u": unit, "t": last / 1000, "v": value}]
        sent = client.publish(f"{identity['application']}/{identity['id']}/{stream}", json.dumps(pack), qos=1)
        with answered:
            answered.wait_for(lambda: sent.mid in client.acknowledged or not client.is_connected(), 10)
        code, reason = client.acknowledged.pop(sent.mid, (None, "no acknowledgement came: send it again"))
        # MQTT 5: success is below 0x80. Only then is the reading stored.
        if code is not None and code < 0x80:
            say(f"stored {value:g}")
        else:
            refused += 1
            shown = "" if code is None else f" (0x{code:02x})"
            print(f"refused {value:g}{shown}: {reason}", file=sys.stderr, flush=True)
    client.disconnect()
    sys.exit(1 if refused else 0)


def read(folder, topic, count="0"):
    client, _ = connect(folder)
    left, done = [int(count) or None], threading.Event()

    def on_message(_client, _data, message):
        for record in json.loads(message.payload):
            say(f"{record['t']:.3f} {record['n']} {record['v']} {record['u']}")
            if left[0] is not None:
                left[0] -= 1
                if left[0] == 0:
                    done.set()

    def on_subscribe(_client, _data, _mid, codes, _properties=None):
        if any(code.value >= 128 for code in codes):
            print(f"no grant touches {topic}", file=sys.stderr)
            os._exit(1)
        print(f"reading {topic}", file=sys.stderr, flush=True)

    client.on_message = on_message
    client.on_subscribe = on_subscribe
    client.subscribe(topic, qos=1)
    done.wait()
    client.disconnect()


if __name__ == "__main__":
    verbs = {"commission": commission, "publish": publish, "read": read}
    if len(sys.argv) < 3 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    verbs[sys.argv[1]](*sys.argv[2:])
