import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Leaving, signInAt } from '@keyward/testing/service/sign-in';
import { startSite, type TestSite } from '@keyward/testing/service/site';
import { type IdentityProvider, startIdentityProvider } from './identity-provider.fixture.ts';

let provider: IdentityProvider;
let site: TestSite;
const ends: (() => Promise<void> | void)[] = [];

const anna = { subject: 'anna-1', email: 'anna@plant.example', acr: 'urn:plant:two-factors' };

before(async () => {
	provider = await startIdentityProvider();
	site = await startSite({ after: (end) => void ends.push(end) }, { issuers: [provider.terms], linkWorkers: 0 });
	provider.register(`${new URL(site.url).origin}/v1/people/issuers/plant/answer`);
	await site.ask('person.link', { person: 'anna', role: 'auditor', issuer: 'plant', email: anna.email });
});

after(async () => {
	for (const end of ends.toReversed()) await end();
	await provider.stop();
});

/** The address of the provider with another value in its query. */
const changed = (address: string, name: string, value: string | null): string => {
	const url = new URL(address);
	if (value === null) url.searchParams.delete(name);
	else url.searchParams.set(name, value);
	return url.href;
};

let browsers = 0;
/** Each at another address: one network may sign in 20 times a minute. */
const begin = (): Promise<Leaving> => signInAt(site.httpsPort, 'plant', `127.0.1.${++browsers}`);

/** Begins at the site, signs in at the provider, and comes back. */
const signIn = async (
	onTheWay: { there?: (url: string) => string; back?: (url: string) => string } = {},
): Promise<Awaited<ReturnType<Leaving['comeBack']>>> => {
	const { there = String, back = String } = onTheWay;
	const browser = await begin();
	return browser.comeBack(back(await provider.visit(there(browser.url))));
};

test('oidc-provider lets in whom an owner named, with what the owner believes it proves', async () => {
	provider.account = anna;
	const browser = await begin();
	const address = await provider.visit(browser.url);
	// RFC 9207 §2: the answer says whose it is.
	assert.equal(new URL(address).searchParams.get('iss'), provider.issuer);
	const { status, refused, cookie } = await browser.comeBack(address);
	assert.deepEqual([status, refused], [303, null]);
	assert.match((await browser.call('session.self', cookie ?? '')).text, /"person":"anna","role":"auditor"/);
	assert.equal((await site.ask('session.list', {}))[0]?.step, 'second-factor');
	// The code and the state count once.
	assert.equal((await browser.comeBack(address)).refused, 'identity-refused');
	const { people } = await site.ask('person.list', {});
	assert.equal(people[0]?.identities[0]?.subject, 'anna-1');
	// The policy asks for more than a password.
	provider.account = { ...anna, acr: 'urn:plant:password' };
	assert.equal((await signIn()).refused, 'passkey-too-weak');
});

test('whom the provider knows and no owner named, or whom it does not let in, gets no session', async () => {
	provider.account = { ...anna, subject: 'another' };
	assert.equal((await signIn()).refused, 'identity-refused', 'the address is bound to its first subject');
	provider.account = null;
	assert.equal((await signIn()).refused, 'identity-refused');
});

test('PKCE, state, nonce and iss each hold against the provider', async () => {
	provider.account = anna;
	const other = 'A'.repeat(43);
	const refused: Readonly<Record<string, Parameters<typeof signIn>[0]>> = {
		'another challenge, so that the verifier is not its own': {
			there: (url) => changed(url, 'code_challenge', other),
		},
		'another nonce in the ID token': { there: (url) => changed(url, 'nonce', other) },
		'another state': { there: (url) => changed(url, 'state', other) },
		'no iss, though the provider promises one': { back: (url) => changed(url, 'iss', null) },
		'the iss of somebody else': { back: (url) => changed(url, 'iss', 'https://evil.example') },
		'a code that the provider did not give': { back: (url) => changed(url, 'code', other) },
	};
	for (const [what, onTheWay] of Object.entries(refused)) {
		const { refused: code, cookie } = await signIn(onTheWay);
		assert.deepEqual([code, cookie], ['identity-refused', null], what);
	}
	// The code of one sign-in in the answer of another, in the browser of that other: the mark of a planted code.
	const [mine, planted] = [await begin(), await begin()];
	const code = new URL(await provider.visit(planted.url)).searchParams.get('code');
	const answer = changed(await provider.visit(mine.url), 'code', code);
	assert.equal((await mine.comeBack(answer)).refused, 'identity-refused');
	assert.equal((await signIn()).refused, null, 'and as it is meant it goes through');
});

test('who signed in before comes in from there while strangers try as often as they are let', async () => {
	provider.account = anna;
	const home = '127.0.2.1';
	const first = await signInAt(site.httpsPort, 'plant', home);
	assert.equal((await first.comeBack(await provider.visit(first.url))).refused, null);
	const tryFrom = (address: string) => signInAt(site.httpsPort, 'plant', address).then(() => null, String);
	let refused: string | null = null;
	for (let tried = 0; refused === null && tried < 300; tried++) refused = await tryFrom(`127.0.3.${1 + (tried % 15)}`);
	assert.match(refused ?? '', /sign-in-too-often/);
	assert.match((await tryFrom('127.0.2.2')) ?? '', /sign-in-too-often/, 'another stranger');
	const again = await signInAt(site.httpsPort, 'plant', home);
	assert.equal((await again.comeBack(await provider.visit(again.url))).refused, null);
});
