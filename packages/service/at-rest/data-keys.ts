import type { KeyObject } from 'node:crypto';
import { days, Problem } from '@keyward/core';
import {
	decryptKept,
	decryptRecord,
	encryptKept,
	encryptRecord,
	KEPT_NONCE,
	KEY_LENGTH,
	readEncryptedRecord,
	recordKeyOf,
	type RecordPlace,
	unwrapDataKey,
	wrapDataKey,
	WRAP_NONCE,
} from '@keyward/core/at-rest';
import type { Clock, DataKeyStore, Entropy, Row, StreamName } from '@keyward/core/port';

const day = days(1);

/** Keys of records that are held ready; beyond it they are derived again. */
const READY = 20_000;

/** Encrypts readings before they are stored, and opens them again (requirement at-rest-encryption, CR 4.1). */
export interface DataKeys {
	/** The rows of one application, encrypted. A key that is new is durable before it is used. */
	encrypt(application: string, rows: readonly Row[], nameOf: (stream: number) => StreamName): Promise<Row[]>;
	/** Null when its key was destroyed. Throws `Problem('store-failed')` when it is not what was stored. */
	decrypt(payload: Uint8Array, place: RecordPlace): Uint8Array | null;
	/** A will or a command of a device, encrypted. `about` is authenticated with it. */
	encryptKept(name: DeviceName, about: string, payload: Uint8Array): Promise<Uint8Array>;
	/** As `decrypt`. */
	decryptKept(bytes: Uint8Array, about: string): Uint8Array | null;
	/**
	 * Destroys the key of a device: everything that it ever sent is unreadable, in every copy of the store as well once its key is gone
	 * from there. Gives how many keys that were.
	 */
	destroy(application: string, device: string): Promise<number>;
	/** Ends spans that are over, so that `forget` finds their keys without use when their rows are gone. */
	endSpans(): Promise<void>;
	/** The store has destroyed keys: they are let go of here. */
	reread(): Promise<void>;
}

export interface DeviceName {
	readonly application: string;
	readonly device: string;
}

interface Span {
	readonly number: number;
	readonly day: number;
	readonly key: Uint8Array;
	/** How many records were encrypted under it. Never set back. */
	count: number;
	/** Keys of records, by stream. */
	readonly streams: Map<number, { readonly device: number; readonly key: KeyObject }>;
}

export interface DataKeysOptions {
	readonly store: DataKeyStore;
	readonly keyEncryptionKey: Uint8Array;
	readonly clock: Clock;
	readonly entropy: Entropy;
}

/** Throws `Problem('key-file')` when the stored keys are not under this key-encryption key. */
export const openDataKeys = async (options: DataKeysOptions): Promise<DataKeys> => {
	const { store, keyEncryptionKey, clock, entropy } = options;
	/** Those of spans and of devices, by number. */
	const keys = new Map<number, Uint8Array>();
	/** Numbers of devices' keys, by application and device. */
	const devices = new Map<string, number>();
	/** Of this start alone: a nonce is never taken twice because no earlier span is written under again. */
	const spans = new Map<string, Span>();
	const ready = new Map<string, KeyObject>();

	const nameOf = (application: string, device: string): string => `${application}\n${device}`;
	const load = async (): Promise<void> => {
		const kept = await store.dataKeys();
		const numbers = new Set(kept.map(({ number }) => number));
		for (const [number, key] of keys) {
			if (numbers.has(number)) continue;
			key.fill(0);
			keys.delete(number);
			ready.clear();
		}
		devices.clear();
		for (const { number, application, device, day, wrapped } of kept) {
			if (device !== null) devices.set(nameOf(application, device), number);
			if (!keys.has(number)) keys.set(number, unwrapDataKey(keyEncryptionKey, wrapped, { application, device, day }));
		}
		for (const [application, span] of spans) if (!numbers.has(span.number)) spans.delete(application);
	};
	await load();
	await store.endDataKeys();

	const make = async (application: string, device: string | null, day: number | null): Promise<number> => {
		const key = entropy.bytes(KEY_LENGTH);
		const purpose = { application, device, day };
		const wrapped = wrapDataKey(keyEncryptionKey, key, purpose, entropy.bytes(WRAP_NONCE));
		const number = await store.addDataKey({ ...purpose, wrapped });
		keys.set(number, key);
		return number;
	};

	const today = (): number => Math.floor(clock.now() / day);

	const spanOf = async (application: string): Promise<Span> => {
		const day = today();
		const current = spans.get(application);
		if (current?.day === day) return current;
		const number = await make(application, null, day);
		const span: Span = { number, day, key: keys.get(number) ?? gone(), count: 0, streams: new Map() };
		spans.set(application, span);
		return span;
	};

	const deviceOf = async (application: string, device: string): Promise<number> => {
		const name = nameOf(application, device);
		const known = devices.get(name) ?? (await make(application, device, null));
		devices.set(name, known);
		return known;
	};

	const keyOf = (span: number, device: number): KeyObject | null => {
		const [spanKey, deviceKey] = [keys.get(span), keys.get(device)];
		if (spanKey === undefined || deviceKey === undefined) return null;
		const name = `${span} ${device}`;
		const found = ready.get(name);
		if (found !== undefined) return found;
		if (ready.size >= READY) ready.clear();
		const made = recordKeyOf(spanKey, deviceKey);
		ready.set(name, made);
		return made;
	};

	/** What the rows of a stream are encrypted under. */
	const laneOf = async (span: Span, application: string, stream: number, device: string) => {
		const number = await deviceOf(application, device);
		const lane = { device: number, key: keyOf(span.number, number) ?? gone() };
		span.streams.set(stream, lane);
		return lane;
	};

	return {
		encrypt: async (application, rows, nameOfStream) => {
			const span = await spanOf(application);
			const encrypted: Row[] = [];
			for (const row of rows) {
				const { stream, cursor, identity, time, type, payload } = row;
				const lane = span.streams.get(stream) ?? (await laneOf(span, application, stream, nameOfStream(stream).device));
				const head = { span: span.number, device: lane.device, count: ++span.count };
				const record = encryptRecord(lane.key, head, row, payload);
				encrypted.push({ stream, cursor, identity, time, type, payload: record, encrypted: true });
			}
			return encrypted;
		},
		decrypt: (payload, place) => {
			const record = readEncryptedRecord(payload);
			const key = keyOf(record.span, record.device);
			return key === null ? null : decryptRecord(key, record, place);
		},
		encryptKept: async ({ application, device }, about, payload) => {
			const number = await deviceOf(application, device);
			const key = keys.get(number) ?? gone();
			return encryptKept({ number, key }, about, payload, entropy.bytes(KEPT_NONCE));
		},
		decryptKept: (bytes, about) => decryptKept(bytes, about, (number) => keys.get(number) ?? null),
		destroy: async (application, device) => {
			const destroyed = await store.destroyDataKeys(application, device);
			for (const span of spans.values()) span.streams.clear();
			await load();
			return destroyed;
		},
		endSpans: async () => {
			const day = today();
			for (const [application, span] of spans) if (span.day < day) spans.delete(application);
			await store.endDataKeys(day);
		},
		reread: load,
	};
};

const gone = (): never => {
	throw new Problem('store-failed', 'A key that readings are to be encrypted under is gone. Start the site again.');
};
