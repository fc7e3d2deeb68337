import { randomUUID } from 'node:crypto';
import { days, type Milliseconds, Problem } from '@keyward/core';
import { mayUseCertificate } from '@keyward/core/device';
import type { Command, Store } from '@keyward/core/port';
import type { Answer, ApiDependencies } from './answer.ts';
import { commandSummary } from './command-summary.ts';

/** How long a command waits that does not say. */
const defaultWait: Milliseconds = days(7);
/** The longest that one may wait: what was meant a year ago is not meant any more. */
const longestWait: Milliseconds = days(366);
/** One packet must take it, with room for its topic and properties. */
const largest = 65_536;

/** Commands for devices: opaque bytes, kept until the device has acknowledged them. */
export const commandSend =
	({ store, policies, commands, clock }: ApiDependencies): Answer<'command.send'> =>
	async ({ application, device: id, payload, encoding = 'utf-8', contentType, expires }) => {
		policies.mustHave(application);
		await requireDevice(store, application, id);
		const at = clock.now();
		const until = expires ?? at + defaultWait;
		if (until <= at || until > at + longestWait) {
			throw new Problem('request-malformed', 'a command expires after now, and within 366 days');
		}
		const bytes = payloadOf(payload, encoding);
		const command: Command = {
			id: randomUUID(),
			application,
			device: id,
			payload: bytes,
			contentType: contentType ?? (encoding === 'utf-8' ? 'text/plain' : 'application/octet-stream'),
			at,
			expires: until,
			delivered: null,
			receipt: null,
		};
		await store.putCommand(command);
		commands.sent(command);
		return commandSummary(command, 0, clock.now());
	};

const requireDevice = async (store: Pick<Store, 'principal'>, application: string, id: string): Promise<void> => {
	const device = await store.principal({ kind: 'device', application, id });
	// To one that is only expected, the first to come with its token would get what was meant for the right one.
	if (device !== null && mayUseCertificate(device.state)) return;
	throw new Problem(
		'device-unknown',
		`there is no device ${JSON.stringify(id)} in ${JSON.stringify(application)} that holds a certificate; see keyward device list`,
	);
};

const payloadOf = (text: string, encoding: 'utf-8' | 'base64'): Uint8Array => {
	const bytes = Uint8Array.from(Buffer.from(text, encoding));
	// Buffer passes over what is no base64.
	if (encoding === 'base64' && Buffer.from(bytes).toString('base64') !== text) {
		throw new Problem('request-malformed', 'the payload is not base64 (RFC 4648 §4, with padding)');
	}
	if (bytes.length <= largest) return bytes;
	throw new Problem('request-malformed', `the payload has ${bytes.length} bytes; at most ${largest} are taken`);
};
