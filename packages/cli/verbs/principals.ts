import type { KeyEvidence } from '@keyward/core/device';
import type { PrincipalSummary } from '@keyward/contract';
import { print, printJson, printTable } from '../terminal/output.ts';
import { printMoment } from './moment.ts';

/** Enough of it to tell parts apart by eye; `--json` has it whole. */
export const shortPart = (part: string): string => (part.length > 24 ? `${part.slice(0, 19)}…` : part);

/** Where a key is and who vouches: `tpm2, attested (EMULATED)`. */
const keyInShort = ({ custody, proof, emulated, adopted }: KeyEvidence): string =>
	adopted === true
		? `${custody}, another CA`
		: custody === 'software'
			? custody
			: `${custody}, ${proof}${emulated ? ' (EMULATED)' : ''}`;

const orDash = <Value>(value: Value | null, print: (value: Value) => string): string =>
	value === null ? '–' : print(value);

/** A table of devices or readers, or what to do when there are none. */
export const printPrincipals = (kind: 'device' | 'reader', found: readonly PrincipalSummary[], json = false): void => {
	if (json) return printJson(found);
	if (found.length === 0) {
		print(`No ${kind} yet: keyward ${kind} expect ID --application A\n`);
		return;
	}
	const classes = kind === 'device';
	printTable(
		['application', kind, ...(classes ? ['class', 'part', 'key'] : []), 'state', 'certificate until', 'connected'],
		found.map((principal) => [
			principal.application,
			principal.id,
			...(classes
				? [principal.class ?? '–', orDash(principal.part, shortPart), orDash(principal.evidence, keyInShort)]
				: []),
			principal.state,
			printMoment(principal.certificateUntil),
			principal.connected ? 'yes' : 'no',
		]),
	);
};
