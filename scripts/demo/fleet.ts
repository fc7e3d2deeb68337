import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openIdentity } from '@keyward/agent';
import { Problem } from '@keyward/core';
import type { Service } from '@keyward/service';
import { type DemoDevice, deviceFolder, devices, readerFolder, readers } from './devices.ts';
import { keyward } from './keyward.ts';
import { openDemoOwner } from './owner.ts';
import { releaseAll, takeUpdates } from './releases.ts';
import type { DemoTpm } from './tpm.ts';

/** Applications whose policy wants readers on a roster; elsewhere the site's operator grants. */
const SIGNED = ['reactor-hall'];

/** Of the probe whose TPM is emulated. */
const DEMO_RELEASE = '1.0.0';

/** What the fleet has come to. */
export interface Fleet {
	/** Commissioned in this run. */
	readonly made: readonly string[];
	/** Devices that the site admitted. */
	readonly admitted: readonly DemoDevice[];
	readonly refused: readonly Refused[];
}

export interface Refused {
	readonly application: string;
	readonly id: string;
	readonly code: string;
	/** One reason, with its requirement in brackets. */
	readonly reason: string;
}

/** Commissions those that are not yet, each through the command that a person would use. Without a TPM its probe stays out. */
export const commissionFleet = async (
	service: Service,
	data: string,
	tpm: DemoTpm | null,
	say: (line: string) => void,
): Promise<Fleet> => {
	const made: string[] = [];
	const admitted: DemoDevice[] = [];
	const refused: Refused[] = [];
	await mkdir(join(data, 'fleet'), { recursive: true, mode: 0o700 });
	await mkdir(join(data, 'readers'), { recursive: true, mode: 0o700 });
	// Before the devices: their strings carry the owner's root.
	const owner = await openDemoOwner(service, data);
	const present = devices.filter(({ custody }) => custody === 'software' || tpm !== null);
	await Promise.all(
		present.map(async (device) => {
			const { application, id } = device;
			if (device.custody === 'tpm2' && tpm !== null) await releaseBoot(service, device, tpm);
			if (await isIn(service, 'device', application, id, deviceFolder(data, id), device.custody, owner.pin)) {
				admitted.push(device);
				return;
			}
			const part = device.part ?? (await partOf(device, tpm));
			const expected = { application, device: id, ...(part !== undefined && { part }) };
			const { commissioning } = await service.call('device.expect', expected);
			const place =
				device.custody === 'tpm2' && tpm !== null
					? ['--custody', 'tpm2', '--tpm', tpm.tcti, '--endorsement', tpm.endorsementFile]
					: [];
			const complaint = await commission('device', deviceFolder(data, id), commissioning, place, tpm);
			if (complaint !== null) {
				refused.push({ application, id, ...complaint });
				say(`  refused ${application}/${id} [${complaint.code}]: ${complaint.reason}`);
				return;
			}
			admitted.push(device);
			made.push(`device ${id} of ${application}`);
			const where = device.custody === 'tpm2' ? 'its key attested in its TPM, which is EMULATED' : 'its key in a file';
			say(`  commissioned ${application}/${id}, ${where}`);
		}),
	);
	for (const { application, id, streams, purpose } of readers) {
		const folder = readerFolder(data, id);
		if (await isIn(service, 'reader', application, id, folder, 'software', owner.pin)) continue;
		const { commissioning } = await service.call('reader.expect', { application, reader: id });
		const complaint = await commission('reader', folder, commissioning, [], tpm);
		if (complaint !== null) throw new Problem('site-configuration', `${folder}: ${complaint.reason}`);
		if (!SIGNED.includes(application)) {
			const granted = await service.call('grant.list', { application });
			for (const stream of streams) {
				if (granted.some((one) => one.reader === id && one.stream === stream && one.ended === null)) continue;
				await service.call('grant.add', { application, reader: id, device: '*', stream, purpose });
			}
		}
		made.push(`reader ${id} of ${application}`);
		say(`  commissioned reader ${application}/${id} and granted it ${streams.join(', ')}`);
	}
	// At each start, because a roster of level 4 is good for a day.
	// Every application has one: a device with an owner keeps its readings back until it knows for whom to seal.
	for (const application of new Set(devices.map((device) => device.application))) {
		const signed = SIGNED.includes(application) ? readers.filter((reader) => reader.application === application) : [];
		await owner.putOnRoster(application, signed);
	}
	for (const device of admitted) await takeUpdates(data, device);
	await releaseAll(service, owner, say);
	return { made, admitted, refused };
};

/**
 * Whether it is in from before. One whose certificate ended meanwhile, or whose key is in another place than it should be, is
 * retired and begins again.
 */
const isIn = async (
	service: Service,
	kind: 'device' | 'reader',
	application: string,
	id: string,
	folder: string,
	custody: DemoDevice['custody'],
	pin: string,
): Promise<boolean> => {
	const identity = await openIdentity(folder).catch((error: unknown) => {
		if (error instanceof Problem && error.code === 'identity-file') return null;
		throw error;
	});
	if (identity === null) return false;
	const { leaf, hardware, owner } = identity;
	if (owner === pin && Date.now() < leaf.notAfter && (hardware?.custody ?? 'software') === custody) return true;
	const reason =
		'its certificate ended, its key was elsewhere, or it knew no owner, when the demonstration was started again';
	await service.call('principal.revoke', { kind, application, id, reason, cause: 'cessationOfOperation' });
	await rm(folder, { recursive: true, force: true });
	return false;
};

/** How the site is to know the device's TPM; undefined for a device without one. */
const partOf = async ({ custody }: DemoDevice, tpm: DemoTpm | null): Promise<string | undefined> => {
	if (custody !== 'tpm2' || tpm === null) return undefined;
	const words = ['device', 'part', '--tpm', tpm.tcti, '--endorsement', tpm.endorsementFile];
	const { code, said, complaint } = await keyward(words, '', tpm);
	if (code !== 0) throw new Problem('tpm-unreachable', complaint);
	return said.trim();
};

/** What the probe has started now is the release that it may run: integrity 4 keeps out what nobody released. */
const releaseBoot = async (service: Service, { application, bootClass }: DemoDevice, tpm: DemoTpm): Promise<void> => {
	if (bootClass === undefined) return;
	const known = await service.call('boot-reference.list', { application });
	if (known.some((one) => one.class === bootClass && one.version === DEMO_RELEASE)) return;
	const { code, said, complaint } = await keyward(['device', 'boot-reference', '--tpm', tpm.tcti], '', tpm);
	if (code !== 0) throw new Problem('tpm-unreachable', complaint);
	await service.call('boot-reference.add', { application, class: bootClass, version: DEMO_RELEASE, text: said });
};

/** The string goes in by standard input: on a command line everybody on this machine could read it. Null: it is in. */
const commission = async (
	kind: 'device' | 'reader',
	folder: string,
	commissioning: string,
	place: readonly string[],
	tpm: DemoTpm | null,
): Promise<{ code: string; reason: string } | null> => {
	const words = [kind, 'commission', '--folder', folder, ...place, '--json'];
	const { code, complaint } = await keyward(words, `${commissioning}\n`, tpm);
	if (code === 0) return null;
	const last = complaint.split('\n').at(-1) ?? '';
	try {
		const { code: name, detail } = JSON.parse(last) as { code: string; detail: string };
		// Each reason ends with its requirement in brackets. One is enough here: where the key is.
		const reasons = detail.match(/\S.*?\. \([a-z-]+\)/g) ?? [detail];
		return { code: name, reason: reasons.find((one) => one.endsWith('(key-custody)')) ?? reasons[0] ?? detail };
	} catch {
		throw new Problem('site-configuration', `${folder} could not be commissioned: ${complaint}`);
	}
};
