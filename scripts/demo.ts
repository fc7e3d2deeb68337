import { spawn } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Problem } from '@keyward/core';
import { requireFreePorts, type Service, serve, serviceOptionsOf } from '@keyward/service';
import { openSite, readTrust, SITE_FILE } from '@keyward/service/site';
import { tied } from '@keyward/testing/tied-process';
import { cli, type DemoDevice, PROBE } from './demo/devices.ts';
import { exerciseOnce, nameContact } from './demo/exercises.ts';
import { commissionFleet, type Fleet } from './demo/fleet.ts';
import { runFleet } from './demo/run-fleet.ts';
import { type DemoTpm, startTpm } from './demo/tpm.ts';
import { ready, welcome } from './demo/words.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const examples = ['reactor-hall', 'weather-station'];

const portFrom = (name: string, usual: number): number => {
	const text = process.env[name];
	if (text === undefined || text === '') return usual;
	const port = Number(text);
	if (!Number.isInteger(port) || port < 0 || port > 65_535) {
		throw new Problem('site-configuration', `${name} is ${JSON.stringify(text)}; it must be a port from 0 to 65535`);
	}
	return port;
};

/**
 * At authenticity 4 a person needs a passkey in attested hardware whose manufacturer the site file names. Anyone who tries the
 * demonstration has a passkey of any kind: its reactor hall asks for level 3. The example itself stays as it is.
 */
const forAnyPasskey = (text: string): string => text.replace(/^( {2}authenticity:) 4\b/m, '$1 3');

/** Applies each example's policy unless the same text is in force already. */
const applyExamples = async (service: Service): Promise<void> => {
	const inForce = await service.call('policy.list', {});
	for (const example of examples) {
		const text = forAnyPasskey(await readFile(resolve(root, 'examples', example, 'policy.yaml'), 'utf8'));
		if (inForce.some((policy) => policy.application === example && policy.text === text)) continue;
		// Another text than that of an earlier start takes two people, of whom the demonstration has one.
		if (inForce.some((policy) => policy.application === example))
			await service.call('approval.override', {
				minutes: 1,
				reason: `${example}: the demonstration has another policy`,
			});
		await service.call('policy.apply', { text });
	}
};

/** Resolves when every device has sent its first reading, or one has and the others did not follow within the patience. */
const firstReadings = async (service: Service, { admitted }: Fleet): Promise<void> => {
	for (let patience = PATIENCE; patience > 0; patience -= LOOK) {
		const { counters } = await service.call('site.status', {});
		const principals = await service.call('device.list', {});
		const isActive = ({ application, id }: DemoDevice): boolean =>
			principals.some(
				(one) =>
					one.application === application && one.id === id && (one.state === 'active' || one.state === 're-keyed'),
			);
		if ((counters['accepted'] ?? 0) > 0 && admitted.every(isActive)) return;
		if ((counters['accepted'] ?? 0) === 0) patience = PATIENCE;
		await new Promise((done) => setTimeout(done, LOOK));
	}
};
const LOOK = 100;
const PATIENCE = 30_000;

const stopped = Promise.withResolvers<void>();
process.on('SIGINT', stopped.resolve);
process.on('SIGTERM', stopped.resolve);
// The reader of this output has seen enough (`| head`).
process.stdout.on('error', () => stopped.resolve());

/** Null where there is none. */
let tpm: DemoTpm | null = null;
try {
	const began = performance.now();
	const data = resolve(process.env['KEYWARD_DATA'] || resolve(root, '.keyward'));
	const say = (line: string): void => void process.stdout.write(`${line}\n`);
	say(`Starting a site in ${data}`);
	await mkdir(data, { recursive: true, mode: 0o700 });
	const before = await openSite(join(data, SITE_FILE), false);
	const ports = {
		httpsPort: portFrom('KEYWARD_HTTPS_PORT', before?.ports.https[0]?.port ?? 8443),
		mqttsPort: portFrom('KEYWARD_MQTTS_PORT', before?.ports.mqtt[0]?.port ?? 8883),
	};
	// Before the TPM, which another run of this folder holds as well: the port says better what is the matter.
	await requireFreePorts(
		'127.0.0.1',
		Object.values(ports).filter((port) => port !== 0),
	);
	tpm = await startTpm(data, PROBE, say);
	await nameContact(data);
	const site = await openSite(join(data, SITE_FILE), false);
	const service = await serve(
		{
			...(site !== null && { ...serviceOptionsOf(site), trust: await readTrust(site) }),
			data,
			...ports,
		},
		(error) =>
			process.stderr.write(`service: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
	);
	await applyExamples(service);
	const fleet = await commissionFleet(service, data, tpm, say);
	const running = runFleet(fleet, data, tpm, say);
	await Promise.race([firstReadings(service, fleet), stopped.promise]);
	running.startReaders();
	say(welcome(service, data, fleet));
	say(ready(service, (performance.now() - began) / 1000));
	if ((await service.call('person.list', {})).people.length === 0) {
		const { link } = await service.call('person.invite', { person: 'owner', role: 'owner' });
		say(`Sign in as the site's first owner, once within 24 hours (docs/people.md): ${link}`);
	}
	// What an overload does to the devices is known when there was one.
	spawn(...tied('TERM', process.execPath, [cli, 'exercise', 'overload', '--data', data]), { stdio: 'ignore' });
	exerciseOnce(service, data, say).catch((error: unknown) =>
		say(`  an exercise was not carried through: ${error instanceof Error ? error.message : String(error)}`),
	);
	const failure = await Promise.race([stopped.promise, service.failed]);
	if (failure instanceof Error) throw failure;
	say('Stopping.');
	await running.stop();
	await service.stop();
	await tpm?.stop();
} catch (error) {
	process.stderr.write(
		error instanceof Problem
			? `keyward: ${error.detail} [${error.code}]\n`
			: `keyward: ${error instanceof Error ? error.stack : String(error)}\n`,
	);
	await tpm?.stop().catch(() => undefined);
	process.exit(2);
}
process.exit(0);
