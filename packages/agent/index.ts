export { commission, type CommissionOptions } from './commission.ts';
export { type Identity, type IdentityRecord, openIdentity } from './identity.ts';
export { renewalDue, renewIfDue } from './renewal.ts';
