import type { BatchRow } from '@keyward/agent';
import type { Client } from '@keyward/client';
import { type Instant, Problem } from '@keyward/core';
import { mayUseCertificate } from '@keyward/core/device';
import { didYouMean } from '@keyward/core/spelling';
import type { PrincipalSummary } from '@keyward/contract';
import { printMoment } from '../moment.ts';
import type { Strings } from './strings.ts';

/** A site that expects the devices of a batch. */
export interface Registration {
	/** What the site knew of this device when it was asked. */
	known(device: string): PrincipalSummary | undefined;
	/**
	 * Expects one, and gives its string. Throws what the site refuses with, and `Problem('device-state')` for one that was
	 * retired or transferred: bringing it back is for somebody to decide who names it.
	 */
	expect(row: BatchRow): Promise<{ readonly commissioning: string; readonly expires: Instant }>;
}

/** Throws `Problem('site-unreachable')` and `Problem('policy-unknown-application')`. */
export const expectingAt = async (client: Client, application: string): Promise<Registration> => {
	const applications = (await client.call('policy.list', {})).map((policy) => policy.application);
	if (!applications.includes(application)) {
		throw new Problem(
			'policy-unknown-application',
			`This site has no application ${JSON.stringify(application)}${didYouMean(application, applications)}`,
		);
	}
	const found = await client.call('device.list', { application });
	const known = new Map(found.map((principal) => [principal.id, principal]));
	return {
		known: (device) => known.get(device),
		expect: (row) => {
			const { device, class: className, part } = row;
			const state = known.get(device)?.state;
			if (state === 'retired' || state === 'transferred') {
				throw new Problem(
					'device-state',
					`${device} is ${state}: if it is to come back, expect it by its name (keyward device expect).`,
				);
			}
			return client.call('device.expect', {
				application,
				device,
				...(className !== null && { class: className }),
				...(part !== null && { part }),
			});
		},
	};
};

/** What became of a row that was to be expected; `left`: as it was, and why. */
export type Expected =
	| { readonly device: string; readonly state: 'expected'; readonly file: string; readonly expires: Instant }
	| { readonly device: string; readonly state: 'left'; readonly why: string };

/** Expects a row and keeps its string, unless there is nothing left to do. `renew`: a new string even where one stands. */
export const expectRow = async (
	row: BatchRow,
	application: string,
	{ known, expect }: Registration,
	strings: Strings,
	renew: boolean,
	now: Instant,
): Promise<Expected> => {
	const { device } = row;
	const before = known(device);
	if (before !== undefined && (mayUseCertificate(before.state) || before.state === 'quarantined')) {
		return { device, state: 'left', why: `it is ${before.state} already` };
	}
	if (!renew && before?.state === 'expected' && isSame(row, before)) {
		const string = await strings.look(device);
		// Its string may be on its way to the station: a new one would make that worthless.
		if (string?.id === device && string.application === application && now < string.expires) {
			return {
				device,
				state: 'left',
				why: `it is expected, and its string stands until ${printMoment(string.expires)}`,
			};
		}
	}
	const { commissioning, expires } = await expect(row);
	await strings.write(device, commissioning);
	return { device, state: 'expected', file: strings.fileOf(device), expires };
};

/** Whether the site expects it as the batch says. */
const isSame = ({ part, class: className }: BatchRow, expected: PrincipalSummary): boolean =>
	part === expected.part && (className === null || className === expected.class);
