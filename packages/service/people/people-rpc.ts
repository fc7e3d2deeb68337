import type { PersonRole } from '@keyward/core/port';
import type { Channel } from '../thread/channel.ts';
import type { SessionState } from './sessions.ts';

/** What a page gets to begin a ceremony with: options of WebAuthn as JSON (Level 3 §5.1.8, §5.1.9). */
export interface Ceremony {
	readonly kind: 'register' | 'sign-in';
	/** Whom the link names. */
	readonly person: string | null;
	readonly options: object;
}

/** Hashes are SHA-256, lower-case hex: no token reaches this thread. */
interface Opening {
	/** What the browser gave. */
	readonly response: unknown;
	/** Of the session that is to be opened. */
	readonly session: string;
	/** Of the one that it replaces. */
	readonly replaces: string | null;
	readonly from: string;
	readonly browser: string;
}

export interface SignedIn {
	readonly person: string;
	readonly role: PersonRole;
}

/** What the page's routes ask of the committer's thread; each throws `Problem` with the code that the page is told. */
export interface PeopleTopics {
	readonly beginCeremony: readonly [
		ask: { readonly invitation: string | null; readonly from: string },
		answer: Ceremony,
	];
	readonly registerPasskey: readonly [ask: Opening & { readonly invitation: string }, answer: SignedIn];
	readonly signIn: readonly [ask: Opening, answer: SignedIn];
	readonly issuerNames: readonly [ask: null, answer: readonly string[]];
	readonly beginAtIssuer: readonly [
		ask: { readonly name: string; readonly from: string },
		answer: { readonly url: string; readonly cookie: string },
	];
	readonly signInByIssuer: readonly [
		ask: Omit<Opening, 'response'> & { readonly name: string; readonly cookie: string; readonly query: string },
		answer: SignedIn,
	];
	readonly signOut: readonly [ask: { readonly session: string }, answer: void];
	readonly watchSession: readonly [ask: { readonly session: string }, answer: SessionState];
}

export interface PeopleRpc {
	begin(ask: PeopleTopics['beginCeremony'][0]): Promise<Ceremony>;
	register(ask: PeopleTopics['registerPasskey'][0]): Promise<SignedIn>;
	signIn(ask: Opening): Promise<SignedIn>;
	issuers(): Promise<readonly string[]>;
	beginAtIssuer(ask: PeopleTopics['beginAtIssuer'][0]): Promise<PeopleTopics['beginAtIssuer'][1]>;
	signInByIssuer(ask: PeopleTopics['signInByIssuer'][0]): Promise<SignedIn>;
	signOut(session: string): Promise<void>;
	watch(session: string): Promise<SessionState>;
}

export const openPeopleRpc = (channel: Channel<PeopleTopics>): PeopleRpc => ({
	begin: (ask) => channel.ask('beginCeremony', ask, [], 'strangers'),
	register: (ask) => channel.ask('registerPasskey', ask, [], 'strangers'),
	signIn: (ask) => channel.ask('signIn', ask, [], 'strangers'),
	issuers: () => channel.ask('issuerNames', null, [], 'strangers'),
	beginAtIssuer: (ask) => channel.ask('beginAtIssuer', ask, [], 'strangers'),
	signInByIssuer: (ask) => channel.ask('signInByIssuer', ask, [], 'strangers'),
	signOut: (session) => channel.ask('signOut', { session }, [], 'strangers'),
	watch: (session) => channel.ask('watchSession', { session }, [], 'followers'),
});
