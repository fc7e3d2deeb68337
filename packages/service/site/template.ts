import { alertKinds } from './site-file.ts';

/** What a new site file says beside its comments. */
export interface SiteAnswers {
	readonly name: string;
	readonly listen: string;
	readonly https: number;
	readonly mqtt: number;
}

export const usualAnswers: SiteAnswers = { name: 'localhost', listen: '127.0.0.1', https: 8443, mqtt: 8883 };

/** A site file with everything that it may say; what is commented out is optional. `readSite` reads it. */
export const siteTemplate = ({ name, listen, https, mqtt }: SiteAnswers): string => `\
# The site file of a Keyward service. docs/site-file.md explains every key; keyward doctor checks it.
# Paths are of files, from this file's folder on. No secret is ever written here: only the paths of files that hold them.

# The name that devices and readers reach the service by. It stands in its certificate and in every commissioning string.
name: ${name}

# More names and addresses for the certificate.
# addresses: [10.0.0.5, keyward.plant.example]

# The address to listen on: 127.0.0.1 is this machine alone, 0.0.0.0 every network that it is on.
listen: ${listen}

ports:
  # The HTTP API and enrolment (EST); with floors, as under mqtt: [{ port: 8443, floor: tls1.3 }, { port: 8444, floor: tls1.3-pq }].
  https: ${https}
  # Certificate status for others (CRL, OCSP), plain because signed. none: not served.
  http: none
  # MQTT: one listener for each link floor, tls1.2-aead, tls1.3 or tls1.3-pq (also post-quantum).
  mqtt:
    - { port: ${mqtt}, floor: tls1.3 }
  # /metrics (Prometheus) and /healthz in plain HTTP, for this machine alone: 127.0.0.1:9464. none: on the operator's
  # socket in the data folder only.
  metrics: none

# The key that the site's own keys are sealed under. Best kept on another medium than the data folder; this is where it is
# looked for, and made, when nothing is said: authority/seal.key in the data folder.
# seal-file: /etc/keyward/seal.key

# Where the keys of the site's CAs live: files, or a token behind PKCS#11.
authority: { custody: file }
# authority: { custody: pkcs11, module: /usr/lib/your-hsm.so, token: keyward, pin-file: hsm.pin }

# Where the key lives that stored readings are encrypted for: a file under the seal, or a token behind PKCS#11, as
# confidentiality 4 asks. A change moves it into the token at the next start.
readings-key: { custody: file }
# readings-key: { custody: pkcs11, module: /usr/lib/your-hsm.so, token: keyward, pin-file: hsm.pin }

# Manufacturers whose parts may prove that a key is in hardware: roots of their device certificates (IDevID) and TPM endorsement
# keys, in PEM or DER, and signed manifests of parts that were bought. What is revoked goes under revoked (files of
# certificates, or parts), broken TPM firmware under denied-firmware.
# manufacturers:
#   - name: Example Semiconductor
#     anchors: [manufacturers/example-root.pem]
#     manifests: [manufacturers/box-17.json]
#     manifest-signers: [manufacturers/example-manifest-signer.pem]
#     revoked: []

# Roots of emulators (swtpm, SoftHSM). An emulator counts as hardware only when it is named here, and is shown as emulated
# even then. Leave it out wherever a thief could take a device.
# emulators:
#   - { name: our swtpm, anchors: [manufacturers/swtpm-root.pem] }

# How long readings are kept: a span, such as 400d, or forever.
retention: forever

# The longest that an MQTT session waits for a sleeping device.
# session-expiry: 7d

# How far ahead of this machine's clock a device's may be, where the policy does not say.
# clock-tolerance: 60s

# How far back a reading's time may lie, and never before its device was commissioned; any: both are taken, for recordings.
# oldest-reading: 90d

# Alerts by webhook, signed with the key in secret-file (HMAC-SHA-256). All events when none are named.
# alerts:
#   url: https://alerts.example/keyward
#   secret-file: alerts.secret
#   events: [${alertKinds.join(', ')}]

# Whom the service asks every 17 minutes whether its clock is true: an NTS server (RFC 8915), with the CA of its certificate where the
# machine's own CAs do not have it; or ntp: HOST, which is not authenticated and counts for 10 s at best.
# time-source: { nts: time.example.org }

# Who vouches for the ledgers, so that somebody who has the whole site cannot write another history (docs/witness.md), and how many of
# them must: witnesses in other hands (keyward witness), by the keys that they print.
# witnesses: { quorum: 1, of: [{ url: 'https://witness.example/', key: 'remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2' }] }

# A folder in which advisories are looked for every minute (OSV, CSAF 2.0), writable by this user alone; and whose word counts
# that something is fixed or not affected, by the namespace of CSAF's publisher.
# advisories: { folder: advisories, publishers: [https://psirt.example] }

# Who else than a passkey opens the console (docs/people.md): an issuer of OpenID Connect, with the secret of this client in a file, and
# which of its claims count as more than a password. Only people that an owner named get in: keyward person link.
# sign-in:
#   - name: plant
#     issuer: https://login.plant.example/realms/plant
#     client-id: keyward
#     secret-file: issuer.secret
#     proves: [{ acr: phr, as: passkey }]

# How to report a flaw, served at /.well-known/security.txt (RFC 9116) until it expires; less than a year ahead is best.
# security-txt: { contact: [mailto:security@plant.example], expires: 2027-06-01T00:00:00Z, policy: [https://plant.example/flaws] }

# error, warn, info or debug. Logs are lines of JSON on standard error.
log-level: info
`;
