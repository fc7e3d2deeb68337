import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { changeIdentityRecord, type IdentityRecord, readIdentityRecord, writeIdentityRecord } from './identity.ts';

const record: IdentityRecord = {
	...{ version: 1, kind: 'device', application: 'hall', id: 'probe-1', class: null, key: 'device_hall_probe-1' },
	...{ serviceUrl: 'https://a.example', estUrl: 'https://a.example', mqttUrl: 'mqtts://a.example' },
	...{ plainKey: true, sealFile: null },
};
const CHANGES = 25;

/** Another process, which adds one to the number in the name of that key as often. */
const counting = (folder: string, name: 'outboxKey' | 'streamKey'): Promise<unknown[]> => {
	const program = `
		import { changeIdentityRecord } from ${JSON.stringify(import.meta.resolve('./identity.ts'))};
		for (let count = 0; count < ${CHANGES}; count++)
			await changeIdentityRecord(${JSON.stringify(folder)}, (record) => {
				const publicKey = String(Number(record.${name}?.publicKey ?? 0) + 1);
				return { ...record, ${name}: { name: 'k', publicKey } };
			});`;
	return once(spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'inherit' }), 'exit');
};

test('two processes and two callers in one change an identity: each finds what the other wrote', async () => {
	const folder = temporaryFolder('keyward-identity-');
	await writeIdentityRecord(folder, record);
	const others = [counting(folder, 'outboxKey'), counting(folder, 'streamKey'), counting(folder, 'outboxKey')];
	const here = Array.from({ length: 5 }, () =>
		changeIdentityRecord(folder, (before) => ({ ...before, key: `${before.key}x` })),
	);
	assert.deepEqual(await Promise.all(others), [
		[0, null],
		[0, null],
		[0, null],
	]);
	await Promise.all(here);
	const after = await readIdentityRecord(folder);
	assert.deepEqual(
		[after?.outboxKey?.publicKey, after?.streamKey?.publicKey, after?.key],
		[String(2 * CHANGES), String(CHANGES), `${record.key}xxxxx`],
	);
});
