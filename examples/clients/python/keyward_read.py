#!/usr/bin/python3
"""Reads one stream, past and live, and opens it on this machine, as `keyward read` does and written apart from it.
Needs keyward_seal.py and keyward_open.py beside it, and Debian's python3, python3-cbor2 and python3-cryptography.

    keyward_read.py FOLDER APPLICATION/DEVICE/STREAM [COUNT]            > a JSON line a reading, and one for what is signed then

FOLDER is the reader's, of `keyward reader commission --owner HASH --allow-plain-key`. The owner's roster is the one that
`keyward device roster --folder FOLDER` took last: run it now and then. COUNT ends it after so many readings. What is noticed stands
on standard error.
"""
import base64, http.client, json, os, ssl, sys, time
from datetime import datetime
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from keyward_open import OpenStream, take
from keyward_seal import Opener, Refused, Roster, decode


def contents(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def plain_key(folder, name):
    key = contents(folder, "keys", name + ".key")
    if b"ENCRYPTED" in key:
        raise Refused(os.path.join(folder, "keys", name + ".key") + " is encrypted: for other programs than keyward, commission"
                      " another reader with --allow-plain-key.")
    return key


def events(folder, identity, name):
    """Rows, those that are stored first; ends when the service ends it or the connection breaks."""
    context = ssl.create_default_context(cafile=os.path.join(folder, "service-ca.pem"))
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(os.path.join(folder, "certificate.pem"), os.path.join(folder, "keys", identity["key"] + ".key"))
    url = urlsplit(identity["serviceUrl"])
    connection = http.client.HTTPSConnection(url.hostname, url.port, context=context, timeout=45)
    path = "/v1/readings/" + "/".join(quote(one, safe="") for one in name)
    connection.request("GET", path + "?after=0", headers={"accept": "text/event-stream"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise Refused(answer.read().decode())
    kind, data = "", ""
    for line in answer:
        line = line.decode().rstrip("\r\n")
        if line.startswith("event:"):
            kind = line[6:].strip()
        elif line.startswith("data:"):
            data += line[5:].lstrip()
        elif line == "" and data != "":
            if kind == "end":
                raise Refused(data)
            if kind in ("", "message"):
                yield json.loads(data)
            kind, data = "", ""


def read(folder, name, count):
    identity = json.loads(contents(folder, "identity.json"))
    plain_key(folder, identity["key"])
    roster = Roster(contents(folder, "owner-" + identity["owner"][:16], "roster.json"))
    terms = roster.terms(name[2])
    if terms is None:
        raise Refused("roster-stale: the roster names no such stream")
    if datetime.fromisoformat(roster.json["expires"].replace("Z", "+00:00")).timestamp() <= time.time():
        raise Refused("roster-stale: run keyward device roster --folder " + folder)
    key = load_pem_private_key(plain_key(folder, identity["agreementKey"]["name"]), None)
    sealed, opened = Opener(roster, key, name, kem_seed(folder, identity)), OpenStream(roster, name)
    for row in events(folder, identity, name):
        data = base64.b64decode(row["sealed"]) if "sealed" in row else None
        shown, signed, noticed = None, None, []
        if not terms["sealed"]:
            signed, noticed = take(opened, row, data)
            if data is None and not noticed:
                shown = {**{one: row[one] for one in ("time", "value", "unit")}, "signed": False}
        elif data is None:
            noticed = ["reading-unsealed: an open reading came on a sealed stream"]
        else:
            try:
                shown, signed, noticed = sealed.take(decode(data), data)
            except Refused as why:
                noticed = [str(why)]
        for why in noticed:
            print(why, file=sys.stderr, flush=True)
        if shown is not None:
            print(json.dumps(shown), flush=True)
            count -= 1
        if signed:
            print(json.dumps({"signed": signed}), flush=True)
        if count == 0:
            return


def kem_seed(folder, identity):
    """The 64 bytes of an ML-KEM-768 key end its PKCS #8; None where the reader has none."""
    if "kemKey" not in identity:
        return None
    lines = plain_key(folder, identity["kemKey"]["name"]).decode().splitlines()
    return base64.b64decode("".join(one for one in lines if not one.startswith("-----")))[-64:]


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    try:
        read(sys.argv[1], tuple(sys.argv[2].split("/")), int(sys.argv[3]) if len(sys.argv) == 4 else -1)
    except Refused as why:
        sys.exit(str(why))
    except FileNotFoundError as missing:
        sys.exit(f"{missing.filename} is not there: give the folder that keyward reader commission --allow-plain-key made")
    except BrokenPipeError:
        os._exit(0)  # as of `| head`: nobody reads on
