/** Every check of keycheck, in the order of its report. */
export const checkIds = [
	'published-key',
	'guessable-key',
	'duplicate-key',
	'nonce-reuse',
	'batch-gcd',
	'fermat',
	'roca',
	'rsa-small-factor',
	'rsa-exponent',
	'rsa-size',
	'weak-curve',
	'weak-algorithm',
	'certificate-ca-on-device',
	'certificate-endless',
	'psk-default',
	'shared-psk',
	'psk-derived',
	'psk-sequential',
	'psk-repeated',
	'psk-short',
	'psk-entropy',
] as const;

export type CheckId = (typeof checkIds)[number];

/** Worst first. */
export const severities = ['critical', 'high', 'medium', 'low'] as const;

export type Severity = (typeof severities)[number];

/** A weakness, and everything that falls together by it. Holds no secret. */
export interface Finding {
	readonly check: CheckId;
	readonly severity: Severity;
	readonly members: readonly Member[];
	/** What was found. */
	readonly detail: string;
	/** What an attacker can do with it. */
	readonly attack: string;
	/** What mends it. */
	readonly mend: string;
}

export interface Member {
	readonly file: string;
	readonly label: string;
	/** 16 hex digits: see `keyFingerprint` and `pskFingerprint`. */
	readonly fingerprint: string;
	/** Of a shared PSK that cannot be guessed: see `pskMark`. For baselines, and in no report. */
	readonly mark?: string;
}
