import { createSecureContext } from 'node:tls';
import { Problem } from '@keyward/core';
import { type ApiStep, apiSteps } from '@keyward/core/authorize/link';
import { tlsProfile } from '@keyward/core/tls';
import { dial } from './dial.ts';
import { openTls } from '../tls/open-tls.ts';
import { changeIdentityRecord, type Identity, type IdentityRecord, openIdentity } from '../identity/identity.ts';

/** A stricter link that the site asks for, and where it takes it. */
export interface RaisedLink {
	readonly floor: ApiStep;
	readonly service: string;
	readonly est: string;
	readonly mqtt: string;
}

const isLower = (a: ApiStep, b: ApiStep): boolean => apiSteps.indexOf(a) < apiSteps.indexOf(b);

/** The site moves a device to another port of the host that it was commissioned for, and to no other host. */
const requireSameHost = (before: string, asked: string): void => {
	const [known, next] = [new URL(before), URL.canParse(asked) ? new URL(asked) : null];
	if (next?.protocol === known.protocol && next.hostname === known.hostname) return;
	throw new Problem(
		'request-malformed',
		`The site asks for a link to ${JSON.stringify(asked.slice(0, 200))}; this device keeps to ${known.protocol}//${known.hostname}: commission it again to move it.`,
	);
};

/** Makes one connection to each, so that what nothing answers is never taken up. Throws `site-unreachable`, `service-not-trusted`. */
const tryLink = async ({ serviceCa }: Identity, { floor, service, est, mqtt }: RaisedLink): Promise<void> => {
	// Without its key: that the service proves itself and takes this step is all that is asked.
	const context = createSecureContext({ ca: serviceCa, allowPartialTrustChain: true, ...tlsProfile(floor) });
	for (const url of new Set([service, est]))
		(await openTls(url, { rejectUnauthorized: true, secureContext: context })).destroy();
	(await dial(mqtt, context)).destroy();
};

/**
 * Takes no weaker link than this from now on, and comes to these addresses; false where that is nothing new. It only rises: what the site
 * names lower is not done (link-encryption). Throws `request-malformed`, `site-unreachable`, `service-not-trusted`; all stays then.
 */
export const raiseLink = async (folder: string, asked: RaisedLink): Promise<boolean> => {
	const identity = await openIdentity(folder);
	const { serviceUrl, estUrl, mqttUrl, floor } = identity;
	if (!isLower(floor, asked.floor)) return false;
	requireSameHost(serviceUrl, asked.service);
	requireSameHost(estUrl, asked.est);
	requireSameHost(mqttUrl, asked.mqtt);
	await tryLink(identity, asked);
	await changeIdentityRecord(folder, (record) => ({
		...record,
		...{ serviceUrl: asked.service, estUrl: asked.est, mqttUrl: asked.mqtt },
		raised: {
			floor: asked.floor,
			// What was first stays: a second raise does not hide what there is to go back to.
			before: record.raised?.before ?? { floor, service: serviceUrl, est: estUrl, mqtt: mqttUrl },
		},
	}));
	return true;
};

const withoutRaise = (record: IdentityRecord): IdentityRecord => {
	const { raised, ...rest } = record;
	return raised === undefined ? record : rest;
};

/** Takes again what it took before; false where nothing was raised. What that was, this folder says and not the site. Throws as {@link raiseLink}. */
export const restoreLink = async (folder: string): Promise<boolean> => {
	const identity = await openIdentity(folder);
	if (identity.raised === undefined) return false;
	const { before } = identity.raised;
	await tryLink(identity, before);
	await changeIdentityRecord(folder, (record) => ({
		...withoutRaise(record),
		...{ serviceUrl: before.service, estUrl: before.est, mqttUrl: before.mqtt },
	}));
	return true;
};
