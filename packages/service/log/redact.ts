const GONE = '[redacted]';

/** What a log must not say, as text shows it, and what stands there instead. Order matters: the longest first. */
const patterns: readonly (readonly [RegExp, string])[] = [
	// A private key in PEM, whole or cut off (RFC 7468 §10, §11).
	[
		/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:(?!-----END)[\s\S])*(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----)?/g,
		GONE,
	],
	// The first to have a commissioning string is the device.
	[/\bkeyward1\.[\w.~+/=-]+/g, `keyward1.${GONE}`],
	// RFC 9110 §11.4: credentials of a scheme.
	[/\b(Basic|Bearer)\s+[\w.~+/=-]{4,}/gi, `$1 ${GONE}`],
	// RFC 3986 §3.2.1: name and password in an address.
	[/:\/\/[^\s/@:]*:[^\s/@]+@/g, `://${GONE}@`],
	[
		/\b(authorization|cookie|token|pin(?:-value)?|passw(?:or)?d|passphrase|secret)(["']?\s*[:=]\s*["']?)[^\s"',;&})\]]+/gi,
		`$1$2${GONE}`,
	],
	[/(--(?:pin|password|passphrase|token|secret))[ =]\S+/gi, `$1 ${GONE}`],
];

/** Names of fields whose values are never shown, also at the end of a longer name. */
const secretName =
	/(?:^|[-_.])(?:key|pin|seal)$|(?:[a-z](?:Key|Pin|Seal))$|(?:token|passw(?:or)?d|passphrase|secret|authorization|cookie|commissioning)$/i;

/** The text without tokens, PINs, passwords, credentials, commissioning strings and private keys. */
export const redactText = (text: string): string =>
	patterns.reduce((left, [pattern, instead]) => left.replaceAll(pattern, instead), text);

/** Deeper than any field that is logged on purpose. */
const DEEPEST = 8;

/** A value as a log may show it: every text in it redacted, every field with a secret's name emptied. */
export const redactValue = (value: unknown, depth = 0): unknown => {
	if (typeof value === 'string') return redactText(value);
	if (typeof value !== 'object' || value === null) return value;
	if (depth >= DEEPEST) return '[too deep]';
	if (value instanceof Error) return redactError(value, depth);
	// Bytes may be a key: their number is all that is shown.
	if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
	if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
	return Object.fromEntries(
		Object.entries(value).map(([name, item]) => [
			redactText(name),
			secretName.test(name) ? GONE : redactValue(item, depth + 1),
		]),
	);
};

const redactError = (error: Error, depth: number): object => ({
	type: error.name,
	...('code' in error && typeof error.code === 'string' && { code: error.code }),
	stack: redactText(error.stack ?? error.message),
	...(error.cause !== undefined && { cause: redactValue(error.cause, depth + 1) }),
});
