import { signal } from '@preact/signals';
import { type Answer, ask, call, keepToken, lostSince, onOwnMachine, onSignedOut, Refused } from './api.ts';
import { draftsAreOf } from './draft.ts';
import { texts } from '../texts/index.ts';

/** Who is signed in; null: nobody; undefined: not known yet. */
export const self = signal<Answer<'session.self'> | null | undefined>(undefined);

/** What stands above the sign-in button. */
export const gateText = signal<string>(texts.gate.out);

/** The token of a link. It is taken out of the address at once: a history keeps addresses. */
export const invitation = signal<string | null>(/^#invite=([A-Za-z0-9_-]{43})$/.exec(location.hash)?.[1] ?? null);

/** Who else than a passkey lets in here. */
export const issuers = signal<readonly string[]>([]);

/** By which code a sign-in at an issuer was refused: it comes back by the address. */
const refusal = /^#refused=([a-z-]{1,40})$/.exec(location.hash)?.[1] ?? null;

/** Goes to the issuer; it sends the browser back. */
export const signInAt = async (issuer: string): Promise<void> => {
	const { url } = await ask('/v1/people/issuers/begin', { issuer });
	if (!url.startsWith('https://')) throw new Error(texts.gate.badIssuer);
	location.assign(url);
};

/** The token of a link that `keyward console` printed. */
const link = onOwnMachine ? (/^#open=([A-Za-z0-9_-]{43})$/.exec(location.hash)?.[1] ?? null) : null;

export const may = (operation: string): boolean => self.value?.may.includes(operation) ?? false;

const LONGEST_LOST = 600_000;

/** Which watch counts: signing out ends it without a word. */
let watches = 0;

/** Shows nothing of the site any more. */
export const goDark = (text: string): void => {
	watches++;
	self.value = null;
	gateText.value = onOwnMachine ? texts.gate.ownMachine : text;
};

/** Goes dark as soon as the session is locked or ended. */
const watch = async (): Promise<void> => {
	const own = ++watches;
	for (;;) {
		let state: 'open' | 'locked' | 'ended' | 'lost';
		try {
			({ state } = await ask('/v1/people/session'));
		} catch {
			state = 'lost';
		}
		if (own !== watches) return;
		if (state === 'locked') return goDark(texts.gate.locked);
		if (state === 'ended') return goDark(texts.gate.ended);
		// Lost: what is shown stays, marked as old, for as long as an idle session would; it is asked again until it answers.
		if (state === 'lost' && Date.now() - (lostSince.value ?? Date.now()) > LONGEST_LOST) return goDark(texts.gate.lost);
		if (state === 'lost') await new Promise((done) => setTimeout(done, 2000));
		if (own !== watches) return;
	}
};

const enter = async (): Promise<void> => {
	const found = await call('session.self', {});
	draftsAreOf(found.person);
	self.value = found;
	void watch();
};

const jsonOf = (credential: Credential | null): unknown => {
	if (credential instanceof PublicKeyCredential) return credential.toJSON();
	throw new Error(texts.gate.noPasskey);
};

export const register = async (): Promise<void> => {
	const token = invitation.value;
	const { options } = await ask('/v1/people/begin', { invitation: token });
	const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options as PublicKeyCredentialCreationOptionsJSON);
	const credential = await navigator.credentials.create({ publicKey });
	await ask('/v1/people/register', { invitation: token, response: jsonOf(credential) });
	invitation.value = null;
	await enter();
};

export const signIn = async (): Promise<void> => {
	const { options } = await ask('/v1/people/begin', {});
	const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON);
	const credential = await navigator.credentials.get({ publicKey });
	await ask('/v1/people/sign-in', { response: jsonOf(credential) });
	await enter();
};

export const signOut = async (): Promise<void> => {
	watches++;
	await ask('/v1/people/sign-out', {});
	goDark(texts.gate.out);
};

// A link that is opened where the console is open already changes the address alone.
addEventListener('hashchange', () => /^#(invite|open)=/.test(location.hash) && location.reload());

/** Finds out who is there. */
export const begin = async (): Promise<void> => {
	if (/^#(invite|open|refused)=/.test(location.hash))
		history.replaceState(null, '', location.pathname + location.search);
	onSignedOut.tell = () => {
		if (self.value) goDark(texts.gate.ended);
	};
	if (invitation.value !== null) return goDark(texts.gate.invited);
	if (!onOwnMachine)
		void ask('/v1/people/issuers').then(
			(answer) => (issuers.value = answer.issuers),
			() => undefined,
		);
	if (refusal !== null) return goDark(texts.gate.refused(refusal));
	try {
		if (link !== null) keepToken((await ask('/v1/console/open', { token: link })).token);
		await enter();
	} catch (error) {
		// An open session's state is told when it changes; any other's at once.
		const state = error instanceof Refused ? await ask('/v1/people/session').catch(() => null) : null;
		goDark(state === null ? texts.gate.lost : state.state === 'locked' ? texts.gate.locked : texts.gate.out);
	}
};
