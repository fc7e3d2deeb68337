import { softwareKey } from '../device/key-evidence.ts';
import { parsePolicy } from '../policy/read-policy.ts';
import type { Policy } from '../policy/policy.ts';
import type { IssuedCertificate } from '../port/certificate-store.ts';
import type { Grant } from '../port/grant-store.ts';
import type { Principal } from '../port/principal.ts';
import { days } from '../units/milliseconds.ts';

/** Plain values for the tests of this room. */
export const now = 1_795_000_000_000;

export const policyWith = (
	change: { readonly mode?: 'enforce' | 'audit'; readonly level?: number; readonly more?: string } = {},
): Policy => {
	const level = change.level ?? 2;
	return parsePolicy(`
application: hall
level: { authenticity: ${level}, authorization: ${level}, integrity: 1, confidentiality: ${level}, adaptability: 1, resistance: 1 }
mode: ${change.mode ?? 'enforce'}
streams:
  dose-rate: { unit: Sv/h, every: 10s, readers: [desk, board] }
  state: { unit: /, every: 10s, readers: [] }
devices:
  probe: { custody: [software], streams: [dose-rate, state] }
  sleeper: { custody: [software], streams: [dose-rate], sleeps: 20d }
${change.more ?? ''}
`);
};

export const certificateOf = (change: Partial<IssuedCertificate> = {}): IssuedCertificate => ({
	fingerprint: new Uint8Array(32),
	serial: '40',
	principal: { kind: 'device', application: 'hall', id: 'probe-1' },
	key: new Uint8Array(32),
	evidence: softwareKey,
	notBefore: now - days(1),
	notAfter: now + days(10),
	der: new Uint8Array(),
	revoked: null,
	...change,
});

export const principalOf = (change: Partial<Principal> = {}): Principal => ({
	kind: 'device',
	application: 'hall',
	id: 'probe-1',
	class: 'probe',
	part: null,
	state: 'active',
	at: now - days(1),
	...change,
});

export const grantOf = (change: Partial<Grant> = {}): Grant => ({
	id: 'g',
	application: 'hall',
	reader: 'desk',
	device: 'probe-1',
	stream: 'dose-rate',
	purpose: 'test',
	from: now - days(1),
	expires: now + days(1),
	ended: null,
	...change,
});
