import type { Command, CommandStore, ReadingStore, Row, SessionStore, Store, StoredSession } from '@keyward/core/port';
import type { DataKeys } from './data-keys.ts';

/** Stands for a record whose key was destroyed: no record of a device has these bytes, so nothing is taken for it again. */
const ERASED = new Uint8Array(0);

/**
 * A store whose `find` and `read` give what was sent, out of what is encrypted, and that keeps wills and commands encrypted. All else is the store's, `append` and `journal` too:
 * what they take and give is covered by the ledger as it lies there.
 */
export const encryptedStore = <Whole extends Store>(
	store: Whole,
	keys: Pick<DataKeys, 'decrypt' | 'encryptKept' | 'decryptKept'>,
): Whole => {
	const find: ReadingStore['find'] = async (places) => {
		const found = await store.find(places);
		return places.map((place, index) => {
			const one = found[index] ?? null;
			if (one?.encrypted !== true) return one;
			// replay-refused (CR 3.1): what was erased is not taken a second time.
			return { payload: keys.decrypt(one.payload, place) ?? ERASED };
		});
	};
	/** Rows whose key was destroyed are passed over; what is there for the reader comes, wherever it begins. */
	const read: ReadingStore['read'] = async (stream, after, limit) => {
		let from = after;
		for (;;) {
			const page = await store.read(stream, from, limit);
			const rows: Row[] = [];
			for (const { encrypted, ...row } of page) {
				const payload = encrypted === true ? keys.decrypt(row.payload, row) : row.payload;
				if (payload !== null) rows.push({ ...row, payload });
			}
			const last = page.at(-1);
			if (rows.length > 0 || last === undefined) return rows;
			from = last.cursor;
		}
	};
	// Behind it stands the store itself, so that a closed one says so.
	return Object.assign(Object.create(store) as Whole, { find, read, ...keptMessages(store, keys) });
};

/** What stands in front of the content type of a command that is encrypted; no media type begins so. */
const ENCRYPTED = 'encrypted ';
/** Begins a will that is encrypted: neither JSON nor an array or tag of CBOR does. */
const MARK = 0xe1;

type Kept = Pick<CommandStore, 'putCommand' | 'commands'> & Pick<SessionStore, 'putSession' | 'session' | 'sessions'>;

/** Wills are readings that are given in advance, and commands are an application's own: encrypted by the device's key (CR 4.1). */
const keptMessages = (store: Store, keys: Pick<DataKeys, 'encryptKept' | 'decryptKept'>): Kept => {
	const aboutWill = ({ principal: { kind, application, id } }: StoredSession): string =>
		JSON.stringify(['will', kind, application, id]);
	const openCommand = (command: Command): Command[] => {
		if (!command.contentType.startsWith(ENCRYPTED)) return [command];
		const payload = keys.decryptKept(command.payload, `command ${command.id}`);
		return payload === null ? [] : [{ ...command, payload, contentType: command.contentType.slice(ENCRYPTED.length) }];
	};
	const openSession = (session: StoredSession): StoredSession => {
		const { will } = session;
		if (will?.payload[0] !== MARK) return session;
		const payload = keys.decryptKept(will.payload.subarray(1), aboutWill(session));
		return { ...session, will: payload === null ? null : { ...will, payload } };
	};
	return {
		putCommand: async (command) => {
			const { application, device, id, payload, contentType } = command;
			const encrypted = await keys.encryptKept({ application, device }, `command ${id}`, payload);
			await store.putCommand({ ...command, payload: encrypted, contentType: `${ENCRYPTED}${contentType}` });
		},
		commands: async (application, device) => (await store.commands(application, device)).flatMap(openCommand),
		putSession: async (session) => {
			const { will, principal } = session;
			if (will === null) return store.putSession(session);
			const name = { application: principal.application, device: principal.id };
			const encrypted = await keys.encryptKept(name, aboutWill(session), will.payload);
			const payload = Uint8Array.from([MARK, ...encrypted]);
			await store.putSession({ ...session, will: { ...will, payload } });
		},
		session: async (principal) => {
			const found = await store.session(principal);
			return found === null ? null : openSession(found);
		},
		sessions: async () => (await store.sessions()).map(openSession),
	};
};
