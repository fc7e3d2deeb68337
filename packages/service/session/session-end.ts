import type { Refusal } from '@keyward/core';

// What a session that is cut is told.

export const revokedNow: Refusal = {
	code: 'certificate-revoked',
	requirement: 'live-revocation',
	reason: 'this certificate is revoked; commission the device again',
};

export const quarantinedNow: Refusal = {
	code: 'device-quarantined',
	requirement: 'live-revocation',
	reason: 'this device is quarantined: an operator must release or retire it',
};

export const containedNow: Refusal = {
	code: 'certificate-revoked',
	requirement: 'containment-time',
	reason: 'this device is contained: only commissioning it again lets it in',
};

export const fenced: Refusal = {
	code: 'not-authenticated',
	requirement: 'deny-by-default',
	reason: 'the session is over; connect again',
};
