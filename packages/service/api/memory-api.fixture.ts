import { Problem } from '@keyward/core';
import { topicOf } from '@keyward/core/device';
import type { OperationName, Operations, ReadingView, SiteHealth } from '@keyward/contract';
import { readCursor, writeCursor } from '@keyward/contract/cursor';
import type { StreamName } from '@keyward/core/port';
import type { Caller } from '@keyward/core/authorize';
import type { EstRpc } from '../enrolment/est-rpc.ts';
import type { ApiRpc } from './api-rpc.ts';

const cursorAt = (position: number): string => writeCursor('0123456789', position);
const positionOf = (cursor: string | number): number => readCursor(String(cursor))?.position ?? 0;

/** A door with nothing behind it but maps in memory: streams, and which certificates may read them. */
export class MemoryApi implements ApiRpc, EstRpc {
	readonly #streams = new Map<string, ReadingView[]>();
	readonly #grants = new Map<string, Set<string>>();
	readonly #asked: { name: string; input: unknown; caller: Caller }[] = [];
	#changed = Promise.withResolvers<void>();
	/** Pages given by `follow` so far, and how many of its callers are done with it. */
	pages = 0;
	followed = 0;

	/** What came through, in order. */
	get asked(): readonly { name: string; input: unknown; caller: Caller }[] {
		return this.#asked;
	}

	add(name: StreamName, count: number, unit = 'Sv/h'): void {
		const rows = this.#streams.get(topicOf(name)) ?? [];
		for (let i = 0; i < count; i += 1)
			rows.push({
				cursor: cursorAt(rows.length + 1),
				time: 1_700_000_000_000 + rows.length * 1000,
				value: rows.length / 8,
				unit,
			});
		this.#streams.set(topicOf(name), rows);
		this.#wake();
	}

	grant(fingerprint: string, name: StreamName): void {
		this.#grants.set(fingerprint, (this.#grants.get(fingerprint) ?? new Set()).add(topicOf(name)));
	}

	revoke(fingerprint: string): void {
		this.#grants.delete(fingerprint);
		this.#wake();
	}

	#wake(): void {
		this.#changed.resolve();
		this.#changed = Promise.withResolvers();
	}

	/** Says more than a peer may hear, as a careless implementation would: the listener has to hold its tongue. */
	#rows(name: StreamName, caller: Caller): ReadingView[] {
		const rows = this.#streams.get(topicOf(name));
		if (rows === undefined) throw new Problem('reading-unknown-stream', `There is no stream ${topicOf(name)}.`);
		if (caller.kind !== 'certificate' || this.#grants.get(caller.fingerprint)?.has(topicOf(name)) !== true)
			throw new Problem('not-granted', `${topicOf(name)} exists and is not granted to you.`);
		return rows;
	}

	async appraiseFloor(): Promise<void> {}

	async appraiseBoot(): Promise<string | null> {
		return null;
	}

	async call<Name extends OperationName>(
		name: Name,
		input: Operations[Name]['input'],
		caller: Caller,
	): Promise<Operations[Name]['output']> {
		this.#asked.push({ name, input, caller });
		const answers: { [Each in OperationName]?: (input: Operations[Each]['input']) => Operations[Each]['output'] } = {
			'grant.list': () => [],
			'grant.end': ({ id }) => {
				if (id === 'bug') throw new TypeError('the secret is swordfish');
				if (id === 'absent') throw new Problem('grant-unknown', 'There is no grant absent.');
				return { ended: true, cut: 0 };
			},
			'readings.read': (asked) => {
				const after = positionOf(asked.after);
				const readings = this.#rows(asked, caller).slice(after, after + asked.limit);
				return { readings, next: readings.at(-1)?.cursor ?? cursorAt(after) };
			},
			'streams.list': () => [],
		};
		const answer = answers[name];
		if (answer === undefined) throw new Problem('no-such-thing', `This door does not know ${name}.`);
		return answer(input);
	}

	async *follow(name: StreamName, after: string, caller: Caller, signal: AbortSignal): AsyncGenerator<ReadingView[]> {
		let last = positionOf(after);
		try {
			while (!signal.aborted) {
				const changed = this.#changed.promise;
				const page = this.#rows(name, caller).slice(last, last + 500);
				if (page.length > 0) {
					last += page.length;
					this.pages += 1;
					yield page;
				} else {
					const gone = Promise.withResolvers<void>();
					signal.addEventListener('abort', () => gone.resolve(), { once: true });
					await Promise.race([changed, gone.promise]);
				}
			}
		} finally {
			this.followed += 1;
		}
	}

	async health(): Promise<SiteHealth> {
		return { ready: true, reasons: [], pid: 1, listeners: [], declaredPorts: [1], openPorts: null, sharedPorts: null };
	}

	async metrics(): Promise<string> {
		return 'keyward_ready 1\n';
	}

	async caCertificates(): Promise<Uint8Array[]> {
		return [];
	}

	async csrAttributes(): Promise<Uint8Array> {
		return new Uint8Array();
	}

	async challenge(): Promise<never> {
		throw new Problem('token-unknown', 'This door challenges nobody.');
	}

	async endorse(): Promise<void> {
		throw new Problem('token-unknown', 'This door believes nobody.');
	}

	async appraise(): Promise<void> {
		throw new Problem('evidence-stale', 'This door has challenged nobody.');
	}

	async beginClearing(): Promise<never> {
		throw new Problem('evidence-stale', 'This door has challenged nobody.');
	}

	async finishClearing(): Promise<void> {
		throw new Problem('evidence-stale', 'This door has challenged nobody.');
	}

	async requireToken(): Promise<never> {
		throw new Problem('token-unknown', 'This door knows no token.');
	}

	async enrol(): Promise<Uint8Array[]> {
		throw new Problem('token-unknown', 'This door admits nobody.');
	}

	async renew(): Promise<Uint8Array[]> {
		throw new Problem('certificate-unknown', 'This door renews nothing.');
	}
}
