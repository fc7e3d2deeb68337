import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from 'node:tls';
import { renewalDue, renewIfDue, runDevice, type Sample } from '@keyward/agent';
import { days, hours } from '@keyward/core';
import { softwareKey } from '@keyward/core/device';
import { parseCommissioning } from '@keyward/core/enrol';
import type { Fact, RequirementId } from '@keyward/core/policy';
import type { IssuedCertificate, Store } from '@keyward/core/port';
import { openSqliteStore } from '@keyward/store';
import { openLedgerKey, secretOf } from '../../ledger/checkpoints.ts';
import { needs } from '@keyward/testing/debian';
import { startSite, type TestIdentity } from '@keyward/testing/service/site';
import { connectPacket, openWire, readingPacket } from '@keyward/testing/service/wire';

// Weaknesses that an operator can really come to have, planted one by one: by the doors where they come in by one, and in
// the registry of the stopped service where only somebody who got at it could make them.

const policyWith = (more = '', authorization = 2): string => `
application: hall
level: { authenticity: 3, authorization: ${authorization}, integrity: 3, confidentiality: 3, adaptability: 0, resistance: 0 }
mode: audit
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk] }
devices:
  probe: { custody: [software], streams: [dose-rate] }
${more}
`;

test('ten weaknesses, planted and mended', async (t) => {
	const site = await startSite(t, { policies: [policyWith()], floor: 'tls1.2-aead', linkWorkers: 1 });
	let moment = Date.now() - 1_000_000;

	/** Connects as a device does and publishes a reading; whatever the listener sees of that is evidence. */
	const connect = async (
		u: TestContext,
		id: string,
		identity: TestIdentity,
		options: ConnectionOptions = {},
	): Promise<void> => {
		const wire = await openWire(u, site, identity, 5, options);
		wire.send(connectPacket(5), readingPacket(id, 1, [{ time: (moment += 1000) }]));
		assert.equal((await wire.next('connack')).reasonCode, 0);
		assert.equal((await wire.next('puback')).reasonCode, 0);
		wire.socket.destroy();
	};
	/** A device that lacks nothing that can be had. */
	const soundDevice = async (u: TestContext, id: string): Promise<TestIdentity> => {
		const identity = await site.commissionDevice('hall', id);
		await connect(u, id, identity);
		return identity;
	};
	const retire = (id: string) =>
		site.ask('principal.revoke', { kind: 'device', application: 'hall', id, reason: 'test' });

	/** What posture says of a requirement at a component: the level held and why not more; 4 when it is not named. */
	const look = async (requirement: RequirementId, id: string): Promise<{ held: number; reason: string }> => {
		const [posture] = await site.ask('posture', { application: 'hall' });
		const found = posture?.objectives
			.flatMap(({ weakest }) => weakest)
			.find((one) => one.requirement === requirement && one.component.id === id);
		return found ?? { held: 4, reason: '' };
	};
	const heldOf = async (objective: string): Promise<number | undefined> =>
		(await site.ask('posture', { application: 'hall' }))[0]?.objectives.find((one) => one.objective === objective)
			?.held;

	/** Opens the registry of the stopped service. */
	const inStore = (change: (store: Store) => Promise<void>): Promise<void> =>
		site.restart(async (folder) => {
			const store = openSqliteStore(folder);
			// As the site itself would have changed it: what others write is found by the ledger.
			const secret = await secretOf(await openLedgerKey(join(folder, 'ledger'), null));
			store.log.registry.cover(secret, false, () => {});
			await change(store);
			await store.close();
		});

	const named = async (
		requirement: RequirementId,
		id: string,
		held: number,
		reason: RegExp,
		mend: () => Promise<unknown>,
	): Promise<void> => {
		const before = await look(requirement, id);
		assert.match(before.reason, reason);
		assert.equal(before.held, held);
		await mend();
		assert.deepEqual(await look(requirement, id), { held: 4, reason: '' }, `${requirement} of ${id} was not mended`);
	};

	await t.test('0. what must be refused has no evidence until it was; a running agent tries it', async (u) => {
		const missing = ['deny-by-default', 'own-streams-only', 'replay-refused', 'input-refused'] as const;
		for (const requirement of missing) {
			const { held, reason } = await look(requirement, 'service');
			assert.deepEqual([held, reason], [0, 'no evidence'], requirement);
		}
		assert.equal(await heldOf('authorization'), 0);
		const { identity } = await site.commissionDevice('hall', 'trier');
		const stop = new AbortController();
		const probed = Promise.withResolvers<readonly string[]>();
		const live = async function* (): AsyncGenerator<Sample> {
			yield { stream: 'dose-rate', time: (moment += 1000), value: 1e-7, unit: 'Sv/h' };
			await new Promise((resolve) => stop.signal.addEventListener('abort', resolve));
		};
		const running = runDevice({
			...{ folder: identity.folder, clock: { now: () => Date.now() }, signal: stop.signal },
			source: { live: true, read: live },
			link: { probe: { first: 0, every: 60_000 } },
			report: (event) => {
				if (event.event === 'probed') probed.resolve(event.letIn);
			},
		});
		u.after(async () => {
			stop.abort();
			await running;
		});
		assert.deepEqual(await probed.promise, []);
		// Link workers tell once a second what they refused.
		while ((await look('deny-by-default', 'service')).held === 0) await sleep(50);
		for (const requirement of missing) assert.equal((await look(requirement, 'service')).held, 4, requirement);
		assert.equal(await heldOf('authorization'), 2);
		await retire('trier');
	});

	await t.test('1. an expired certificate', async (u) => {
		/** ms: a certificate counts in whole seconds, from the one that has begun. */
		const leastOf = (seconds: number): number => (seconds - 1) * 1000;
		/** Whether a device is sound while its certificate of so many seconds counts: a slow machine needs more of them. */
		const lasted = async (seconds: number): Promise<boolean> => {
			await site.apply(policyWith(`tighten: { certificate-lifetime: ${seconds}s }`));
			const began = Date.now();
			try {
				await soundDevice(u, 'expired');
				await site.apply(policyWith());
				if ((await look('certificate-lifetime', 'expired')).held === 4) return true;
			} catch (error) {
				if (Date.now() - began < leastOf(seconds)) throw error;
			}
			assert.ok(Date.now() - began >= leastOf(seconds));
			await retire('expired');
			return false;
		};
		let lifetime = 2;
		while (!(await lasted(lifetime))) lifetime *= 4;
		await sleep(lifetime * 1000 + 500);
		await named('certificate-lifetime', 'expired', 0, /^certificate of expired ended/, async () => {
			await retire('expired');
			await soundDevice(u, 'expired');
		});
	});

	await t.test('2. a link of TLS 1.2', async (u) => {
		const identity = await site.commissionDevice('hall', 'old-tls');
		await connect(u, 'old-tls', identity, { maxVersion: 'TLSv1.2' });
		await named('link-encryption', 'old-tls', 1, /^observed tls1\.2-aead, asked tls1\.3$/, () =>
			connect(u, 'old-tls', identity),
		);
	});

	// What 3, 4, 10 and 11 look at, in one stop of the site.
	const silent = await soundDevice(t, 'silent');
	const tomorrow = await soundDevice(t, 'tomorrow');
	await soundDevice(t, 'original');
	await inStore(async (store) => {
		const [original] = await store.certificates({ kind: 'device', application: 'hall', id: 'original' });
		assert(original !== undefined);
		await plantTwin(store, original, 'clone');
		await redate(store, 'silent', 0 - days(100));
		await redate(store, 'tomorrow', days(3));
		await plantTwin(store, { ...original, key: Uint8Array.from(randomBytes(32)) }, 'smuggled');
	});

	await t.test('3. one key in two devices', async (u) => {
		await named('unique-key', 'clone', 0, /^observed the same key as device original$/, () => retire('clone'));
		// Anyone who opens the clone has opened the original too, for as long as it keeps that key.
		await named('unique-key', 'original', 0, /^observed the same key as device clone$/, async () => {
			await retire('original');
			await soundDevice(u, 'original');
		});
	});

	await t.test('4. evidence that is too old', async (u) => {
		await named('link-encryption', 'silent', 2, /^evidence is 100 d old, at most 90 d$/, () =>
			connect(u, 'silent', silent),
		);
	});

	await t.test('5. a weak key', async (u) => {
		if (!needs(u, 'openssl')) return;
		await enrolRsa(
			site.url,
			(await site.ask('device.expect', { application: 'hall', device: 'weak' })).commissioning,
			(await soundDevice(u, 'helper')).tls.ca,
		);
		await named('key-strength', 'weak', 1, /^observed 112, asked 128$/, async () => {
			await retire('weak');
			await soundDevice(u, 'weak');
		});
	});

	await t.test('6. a grant that is too long for a policy that was tightened', async () => {
		await site.commissionReader('hall', 'desk');
		const { id } = await site.grant('hall', 'desk', '*', 'dose-rate', days(300) + hours(1.5));
		assert.equal(await heldOf('authorization'), 2);
		await site.apply(policyWith('tighten: { grant-expiry: 30d }'));
		assert.equal(await heldOf('authorization'), 1);
		await named('grant-expiry', 'desk', 1, /^observed 300 d 1 h, asked at most 30 d$/, async () => {
			await site.ask('grant.end', { id });
			await site.grant('hall', 'desk', '*', 'dose-rate', days(20));
			assert.equal(await heldOf('authorization'), 2);
		});
	});

	await t.test('7. a certificate that is too long for a policy that was tightened', async (u) => {
		const identity = await soundDevice(u, 'long-lived');
		await site.apply(policyWith('tighten: { certificate-lifetime: 24h, grant-expiry: 30d }'));
		await named('certificate-lifetime', 'long-lived', 2, /^observed 90 d, asked at most 1 d$/, () =>
			renewIfDue(identity.identity, renewalDue(identity.identity) + 1),
		);
		await site.apply(policyWith());
	});

	await t.test('8. a ledger that does not agree with its rows', async () => {
		const aside = await mkdtemp(join(tmpdir(), 'keyward-backup-'));
		const file = 'keyward.sqlite';
		await site.restart(async (folder) => {
			await copyFile(join(folder, file), join(aside, file));
			const db = new DatabaseSync(join(folder, file));
			db.exec(
				`UPDATE reading SET record = x'01000000000000000053762f68' WHERE position = (SELECT min(position) FROM reading)`,
			);
			db.close();
		});
		await site.ask('ledger.verify', {});
		const before = await look('ledger', 'service');
		assert.deepEqual(before, {
			requirement: 'ledger',
			component: { kind: 'service', application: '', id: 'service' },
			held: 0,
			reason: 'observed broken, asked kept',
			barred: false,
			remedy:
				'keyward ledger verify names what was changed: restore a backup of before; for witnessed, name witnesses in the site file, and keyward ledger witnessed says who does not vouch (docs/witness.md)',
		});
		await site.restart(async (folder) => {
			await copyFile(join(aside, file), join(folder, file));
			await rm(aside, { recursive: true });
		});
		await site.ask('ledger.verify', {});
		assert.deepEqual(await look('ledger', 'service'), { held: 4, reason: '' });
	});

	await t.test('9. a device that never connected', async (u) => {
		if (!needs(u, 'openssl')) return;
		const identity = await soundDevice(u, 'seen');
		// By EST alone; an agent registers its stream key over a connection of its certificate.
		await enrolRsa(
			site.url,
			(await site.ask('device.expect', { application: 'hall', device: 'shelved' })).commissioning,
			identity.tls.ca,
		);
		const unseen = (await site.ask('posture', { application: 'hall' })).flatMap((one) =>
			one.unseen.map(({ id }) => id),
		);
		// What a connection would show of it is not known: that is no fault of the application.
		assert(unseen.includes('shelved') && !unseen.includes('seen'));
		assert.equal((await look('link-encryption', 'shelved')).held, 4);
		await retire('shelved');
	});

	await t.test('10. evidence from a clock that was wrong', async (u) => {
		await named('link-integrity', 'tomorrow', 0, /^evidence is dated .*, in the future$/, () =>
			connect(u, 'tomorrow', tomorrow),
		);
	});

	await t.test('11. a certificate that the registrar never judged', async (u) => {
		assert.match((await look('key-strength', 'smuggled')).reason, /^no evidence$/);
		await named('unique-key', 'smuggled', 0, /^no evidence$/, async () => {
			await retire('smuggled');
			await soundDevice(u, 'smuggled');
		});
	});
});

/** A second principal with the certificate's key, as somebody with the database could write it. */
const plantTwin = async (store: Store, original: IssuedCertificate, id: string): Promise<void> => {
	const principal = { kind: 'device', application: 'hall', id } as const;
	const at = Date.now();
	const hash = Uint8Array.from(randomBytes(32));
	const serial = randomBytes(16).toString('hex');
	await store.expect(
		{ ...principal, class: 'probe', part: null, state: 'expected', at },
		{ hash, principal, expires: at + 1000, spentFor: null },
	);
	await store.intend(
		{
			serial,
			principal,
			key: original.key,
			evidence: softwareKey,
			toBeSigned: original.der,
			at,
			by: { token: hash },
		},
		[original.principal],
	);
	await store.issue({ ...original, principal, serial, fingerprint: Uint8Array.from(randomBytes(32)) });
};

/** Moves what the listener saw of a device in time. */
const redate = async (store: Store, id: string, by: number): Promise<void> => {
	const seen = (await store.facts('hall')).filter(({ subject, source }) => subject.id === id && source === 'listener');
	assert(seen.length > 0);
	await store.putFacts(seen.map((fact): Fact => ({ ...fact, at: fact.at + by })));
};

/** Enrols an RSA-2048 key that openssl made, as a device with other software might. */
const enrolRsa = async (url: string, commissioning: string, ca: string): Promise<void> => {
	const { token, id, application } = parseCommissioning(commissioning);
	const folder = await mkdtemp(join(tmpdir(), 'keyward-rsa-'));
	try {
		const subject = `/O=${application}/CN=${id}/serialNumber=${id}`;
		const made = [
			'req',
			'-new',
			'-newkey',
			'rsa:2048',
			'-nodes',
			'-keyout',
			join(folder, 'key.pem'),
			'-subj',
			subject,
			'-outform',
			'DER',
		];
		const csr = execFileSync('openssl', made, { stdio: ['ignore', 'pipe', 'ignore'] });
		const status = await new Promise<number | undefined>((resolve, reject) => {
			const asking = request(
				`${url}/.well-known/est/simpleenroll`,
				{
					method: 'POST',
					ca,
					auth: `keyward:${token}`,
					headers: { 'content-type': 'application/pkcs10' },
					agent: false,
				},
				(answer) => {
					answer.resume();
					answer.once('end', () => resolve(answer.statusCode));
				},
			);
			asking.once('error', reject);
			asking.end(csr.toString('base64'));
		});
		assert.equal(status, 200);
	} finally {
		await rm(folder, { recursive: true });
	}
};
