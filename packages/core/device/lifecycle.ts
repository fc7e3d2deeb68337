/** Where a device or reader stands in its life. */
export const lifeStates = [
	/** Somebody wants it; a one-time token is out. */
	'expected',
	/** It holds a certificate, and has not been seen since. */
	'commissioned',
	/** It was here with its certificate. */
	'active',
	/** A new certificate for it is recorded as intended and not issued yet. */
	'renewing',
	/** It holds a certificate for a new key, and has not been seen with it; the one for the old key still stands. */
	're-keyed',
	/** ResumableSession out until an operator decides: its certificates are not revoked and not taken. */
	'quarantined',
	/** It belongs to another application or owner now. */
	'transferred',
	/** Out of service. */
	'retired',
] as const;

export type LifeState = (typeof lifeStates)[number];

export type LifeEvent =
	| 'expect'
	| 'certify'
	| 'connect'
	| 'renew'
	| 'renewed'
	| 're-key'
	| 'give-up'
	| 'quarantine'
	| 'release'
	| 'transfer'
	| 'retire';

/** Who may cause a move; nobody else may, and there is no other way from state to state. */
export type LifeActor = 'operator' | 'registrar' | 'listener' | 'device';

export interface Move {
	readonly event: LifeEvent;
	readonly by: LifeActor;
	readonly from: readonly LifeState[];
	readonly to: LifeState;
}

const holding: readonly LifeState[] = ['commissioned', 'active', 'renewing', 're-keyed'];

/** The whole life of a device, after IEEE 802.1AR and IEC 62443-4-2 CR 1.4 and CR 1.5; docs/life-of-a-device.md tells it in words. */
export const lifecycle: readonly Move[] = Object.freeze([
	{ event: 'expect', by: 'operator', from: ['expected', 'transferred', 'retired'], to: 'expected' },
	{ event: 'certify', by: 'registrar', from: ['expected'], to: 'commissioned' },
	{ event: 'connect', by: 'listener', from: ['commissioned', 're-keyed'], to: 'active' },
	{ event: 'renew', by: 'registrar', from: holding, to: 'renewing' },
	{ event: 'renewed', by: 'registrar', from: ['renewing'], to: 'active' },
	{ event: 're-key', by: 'registrar', from: ['renewing'], to: 're-keyed' },
	{ event: 'give-up', by: 'registrar', from: ['renewing'], to: 'active' },
	{ event: 'quarantine', by: 'operator', from: holding, to: 'quarantined' },
	// Its own part says that it started what nobody has released.
	{ event: 'quarantine', by: 'registrar', from: holding, to: 'quarantined' },
	{ event: 'release', by: 'operator', from: ['quarantined'], to: 'active' },
	{ event: 'transfer', by: 'operator', from: [...holding, 'quarantined'], to: 'transferred' },
	{ event: 'retire', by: 'operator', from: ['expected', ...holding, 'quarantined', 'transferred'], to: 'retired' },
	// By its own certificate, of itself alone.
	{ event: 'retire', by: 'device', from: holding, to: 'retired' },
] as const);

/** The state after the event, or null when nobody may move it so. */
export const nextState = (state: LifeState, event: LifeEvent): LifeState | null =>
	lifecycle.find((move) => move.event === event && move.from.includes(state))?.to ?? null;

/** CR 1.14: whose certificates count, at the listeners and for renewal. */
export const mayUseCertificate = (state: LifeState): boolean => holding.includes(state);
