import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startIssuer } from '@keyward/testing/service/issuer';
import { joinAs } from '@keyward/testing/service/passkey';
import { hallPolicy, startSite } from '@keyward/testing/service/site';
import { signInAt } from '@keyward/testing/service/sign-in';
import { keyward } from './keyward.fixture.ts';

test('people, sessions and approvals by the command line', async (t) => {
	const issuer = await startIssuer();
	t.after(() => issuer.stop());
	const site = await startSite(t, { issuers: [issuer.terms], operatorSocket: true, linkWorkers: 0 });
	const run = async (...words: string[]) => keyward([...words, '--data', site.folder]);
	const json = async (...words: string[]): Promise<unknown> => {
		const { status, stdout, stderr } = await run(...words, '--json');
		assert.equal(status, 0, stderr);
		return JSON.parse(stdout);
	};

	const invited = await run('person', 'invite', 'anna', '--role', 'owner');
	assert.equal(invited.status, 0, invited.stderr);
	const [link = ''] = /https:\S+#invite=\S{43}/.exec(invited.stdout) ?? [];
	assert.match((await run('person', 'list')).stdout, /invited.*\n.*anna +owner/);
	const anna = await joinAs(site.httpsPort, link);
	assert.match((await run('person', 'list')).stdout, /anna +owner +1 +0/);

	// Her session is listed, and ended: her cookie opens nothing any more.
	assert.equal((await anna.call('session.self', {})).status, 200);
	assert.match((await run('session', 'list')).stdout, /anna +owner.*open/);
	assert.match((await run('session', 'list')).stdout, /1 session is open/);
	const [session] = (await json('session', 'list')) as { number: number }[];
	assert.equal((await run('session', 'end', String(session?.number))).status, 0);
	assert.equal((await anna.call('session.self', {})).status, 401);
	const absent = await run('session', 'end', '7');
	assert.notEqual(absent.status, 0);
	assert.match(absent.stderr, /\[session-unknown\]/);

	// By an issuer of the site file comes in whom an owner named, and nobody else.
	const stranger = await signInAt(site.httpsPort, 'plant');
	assert.equal((await stranger.comeBack(issuer.authorize(stranger.url))).refused, 'identity-refused');
	const linking = ['person', 'link', 'carl', '--role', 'auditor', '--issuer', 'plant'];
	assert.match((await run(...linking)).stderr, /Name the subject or the e-mail address/);
	assert.match((await run(...linking, '--email', 'anna@plant.example')).stdout, /carl signs in by https:.* as auditor/);
	assert.match((await run('person', 'list')).stdout, /carl +https:\S+ +anna@plant.example +not yet/);
	issuer.claims = { ...issuer.claims, acr: 'two' };
	const carl = await signInAt(site.httpsPort, 'plant');
	const back = await carl.comeBack(issuer.authorize(carl.url));
	assert.deepEqual([back.status, back.refused], [303, null]);
	for (const cookie of back.set)
		assert.match(cookie, /^__Host-.*; Path=\/; Secure; HttpOnly; SameSite=(Lax; Max-Age=0|Strict)$/);
	assert.match((await carl.call('session.self', back.cookie ?? '')).text, /"person":"carl","role":"auditor"/);
	assert.match((await run('person', 'list')).stdout, /carl +https:\S+ +anna-1 +second-factor/);
	// Who has that address later is somebody else.
	issuer.claims = { ...issuer.claims, sub: 'somebody-else' };
	const later = await signInAt(site.httpsPort, 'plant');
	assert.equal((await later.comeBack(issuer.authorize(later.url))).refused, 'identity-refused');
	// A policy that asks for a passkey shuts out what proves less, at once.
	await site.apply(`${hallPolicy}tighten: { person-authentication: passkey }\n`);
	assert.match((await carl.call('session.self', back.cookie ?? '')).text, /passkey-too-weak/);
	issuer.claims = { ...issuer.claims, sub: 'anna-1' };
	const weak = await signInAt(site.httpsPort, 'plant');
	assert.equal((await weak.comeBack(issuer.authorize(weak.url))).refused, 'passkey-too-weak');
	await site.apply(hallPolicy);
	assert.equal((await run('person', 'remove', 'carl', '--reason', 'left')).status, 0);
	assert.match((await carl.call('session.self', back.cookie ?? '')).text, /not-authenticated/);

	// Two people: what she asks, the machine's operator approves, once.
	const { link: second } = (await json('person', 'invite', 'anna', '--role', 'owner')) as { link: string };
	const again = await joinAs(site.httpsPort, second);
	await site.apply(`${hallPolicy}tighten: { dual-control: true }\n`);
	const change = { text: `${hallPolicy}programs: { soc: [device.list] }\n` };
	assert.equal((await again.call('policy.apply', change)).code, 'approval-needed');
	const waits = (await run('approval', 'list')).stdout;
	assert.match(waits, /1 +person anna +policy\.apply .*nobody yet/);
	assert.match(waits, /^Request 1: soc may now call device\.list\.$/m);
	assert.equal((await run('approval', 'deny', '1')).status, 0);
	assert.equal((await again.call('policy.apply', change)).code, 'approval-needed');
	// What is too long to be kept until then is said to be, and not that it gives nothing.
	assert.equal((await again.call('policy.apply', { text: hallPolicy + '#'.repeat(66_000) })).code, 'approval-needed');
	assert.match((await run('approval', 'list')).stdout, /^Request 3: its policy is too long/m);
	assert.equal((await run('approval', 'approve', '2')).status, 0);
	assert.equal((await again.call('policy.apply', change)).status, 200);
	assert.notEqual((await run('approval', 'approve', '2')).status, 0);

	// What the operator asks takes her, or an override on record.
	await site.ask('approval.override', { minutes: 1, reason: 'to make it strict again' });
	await site.apply(`${hallPolicy}tighten: { dual-control: true }\n`);
	const { overrides } = (await json('approval', 'list')) as { overrides: unknown[] };
	assert.equal(overrides.length, 1);
	const minutes = await run('approval', 'override', '--minutes', '90', '--reason', 'too long');
	assert.match(minutes.stderr, /whole number from 1 to 60/);
	assert.match((await run('person', 'role', 'anna', '--role', 'auditor')).stderr, /\[approval-needed\]/);
	const removed = await run('person', 'remove', 'ben', '--reason', 'never came');
	assert.match(removed.stderr, /\[person-unknown\]/);
});
