import { installers } from '@keyward/core/update';
import { Type } from './type.ts';
import { operation, operator, people } from './operation.ts';
import { sha256 } from './owner-shapes.ts';
import { applicationOrAll, count, exactly, instant, name } from './shapes.ts';

const fileOrNone = Type.Union([sha256, Type.Null()]);

export const releaseSummary = exactly({
	application: name,
	class: name,
	release: Type.String(),
	securityFloor: count,
	installer: Type.Enum([...installers]),
	length: Type.Integer({ minimum: 1, description: 'of the image, in bytes' }),
	sha256,
	bom: fileOrNone,
	boot: fileOrNone,
	chunks: count,
	supportUntil: Type.Union([Type.String(), Type.Null()]),
	signers: Type.Integer({ minimum: 0, description: 'how many offline keys of the owner must sign' }),
	expires: instant,
	parts: Type.Array(exactly({ path: Type.String(), length: count, sha256, vendor: name })),
});

export const releaseList = operation('release.list', {
	summary: 'Releases in force, as the owner signed them',
	callers: [operator, ...people('owner', 'operator', 'auditor')],
	safe: true,
	input: applicationOrAll,
	output: Type.Array(releaseSummary),
});
