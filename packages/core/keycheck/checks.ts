import assert from 'node:assert/strict';
import { sharedFactors } from './batch-gcd.ts';
import { checkDeviceAuthorities } from './certificate-ca-on-device.ts';
import { checkEndless } from './certificate-endless.ts';
import type { CheckOptions, Checks } from './check.ts';
import { checkDuplicates } from './duplicate-key.ts';
import { checkFermat } from './fermat.ts';
import { checkIds, type Finding, type Member, severities } from './finding.ts';
import { keyFingerprint, pskFingerprint, pskMark } from './fingerprint.ts';
import { type FoundKey, type FoundRsaKey, groupKeys, type Holding, isRsa, type KeyFinding } from './found-key.ts';
import { checkGuessable } from './guessable-key.ts';
import { KeyFleet } from './key-fleet.ts';
import type { Material } from './material.ts';
import { SignatureFleet } from './nonce-reuse.ts';
import { checkCombined } from './psk-combined.ts';
import { checkDefaults } from './psk-default.ts';
import { checkDerived } from './psk-derived.ts';
import { checkEntropy } from './psk-entropy.ts';
import { type PskCheck, PskFleet } from './psk-fleet.ts';
import { checkRepeated } from './psk-repeated.ts';
import { checkSequential } from './psk-sequential.ts';
import { checkShort } from './psk-short.ts';
import { checkPublished } from './published-key.ts';
import { checkRoca } from './roca.ts';
import { checkRsaExponent } from './rsa-exponent.ts';
import { checkSmallFactors, hasSmallFactor } from './rsa-small-factor.ts';
import { checkRsaSize } from './rsa-size.ts';
import { checkSharedPrimes } from './shared-primes.ts';
import { checkSharedPsks } from './shared-psk.ts';
import { checkAlgorithms } from './weak-algorithm.ts';
import { checkCurves } from './weak-curve.ts';

type Progress = NonNullable<CheckOptions['progress']>;

/** All checks together, over materials that are added one by one. */
export const createChecks = (options: CheckOptions): Checks => {
	const keys = new KeyFleet();
	const psks = new PskFleet();
	const signatures = new SignatureFleet();
	const divisible = new Map<FoundRsaKey, boolean>();
	const isDivisible = (key: FoundRsaKey): boolean => {
		const known = divisible.get(key) ?? hasSmallFactor(key.value.modulus);
		divisible.set(key, known);
		return known;
	};
	const progress = options.progress ?? (() => undefined);
	return {
		add(material: Material): void {
			if (material.kind === 'key') keys.add(material);
			else if (material.kind === 'psk') psks.add(material);
			else signatures.add(material);
		},
		moduli: () => [...searchable(keys.keys(), isDivisible).keys()],
		findings(factors?: readonly bigint[]): readonly Finding[] {
			const found = [
				...judgeKeys(keys.keys(), isDivisible, options, progress, factors).map(withKeyMembers),
				...signatures.findings(),
				...judgePsks(psks, options.runKey, progress),
			];
			const rank = ({ severity, check }: Finding): number =>
				severities.indexOf(severity) * checkIds.length + checkIds.indexOf(check);
			return found.toSorted((one, two) => rank(one) - rank(two));
		},
	};
};

/**
 * RSA keys by modulus, for the search for shared primes. Those with a small factor stay out: they are found by that, and two
 * damaged moduli that are both even share nothing else.
 */
const searchable = (
	keys: readonly FoundKey[],
	isDivisible: (key: FoundRsaKey) => boolean,
): Map<bigint, FoundRsaKey[]> => groupKeys(keys.filter(isRsa), (key) => (isDivisible(key) ? null : key.value.modulus));

const judgeKeys = (
	keys: readonly FoundKey[],
	isDivisible: (key: FoundRsaKey) => boolean,
	{ published, now }: CheckOptions,
	progress: Progress,
	given: readonly bigint[] | undefined,
): KeyFinding[] => {
	const steps: readonly (() => KeyFinding[])[] = [
		() => checkPublished(keys, published),
		() => checkGuessable(keys),
		() => checkDuplicates(keys, now),
		() => checkFermat(keys),
		() => checkRoca(keys),
		() => checkSmallFactors(keys, isDivisible),
		() => checkRsaExponent(keys),
		() => checkRsaSize(keys),
		() => checkCurves(keys),
		() => checkAlgorithms(keys),
		() => checkDeviceAuthorities(keys),
		() => checkEndless(keys, now),
	];
	const findings = steps.flatMap((step, index) => {
		progress('keys', index, steps.length);
		return step();
	});
	const byModulus = searchable(keys, isDivisible);
	const moduli = [...byModulus.keys()];
	const factors = given ?? sharedFactors(moduli, (done) => progress('shared primes', done, moduli.length));
	assert.equal(factors.length, moduli.length, 'one factor for each of moduli()');
	const factorOf = new Map(moduli.map((modulus, index) => [modulus, factors[index] ?? 1n]));
	return [...findings, ...checkSharedPrimes(byModulus, factorOf)];
};

/** A longer name is cut in a label. */
const LONGEST_NAME = 80;

/** The place with the holder's name, where the label does not have it yet: who shares a key is what a reader looks for. */
const labelOf = ({ at, certificate, names }: Holding): string => {
	const name = (certificate?.names ?? names)[0]?.slice(0, LONGEST_NAME) ?? '';
	return name === '' || at.label.includes(name) ? at.label : `${at.label}, ${name}`;
};

const withKeyMembers = ({ keys, ...finding }: KeyFinding): Finding => ({
	...finding,
	members: keys.flatMap(({ key, holdings = key.holdings }) =>
		holdings.map((holding) => ({
			file: holding.at.file,
			label: labelOf(holding),
			fingerprint: keyFingerprint(key.hash),
		})),
	),
});

/**
 * Checks of one line see the same secrets; what they find, the lines below leave out where it `explains` the secret: of a
 * default it need not be said too that it is a pattern.
 */
const pskChecks: readonly { readonly checks: readonly PskCheck[]; readonly explains: boolean }[] = [
	{ checks: [checkDefaults], explains: true },
	{ checks: [checkSharedPsks, checkShort], explains: false },
	{ checks: [checkDerived], explains: true },
	{ checks: [checkRepeated], explains: true },
	{ checks: [checkCombined, checkSequential], explains: true },
	{ checks: [checkEntropy], explains: true },
];

const judgePsks = (fleet: PskFleet, runKey: Uint8Array, progress: Progress): Finding[] => {
	const explained = new Uint8Array(fleet.size);
	const fingerprints = new Map<number, string>();
	/** Rows of which a check says that they can be guessed. */
	const guessable = new Set<number>();
	const member = (row: number): Member => {
		const { file, label } = fleet.place(row);
		const fingerprint = fingerprints.get(row) ?? pskFingerprint(fleet.secret(row), runKey);
		fingerprints.set(row, fingerprint);
		return { file, label, fingerprint };
	};
	const all = pskChecks.flatMap(({ checks, explains }, index) => {
		const found = checks.flatMap((check) =>
			check({
				fleet,
				open: (row) => explained[row] === 0,
				progress: (done, of) => progress('pre-shared keys', index + done / of, pskChecks.length),
			}),
		);
		progress('pre-shared keys', index + 1, pskChecks.length);
		if (explains) for (const { rows } of found) for (const row of rows) explained[row] = 1;
		for (const { check, rows } of found) if (check !== 'shared-psk') for (const row of rows) guessable.add(row);
		return found;
	});
	const marked = (row: number): Member =>
		guessable.has(row) ? member(row) : { ...member(row), mark: pskMark(fleet.secret(row)) };
	return all.map(({ rows, ...finding }) => ({
		...finding,
		members: rows.map(finding.check === 'shared-psk' ? marked : member),
	}));
};
