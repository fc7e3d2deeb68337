import { isSamePrincipal, mayUseCertificate } from '@keyward/core/device';
import { serviceComponent } from '@keyward/core/policy';
import type { Clock, PrincipalName, Store } from '@keyward/core/port';
import { parseRoster } from '@keyward/core/seal';
import { endPrincipal } from '../revocation/end-principal.ts';
import { containedNow, quarantinedNow } from '../session/session-end.ts';
import type { Registrar } from '../enrolment/registrar.ts';
import type { Observations } from '../evidence/observations.ts';
import type { Readings } from '../ingest/readings.ts';
import type { Streams } from '../ingest/streams.ts';
import type { Owner } from '../owner/owner.ts';
import type { Cuts } from '../delivery/cuts.ts';
import type { Sessions } from '../session/sessions.ts';
import { counted, type Step, type Steps } from './containment-step.ts';
import { taintedSpans } from './tainted-spans.ts';

export interface StepsOptions {
	readonly store: Pick<Store, 'principal' | 'certificates' | 'holders' | 'commands' | 'streams' | 'before' | 'read'>;
	readonly registrar: Pick<Registrar, 'revoke' | 'quarantine'>;
	readonly cuts: Pick<Cuts, 'of'>;
	readonly sessions: Pick<Sessions, 'revoked'>;
	readonly streams: Pick<Streams, 'byId'>;
	/** With no commit under way. */
	readonly alone: Readings['alone'];
	readonly owner: Pick<Owner, 'roster'>;
	readonly observations: Pick<Observations, 'see'>;
	readonly clock: Clock;
}

/** What the steps of a containment do (`@keyward/core/incident`). */
export const createSteps = (options: StepsOptions): Steps => {
	const { store, registrar, cuts, sessions, streams, alone, owner, observations, clock } = options;

	/** catalogue: containment-time (CR 2.6). The session goes first, so that its end waits for no disk; then all of it in one commit. */
	const cut: Step = async (device, { asked, reason }) => {
		const { recorded, cut: ended } = await endPrincipal({ cuts, sessions }, device, containedNow, () =>
			registrar.revoke(device, `contained: ${reason}`.slice(0, 500), 'keyCompromise'),
		);
		const took = Math.max(0, clock.now() - asked);
		// One that had neither a session nor a certificate shows nothing: else a name that was only expected, contained at leisure, would
		// be proof. Gone on with after a crash, what was revoked before the crash counts, with the time that it took.
		const revoked = (await store.certificates(device)).some(({ revoked: end }) => end !== null && end.at >= asked);
		if (ended > 0 || revoked)
			observations.see({
				...{ subject: serviceComponent, claim: 'containment-time', value: took },
				...{ strength: 'observed', source: 'containment', at: clock.now() },
			});
		const result = `${counted(ended, 'live session')} cut, ${counted(recorded, 'certificate')} revoked, retired`;
		return { result, found: { took }, cut: ended };
	};

	/** CR 1.5: anyone who has one of its keys as well is opened with it, however that came about. A site itself has no gateways. */
	const behind: Step = async (device) => {
		const others = new Map<string, PrincipalName>();
		for (const { key } of await store.certificates(device)) {
			for (const { kind, application, id } of await store.holders(key))
				if (!isSamePrincipal({ kind, application, id }, device))
					others.set(`${kind} ${application}/${id}`, { kind, application, id });
		}
		for (const other of others.values()) {
			const known = await store.principal(other);
			if (known === null || !mayUseCertificate(known.state)) continue;
			await cuts.of(other, quarantinedNow, () => registrar.quarantine(other));
		}
		const names = [...others.keys()];
		return {
			result:
				names.length === 0 ? 'no other device has a key of it' : `quarantined, for a key of it: ${names.join(', ')}`,
		};
	};

	/** CR 2.1: they stand for a device that is retired; one commissioned under its name later is another (`heldSince`). */
	const commands: Step = async ({ application, id }) => {
		const now = clock.now();
		const waiting = (await store.commands(application, id)).filter(
			({ delivered, expires }) => delivered === null && expires > now,
		);
		return { result: `${counted(waiting.length, 'waiting command is', 'waiting commands are')} void` };
	};

	/**
	 * A device seals to readers and opens nothing of others: its epochs end with it, since it sends none any more. That its readers
	 * refuse what was signed by its key later is the owner's roster's to say, which only the owner signs.
	 */
	const epochs: Step = async ({ application, id }) => {
		const inForce = owner.roster(application);
		if (inForce === null) return { result: 'no sealed streams: this application has no owner', found: { awaits: [] } };
		const roster = parseRoster(new TextEncoder().encode(inForce.text));
		if (!roster.devices.has(id)) return { result: `roster ${roster.number} does not name it`, found: { awaits: [] } };
		return {
			result: `roster ${roster.number} names its stream key: the next one, without it, awaits the owner's signature`,
			found: {
				awaits: [
					`keyward roster prepare --application ${application} --out roster-change.json`,
					'keyward roster sign roster-change.json',
					'keyward roster publish roster-change.json',
				],
			},
		};
	};

	const tainted: Step = async ({ application, id }, { since }) => {
		const spans = await alone(() => taintedSpans(store, streams, application, id, since));
		const rows = spans.reduce((sum, { after, to }) => sum + to - after, 0);
		const result = `${counted(rows, 'reading')} in ${counted(spans.length, 'stream')} marked, none deleted`;
		return { result, found: { tainted: spans } };
	};

	return { cut, behind, commands, epochs, tainted };
};
