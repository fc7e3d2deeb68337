import { type Instant, type Milliseconds, days, hours, minutes, Problem } from '@keyward/core';
import { parsePolicy, type Policy, printSpan } from '@keyward/core/policy';
import type { Repository } from './repository.ts';

/** A reader who is to be on the roster from now on, or who is to lose streams. */
export interface ReaderEdit {
	readonly reader: string;
	readonly stream: string;
	readonly purpose: 'read' | 'archive';
	readonly expires: Instant;
}

export interface DraftEdits {
	readonly gains?: readonly ReaderEdit[];
	/** Without a stream: all of them. */
	readonly loses?: readonly { readonly reader: string; readonly stream?: string }[];
	/** Who may command from now on, or by another key or for longer. */
	readonly commands?: readonly { readonly commander: string; readonly key: Uint8Array; readonly expires: Instant }[];
	/** Who may command no longer. */
	readonly commandsNot?: readonly string[];
	/** Devices with another stream key than on the roster before: what that one signed stays good, and it may sign still. Never one that was opened. */
	readonly succeeds?: readonly string[];
	readonly lasts?: Milliseconds;
}

/** What a device or reader registered with the service, as the service says. */
export interface KeysOf {
	readonly kind: 'device' | 'reader';
	readonly id: string;
	/** Base64. */
	readonly keys: readonly { readonly purpose: string; readonly key: string }[];
}

interface Json {
	[name: string]: unknown;
}

/**
 * The next roster of an application, as JSON text: devices and keys as the service says that they are registered, terms of streams as
 * the policy asks, readers as they were, with the edits. What the service says is not trusted: the signer shows each key.
 */
export const draftRoster = (
	site: { readonly policy: string; readonly keys: readonly KeysOf[]; readonly repository: Repository },
	edits: DraftEdits,
	now: Instant,
): string => {
	const policy = parsePolicy(site.policy, 'taken');
	const { application } = policy;
	const before = site.repository.rosters.get(application);
	const old = (before === undefined ? {} : JSON.parse(before.text)) as Json;
	const keyOf = (kind: 'device' | 'reader', id: string, purpose: string): string | undefined =>
		site.keys.find((one) => one.kind === kind && one.id === id)?.keys.find((key) => key.purpose === purpose)?.key;

	const oldDevices = (old['devices'] ?? {}) as Readonly<
		Record<string, { readonly key: string; readonly previous?: string }>
	>;
	const devices: Json = {};
	for (const { kind, id } of site.keys) {
		const key = kind === 'device' ? keyOf('device', id, 'stream') : undefined;
		if (key === undefined) continue;
		const before = oldDevices[id];
		const previous = before?.key === key ? before.previous : edits.succeeds?.includes(id) ? before?.key : undefined;
		devices[id] = { key, ...(previous !== undefined && { previous }) };
	}
	for (const id of edits.succeeds ?? []) {
		if (
			!Object.hasOwn(devices, id) ||
			oldDevices[id] === undefined ||
			oldDevices[id].key === keyOf('device', id, 'stream')
		)
			throw new Problem(
				'request-malformed',
				`${id} has no other stream key than on the roster before: nothing succeeds it.`,
			);
	}
	const readers = { ...(old['readers'] as Record<string, Json> | undefined) };
	for (const { reader, stream } of edits.loses ?? []) {
		const known = readers[reader];
		if (known === undefined) throw new Problem('reader-unknown', `${reader} is not on the roster of ${application}.`);
		const streams = stream === undefined ? [] : (known['streams'] as string[]).filter((name) => name !== stream);
		if (streams.length === 0) delete readers[reader];
		else readers[reader] = { ...known, streams };
	}
	for (const { reader, stream, purpose, expires } of edits.gains ?? []) {
		const terms = policy.streams.get(stream);
		if (terms === undefined || !terms.readers.includes(reader))
			throw new Problem(
				'reader-unknown',
				`The policy of ${application} does not name ${reader} for ${stream}: add it there first.`,
			);
		const key = keyOf('reader', reader, 'agreement');
		if (key === undefined)
			throw new Problem(
				'reader-unknown',
				`${reader} has registered no key yet: commission it first (keyward reader commission).`,
			);
		const kem = keyOf('reader', reader, 'kem');
		const streams = [...new Set([...((readers[reader]?.['streams'] as string[] | undefined) ?? []), stream])];
		readers[reader] = {
			key,
			...(kem !== undefined && { kem }),
			streams,
			purpose,
			expires: new Date(expires).toISOString(),
		};
	}
	const commanders = { ...(old['commanders'] as Json | undefined) };
	for (const id of edits.commandsNot ?? []) {
		if (commanders[id] === undefined)
			throw new Problem('reader-unknown', `${id} is no commander on the roster of ${application}.`);
		delete commanders[id];
	}
	for (const { commander, key, expires } of edits.commands ?? [])
		commanders[commander] = { key: Buffer.from(key).toString('base64'), expires: new Date(expires).toISOString() };
	const longest = policy.parameters['roster-age'];
	const lasts = edits.lasts ?? (typeof longest === 'number' ? longest : days(7));
	return `${JSON.stringify({
		...{ type: 'keyward-roster', version: 1, application, number: (before?.roster.number ?? 0) + 1 },
		...{ issued: new Date(now).toISOString(), expires: new Date(now + lasts).toISOString() },
		...{ devices, readers, commanders },
		signers: { command: 1, dangerous: policy.level.authorization >= 4 ? 2 : 1 },
		streams: Object.fromEntries(
			Array.from(policy.streams.values(), (stream) => [stream.name, termsOf(policy, stream)]),
		),
		// Left out where there are none: agents that do not know it take such a roster as before.
		...(policy.commands.size > 0 && {
			commands: Object.fromEntries(Array.from(policy.commands, ([name, danger]) => [name, danger])),
		}),
	})}\n`;
};

const termsOf = (
	{ parameters }: Policy,
	{ every, unit, essential }: Policy['streams'] extends ReadonlyMap<string, infer T> ? T : never,
): Json => {
	const sealed = parameters['sealed-readings'];
	const within = parameters['reading-signature'];
	const epoch = parameters['epoch-length'];
	return {
		sealed: sealed === 'sealed' || sealed === 'sealed-pq',
		suite: sealed === 'sealed-pq' ? 2 : 1,
		signed: within === 0 ? 'each' : { within: span(typeof within === 'number' ? within : minutes(10)) },
		every: span(every),
		epoch: span(typeof epoch === 'number' ? epoch : hours(24)),
		...{ unit, essential },
	};
};

const span = (length: Milliseconds): string => printSpan(length).replace(' ', '');
