import { count, type FoundKey, groupKeys, type KeyFinding } from './found-key.ts';

/**
 * Keys of algorithms that are retired (DSA: FIPS 186-5) or unknown here, and what cannot be read as a key: said, so that
 * nothing passes unchecked in silence. False alarms: none of retired ones; of unknown ones it says only that they are.
 */
export const checkAlgorithms = (keys: Iterable<FoundKey>): KeyFinding[] => {
	const groups = groupKeys(keys, ({ value }) => (value.kind === 'other' && !value.sound ? value.algorithm : null));
	return [...groups].map(([algorithm, members]) => ({
		check: 'weak-algorithm',
		severity: algorithm === 'DSA' ? 'medium' : 'low',
		keys: members.map((key) => ({ key })),
		detail: `${count(members.length, 'key')} ${algorithm === 'DSA' ? 'for DSA, which is retired' : algorithm}: not checked further.`,
		attack:
			algorithm === 'DSA'
				? 'One predictable or repeated nonce gives the private key away, and most DSA keys have 1024 bits.'
				: 'Unknown: no check here covers such keys.',
		mend: 'Use P-256 or Ed25519, or check by other means that these keys are sound.',
	}));
};
