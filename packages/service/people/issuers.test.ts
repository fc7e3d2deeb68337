import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Problem } from '@keyward/core';
import { startIssuer, type TestIssuer } from '@keyward/testing/service/issuer';
import { type Issuers, openIssuers } from './issuers.ts';

let plant: TestIssuer;
let other: TestIssuer;
let issuers: Issuers;
let ahead = 0;

before(async () => {
	[plant, other] = await Promise.all([startIssuer('plant'), startIssuer('other')]);
	issuers = openIssuers([plant.terms, other.terms], () => 'https://localhost:8443', { now: () => Date.now() + ahead });
});

after(async () => {
	await plant.stop();
	await other.stop();
});

const queryOf = (address: string): string => new URL(address).search.slice(1);

const refused = (work: Promise<unknown>, why: RegExp): Promise<void> =>
	assert.rejects(work, (error: unknown) => {
		assert.ok(error instanceof Problem && error.code === 'identity-refused', String(error));
		assert.match(error.detail, why);
		return true;
	});

/** What the issuer proves, when its token says this. */
const proven = async (claims: Readonly<Record<string, unknown>> = {}) => {
	const usual = plant.claims;
	plant.claims = { ...usual, ...claims };
	try {
		const { url, cookie } = await issuers.begin('plant');
		return await issuers.finish('plant', cookie, queryOf(plant.authorize(url)));
	} finally {
		plant.claims = usual;
	}
};

test('a sign-in asks with PKCE, state and nonce, and proves who it was', async () => {
	const { url, cookie } = await issuers.begin('plant');
	const asked = new URL(url).searchParams;
	assert.equal(asked.get('redirect_uri'), 'https://localhost:8443/v1/people/issuers/plant/answer');
	assert.equal(asked.get('response_type'), 'code');
	assert.equal(asked.get('acr_values'), 'two');
	for (const one of ['state', 'nonce', 'code_challenge']) assert.match(asked.get(one) ?? '', /^[\w-]{43}$/);
	assert.deepEqual(await issuers.finish('plant', cookie, queryOf(plant.authorize(url))), {
		...{ issuer: plant.terms.issuer, subject: 'anna-1', email: 'anna@plant.example', step: 'password' },
	});
});

test('what counts is what the owner says that a claim proves, and an address only where it was verified', async () => {
	assert.equal((await proven({ acr: 'two' })).step, 'second-factor');
	assert.equal((await proven({ acr: 'passkey-hardware', amr: ['hwk', 'two'] })).step, 'password');
	for (const email_verified of [false, 'true', null]) assert.equal((await proven({ email_verified })).email, null);
});

test('a token for another site, of another issuer, of long ago or for another sign-in proves nobody', async () => {
	const now = Math.floor(Date.now() / 1000);
	await refused(proven({ aud: 'another-site' }), /unexpected JWT claim/);
	await refused(proven({ iss: other.terms.issuer }), /unexpected JWT claim/);
	await refused(proven({ nonce: 'another' }), /unexpected JWT claim/);
	await refused(proven({ exp: now - 600 }), /JWT|timestamp/);
	await refused(proven({ auth_time: now - 3600 }), /JWT|authentication/);
	await refused(proven({ auth_time: null }), /invalid response/);
});

test('an answer counts once, in the browser that began, in time, and with its own state', async () => {
	const first = await issuers.begin('plant');
	const second = await issuers.begin('plant');
	const answer = queryOf(plant.authorize(first.url));
	await refused(issuers.finish('plant', '', answer), /did not begin/);
	await refused(
		issuers.finish(
			'plant',
			first.cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
			answer,
		),
		/did not begin/,
	);
	await refused(issuers.finish('plant', second.cookie, answer), /invalid response/);
	await issuers.finish('plant', first.cookie, answer);
	await refused(issuers.finish('plant', first.cookie, answer), /used already/);
	const late = await issuers.begin('plant');
	ahead = 10 * 60_000;
	await refused(issuers.finish('plant', late.cookie, queryOf(plant.authorize(late.url))), /too long/);
	ahead = 0;
	const { cookie } = await issuers.begin('plant');
	await refused(issuers.finish('plant', cookie, 'error=access_denied&state=x'), /./);
});

test('of two answers to one sign-in at once, one is asked of the issuer', async () => {
	const { url, cookie } = await issuers.begin('plant');
	const answer = queryOf(plant.authorize(url));
	const asked = plant.tokenRequests.length;
	const first = issuers.finish('plant', cookie, answer);
	await refused(issuers.finish('plant', cookie, answer), /used already/);
	assert.equal((await first).subject, 'anna-1');
	assert.equal(plant.tokenRequests.length, asked + 1);
});

test('what one issuer answers is given to no other', async () => {
	const { url, cookie } = await issuers.begin('plant');
	const answer = queryOf(plant.authorize(url));
	await refused(issuers.finish('other', cookie, answer), /another issuer/);
	const atOther = await issuers.begin('other');
	const mixed = new URLSearchParams(answer);
	mixed.set('state', new URL(atOther.url).searchParams.get('state') ?? '');
	await refused(issuers.finish('other', atOther.cookie, mixed.toString()), /another issuer/);
	assert.equal(other.tokenRequests.length, 0);
});

test('an issuer that does not answer, or calls itself otherwise, is said to be away', async () => {
	const elsewhere = { ...plant.terms, name: 'elsewhere', issuer: plant.terms.issuer.replace('localhost', '127.0.0.1') };
	const away = { ...plant.terms, name: 'away', issuer: 'https://localhost:1' };
	const some = openIssuers([elsewhere, away], () => 'https://localhost:8443', { now: () => Date.now() });
	for (const name of ['elsewhere', 'away'])
		await assert.rejects(some.begin(name), (error) => error instanceof Problem && error.code === 'issuer-unavailable');
	await assert.rejects(some.begin('none'), (error) => error instanceof Problem && error.code === 'no-such-thing');
});
