import type { OperationName } from '@keyward/core/port';
import { deviceExpect } from './device-expect.ts';
import { deviceList } from './device-list.ts';
import { deviceShow } from './device-show.ts';
import { grantAdd } from './grant-add.ts';
import { grantEnd } from './grant-end.ts';
import { grantList } from './grant-list.ts';
import { ledgerVerify } from './ledger-verify.ts';
import type { Operation } from './operation.ts';
import { policyApply } from './policy-apply.ts';
import { policyList } from './policy-list.ts';
import { postureOf } from './posture.ts';
import { principalRevoke } from './principal-revoke.ts';
import { readerExpect } from './reader-expect.ts';
import { readerList } from './reader-list.ts';
import { readingsRead } from './readings-read.ts';
import { siteStatus } from './site-status.ts';
import { streamsList } from './streams-list.ts';

/** Every operation, and nothing else, can be asked at a door. */
export const operations: { readonly [Name in OperationName]: Operation<Name> } = {
	'site.status': siteStatus,
	'policy.apply': policyApply,
	'policy.list': policyList,
	'device.expect': deviceExpect,
	'device.list': deviceList,
	'device.show': deviceShow,
	'reader.expect': readerExpect,
	'reader.list': readerList,
	'principal.revoke': principalRevoke,
	'grant.add': grantAdd,
	'grant.list': grantList,
	'grant.end': grantEnd,
	posture: postureOf,
	'ledger.verify': ledgerVerify,
	'streams.list': streamsList,
	'readings.read': readingsRead,
};
