import type { Instant } from '@keyward/core';
import type { Grant, GrantStore, PrincipalName, StreamName } from '@keyward/core/port';

/** What one reader was granted: all, and by stream and then by device, `*` among them. */
interface OfReader {
	all: readonly Grant[];
	readonly by: Map<string, Map<string, Grant[]>>;
}

const nothing: readonly Grant[] = [];

/** Every grant of the site, at hand for each decision. */
export interface Grants {
	of(application: string): readonly Grant[];
	/** Those that were made to the principal: none to a device. */
	to(principal: PrincipalName): readonly Grant[];
	/** Those of them that cover the stream, if they hold at all. */
	covering(principal: PrincipalName, name: StreamName): readonly Grant[];
	all(): readonly Grant[];
	/** The grants that an application's roster makes, in the place of those that the roster before it made. Kept by the owner's repository. */
	putRoster(application: string, grants: readonly Grant[]): void;
	/** Durable when it resolves. */
	add(grant: Grant): Promise<void>;
	/** The grant that ended; null when there is none to end. Durable when it resolves. */
	end(id: string, at: Instant): Promise<Grant | null>;
}

const keyOf = (application: string, reader: string): string => `${application}/${reader}`;

/** `onRoster` is told of each application whose roster made other grants; `unrecorded` gives those of these ids that no ledger records. */
export const openGrants = async (
	store: GrantStore,
	onRoster: (application: string) => void = () => {},
	unrecorded: (ids: readonly string[]) => ReadonlySet<string> = () => new Set(),
): Promise<Grants> => {
	const byApplication = new Map<string, Grant[]>();
	/** CR 7.1: by reader, so that a question about one stream costs what was granted on it, not what was granted to all. */
	const byReader = new Map<string, OfReader>();
	const index = (grant: Grant): void => {
		const key = keyOf(grant.application, grant.reader);
		const reader: OfReader = byReader.get(key) ?? { all: [], by: new Map<string, Map<string, Grant[]>>() };
		byReader.set(key, reader);
		reader.all = [...reader.all.filter(({ id }) => id !== grant.id), grant];
		const devices = reader.by.get(grant.stream) ?? new Map<string, Grant[]>();
		reader.by.set(grant.stream, devices);
		devices.set(grant.device, [...(devices.get(grant.device) ?? []).filter((one) => one.id !== grant.id), grant]);
	};
	const put = (grant: Grant): void => {
		const others = (byApplication.get(grant.application) ?? []).filter(({ id }) => id !== grant.id);
		byApplication.set(grant.application, [...others, grant]);
		index(grant);
	};
	const drop = (gone: Grant): void => {
		const others = ({ id }: Grant): boolean => id !== gone.id;
		byApplication.set(gone.application, (byApplication.get(gone.application) ?? []).filter(others));
		const reader = byReader.get(keyOf(gone.application, gone.reader));
		if (reader === undefined) return;
		reader.all = reader.all.filter(others);
		const devices = reader.by.get(gone.stream);
		devices?.set(gone.device, (devices.get(gone.device) ?? []).filter(others));
	};
	const kept = await store.grants();
	const past = unrecorded(kept.map(({ id }) => id));
	for (const grant of kept) put(past.has(grant.id) ? { ...grant, unrecorded: true } : grant);
	return {
		of: (application) => byApplication.get(application) ?? [],
		to: ({ kind, application, id }) =>
			kind === 'reader' ? (byReader.get(keyOf(application, id))?.all ?? nothing) : nothing,
		covering: ({ kind, application, id }, { device, stream }) => {
			const devices = kind === 'reader' ? byReader.get(keyOf(application, id))?.by.get(stream) : undefined;
			const own = devices?.get(device) ?? nothing;
			const every = device === '*' ? nothing : (devices?.get('*') ?? nothing);
			return every.length === 0 ? own : own.length === 0 ? every : [...own, ...every];
		},
		all: () => [...byApplication.values()].flat(),
		putRoster: (application, grants) => {
			for (const grant of byApplication.get(application) ?? []) if (grant.held !== undefined) drop(grant);
			for (const grant of grants) put(grant);
			onRoster(application);
		},
		add: async (grant) => {
			await store.putGrant(grant);
			put(grant);
		},
		end: async (id, at) => {
			if (!(await store.endGrant(id, at))) return null;
			const grant = [...byApplication.values()].flat().find((known) => known.id === id);
			if (grant === undefined) return null;
			const ended = { ...grant, ended: at };
			put(ended);
			return ended;
		},
	};
};
