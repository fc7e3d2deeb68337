import type { Case } from './case.ts';
import { cases } from './cases.ts';
import { mqtt311Statements } from './mqtt311.ts';
import { mqtt5Statements } from './mqtt5.ts';
import { differences, type Feature, features, idOf, type Statement, standards } from './statement.ts';

const head = `# Conformance to MQTT 5.0 and MQTT 3.1.1

<!-- Written by: node packages/testing/conformance/write.ts -->

Both standards number their normative statements: [MQTT 5.0](https://docs.oasis-open.org/mqtt/mqtt/v5.0/os/mqtt-v5.0-os.html)
251 of them, [MQTT 3.1.1](https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html) 141. Below is every one, in
our own words, with what holds Keyward to it. The words of the standard count; ours only say which one is meant. The list was
compared with Appendix B of both; three numbers are printed in two ways there (MQTT 5.0: 4.2.0-1 and 4.2-1; MQTT 3.1.1: 3.1.2-7
and 3.1.2.7, 3.8.3-4 and 3-8.3-4).

The suite is \`packages/service/conformance\`. Its cases write packets byte by byte on a TLS connection to a real service,
and read every answer strictly: whatever a server must never send fails the case in which it came. It runs with \`npm test\`;
\`npm run conformance\` runs it alone. A test fails while a statement that binds a server has no case.

| held by | meaning |
|---|---|
| a case, in quotation marks | a test of that name |
| client | binds clients alone |
| not offered | a feature that the service says it does not have; a case shows how it is refused |
| our rule | the service deliberately differs; a case shows how |
| never | the condition of the statement never comes about |
| not shown | it binds the service, and no case shows it |
`;

const outside = `
## Suites of others

Eclipse Paho's interoperability tests (\`paho.mqtt.testing\`, \`interoperability/client_test.py\` for MQTT 3.1.1 and
\`client_test5.py\` for MQTT 5) and Mosquitto's broker tests (\`test/broker\`) speak plain TCP without certificates.
\`scripts/conformance-bridge.ts\` lets them in: it listens on this machine alone, opens a TLS connection to the service as a
commissioned device or reader for each connection that comes, and passes the bytes on unchanged, both ways.

It has to be given identities of a site that runs. With the site of \`npm start\` in another terminal, in the folder of this
repository:

\`\`\`sh
npx keyward device expect probe-1 --application weather-station --out .keyward/probe-1.txt
npx keyward device expect probe-2 --application weather-station --out .keyward/probe-2.txt
npx keyward device commission --folder .keyward/probe-1 --from .keyward/probe-1.txt
npx keyward device commission --folder .keyward/probe-2 --from .keyward/probe-2.txt
npm run conformance -- bridge --port 1883 --as .keyward/probe-1 --as .keyward/probe-2     # Ctrl-C ends it
\`\`\`

\`--as\` takes a reader's folder as well, of \`keyward reader expect\` and \`keyward reader commission\`. When the bridge
prints \`bridge: mqtt://127.0.0.1:1883 as …\`, it is ready; when it cannot have that port, it ends with Node's message.

One certificate has one session, and these suites use several clients at once. So the first client identifier that comes is
given the first identity, the next one the second, and so on, and keeps it; a client beyond the last identity is closed.
An empty client identifier takes the first identity that no connection uses.

The suites are not part of this repository: each needs its sources and Python 3.

**Paho:** in a checkout of \`https://github.com/eclipse/paho.mqtt.testing\`, with the bridge on port 1883. Without arguments: the
tests hand theirs on to Python's \`unittest\`, which stops at \`--hostname\` and takes \`-h\` for a call for help.

\`\`\`sh
cd interoperability
python3 client_test5.py
python3 client_test.py
\`\`\`

One test of one of them: \`python3 client_test5.py Test.test_basic\`.

**Mosquitto:** in an unpacked source of Mosquitto 2.0. Its tests start the broker themselves, as \`../../src/mosquitto -v -p PORT\`.
Write this to \`src/mosquitto\`, with your folder of this repository in its third line, and make it executable (\`chmod +x
src/mosquitto\`). It is a bridge for each test, so none needs to run beside it.

\`\`\`sh
#!/bin/sh
# src/mosquitto: the bridge in place of the broker.
keyward=/path/to/keyward
while [ $# -gt 0 ]; do case $1 in -p) port=$2; shift;; -c) echo "configuration files are Mosquitto's own" >&2; exit 3;; esac; shift; done
exec "$keyward/node_modules/.bin/node" "$keyward/scripts/conformance-bridge.ts" --port "$port" --as "$keyward/.keyward/probe-1" --as "$keyward/.keyward/probe-2"
\`\`\`

Then run a test by itself:

\`\`\`sh
cd test/broker
python3 ./01-connect-bad-packet.py
\`\`\`

### What cannot pass, and why

Keyward is no general broker. These suites assume that anybody may publish anything anywhere; a Keyward device may publish
readings to its own streams, and nothing else is stored or delivered.

| they use | Keyward | so these fail |
|---|---|---|
| topics such as \`TopicA\`, \`fromb/+\`, payloads such as \`qos 1\` | \`{application}/{device}/{stream}\` of the certificate, payloads SenML; MQTT 5 hears 0x87 or 0x99, MQTT 3.1.1 is closed | Paho: basic (its message part), retained, will, offline queueing, overlapping, redelivery, unsubscribe, user properties, payload format, publication expiry, subscribe options. Mosquitto: 02 to 05, 07, 11, nearly all of 12 |
| one client that publishes and subscribes | a device writes, a reader reads; SUBSCRIBE of a device is refused | the same |
| QoS 2 | Maximum QoS 1; MQTT 5 hears 0x9B | whatever has \`qos2\` in its name, and Paho's tests that publish once at each QoS |
| topic aliases, shared subscriptions, subscription identifiers, AUTH | not available, as CONNACK says | Mosquitto: \`topic-alias\`, \`02-shared\`, \`subscription-id\`, \`09-extended-auth\` |
| CONNACK, PUBACK byte for byte as Mosquitto writes them | other properties, and reason strings | Mosquitto's MQTT 5 tests that compare whole packets |
| Mosquitto's own configuration, bridges, plugins, persistence, dynamic security, control topics | not there | Mosquitto: 06, 08 to 10, 13 to 21 |
| a subscription refused with 0x80 | MQTT 5 says 0x87, not authorized | Paho 5: subscribe failure; Paho 3.1.1 passes it |

What is left: connecting, wrong protocol names and flags, a second CONNECT, client identifiers, malformed text, keep-alive (Paho's
own test also waits for a will on another topic), session expiry, PINGREQ, UNSUBSCRIBE, authentication methods.

Of the tests of Mosquitto 2.0.11, 71 of groups 01, 02, 03, 05, 07 and 12 were run through the bridge in November 2026. Ten passed
as they are: \`01-connect-bad-packet\`, \`-invalid-id-utf8\`, \`-invalid-protonum\`, \`-invalid-reserved\`, \`-uname-invalid-utf8\`,
\`-uname-no-flag\`, \`-uname-pwd-no-flag\`, \`07-will-invalid-utf8\`, \`07-will-no-flag\`, \`12-prop-maximum-packet-size-connect\`. With
\`expect_packet\` of \`mosq_test.py\` told to compare a CONNACK of MQTT 5 by its flags and reason code alone, these passed too:
\`02-unsubscribe-qos0\`, \`-qos1\`, \`-qos2\`, \`05-session-expiry-v5\`, \`09-auth-bad-method\`. Five more got the reason code that they ask
for, with a reason string that they do not expect: \`02-subscribe-invalid-utf8\`, \`02-unsubscribe-invalid-no-topic\`,
\`03-publish-invalid-utf8\`, \`12-prop-session-expiry-invalid\`, \`12-prop-topic-alias-invalid\`. Some begin with MQTT 3.1, which is not
spoken here (\`01-connect-success\`, \`01-connect-invalid-id-0\`). Paho's tests were read, not run. Neither is part of \`npm test\`,
which reaches the bridge with Mosquitto's clients.
`;

const escape = (text: string): string => text.replaceAll('|', '\\|');

const quoted = (found: readonly Case[]): string => found.map(({ name }) => `“${escape(name)}”`).join(' · ');

const showing = (statement: Statement): readonly Case[] => cases.filter(({ holds }) => holds.includes(idOf(statement)));

const refusing = (feature: Feature): readonly Case[] => cases.filter(({ refuses }) => refuses?.includes(feature));

const heldBy = (statement: Statement): string => {
	const { holding } = statement;
	const shown = quoted(showing(statement));
	switch (holding.by) {
		case 'cases':
			return shown;
		case 'client':
			return shown === '' ? 'client' : `client; ${shown}`;
		case 'not offered':
			return `not offered: ${holding.feature}`;
		case 'never':
			return `never: ${holding.why}`;
		case 'not shown':
			return `not shown: ${holding.why}`;
		case 'our rule':
			return `our rule: [${holding.rule}](#where-keyward-deliberately-differs); ${shown}`;
	}
};

const table = (statements: readonly Statement[]): string =>
	[
		'| statement | says | held by |',
		'|---|---|---|',
		...statements.map((one) => `| ${one.number} | ${escape(one.says)} | ${heldBy(one)} |`),
	].join('\n');

const counts = (statements: readonly Statement[]): string => {
	const by = Map.groupBy(statements, ({ holding }) => holding.by);
	return [...by].map(([kind, held]) => `${held.length} ${kind === 'cases' ? 'by cases' : kind}`).join(', ');
};

/** `docs/mqtt-conformance.md`, whole. */
export const renderConformance = (): string => {
	const notOffered = Object.entries(features).map(
		([feature, why]) => `| ${feature} | ${why} | ${quoted(refusing(feature as Feature))} |`,
	);
	return [
		head,
		'## What is not offered\n',
		'| feature | how one knows | refused in |\n|---|---|---|',
		...notOffered,
		'\n## Where Keyward deliberately differs\n',
		'| rule | what it is | why |\n|---|---|---|',
		...Object.entries(differences).map(([name, { rule, because }]) => `| ${name} | ${rule} | ${because} |`),
		outside,
		...([5, 311] as const).map((standard) => {
			const statements = standard === 5 ? mqtt5Statements : mqtt311Statements;
			return `## ${standards[standard]}\n\n${statements.length} statements: ${counts(statements)}.\n\n${table(statements)}\n`;
		}),
	].join('\n');
};
