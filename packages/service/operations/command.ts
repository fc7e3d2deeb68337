import { randomUUID } from 'node:crypto';
import { days, type Instant, type Milliseconds, Problem } from '@keyward/core';
import { mayUseCertificate } from '@keyward/core/device';
import type { CommandSummary } from '@keyward/contract';
import type { CertificateStore, Clock, Command, CommandStore, PrincipalStore } from '@keyward/core/port';
import { type Commands, isOpen } from '../delivery/commands.ts';
import { heldSince } from '../session/held-since.ts';
import type { Policies } from '../policy/policies.ts';
import type { Answers } from './answers.ts';

/** How long a command waits that does not say. */
const defaultWait: Milliseconds = days(7);
/** The longest that one may wait: what was meant a year ago is not meant any more. */
const longestWait: Milliseconds = days(366);
/** One packet must take it, with room for its topic and properties. */
const largest = 65_536;

/** Commands for devices: opaque bytes, kept until the device has acknowledged them. */
export const commandAnswers = (
	store: CommandStore & PrincipalStore & CertificateStore,
	policies: Policies,
	commands: Commands,
	clock: Clock,
): Answers<'command.send' | 'command.list'> => {
	const mustBeIn = async (application: string, id: string): Promise<void> => {
		const device = await store.principal({ kind: 'device', application, id });
		// To one that is only expected, whoever comes first with its token would get what was meant for the right one.
		if (device !== null && mayUseCertificate(device.state)) return;
		throw new Problem(
			'device-unknown',
			`there is no device ${JSON.stringify(id)} in ${JSON.stringify(application)} that holds a certificate; see keyward device list`,
		);
	};
	const summary = (command: Command, since: Instant): CommandSummary => {
		const { id, application, device: name, contentType, payload, at, expires, delivered } = command;
		const waits = clock.now() < expires ? 'waiting' : 'expired';
		const state = delivered !== null ? 'delivered' : isOpen(command, since) ? waits : 'void';
		return { id, application, device: name, contentType, size: payload.length, at, expires, state, delivered };
	};
	return {
		'command.send': async ({ application, device: id, payload, encoding = 'utf-8', contentType, expires }) => {
			policies.mustHave(application);
			await mustBeIn(application, id);
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
			};
			await store.putCommand(command);
			commands.sent(command);
			return summary(command, 0);
		},
		'command.list': async ({ application, device }) => {
			policies.mustHave(application);
			const commands = await store.commands(application, device);
			const since = new Map<string, Instant>();
			for (const id of new Set(commands.map((command) => command.device))) {
				since.set(id, await heldSince(store, { kind: 'device', application, id }));
			}
			return commands.map((command) => summary(command, since.get(command.device) ?? 0));
		},
	};
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
