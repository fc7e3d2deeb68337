import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { Problem } from '@keyward/core';
import fc from 'fast-check';
import { openBatchRecord, usualRecordOf } from './batch-record.ts';
import { failed, outcomeFields } from './batch-outcome.ts';
import { readBatch } from './batch-file.ts';

const ek = (digit: string): string => `ek:${digit.repeat(64)}`;

let folder: string;
before(async () => {
	folder = temporaryFolder('keyward-batch-');
});

const write = async (text: string | Uint8Array): Promise<string> => {
	const file = join(folder, 'batch.csv');
	await writeFile(file, text);
	return file;
};
const read = async (text: string | Uint8Array) => readBatch(await write(text), join(folder, 'homes'));

/** What is at fault, each with its line, the file's name left out. */
const faults = async (text: string): Promise<string[]> => {
	const file = await write(text);
	const problem = await readBatch(file, folder).then(
		() => assert.fail('it was taken'),
		(error: unknown) => error,
	);
	assert.ok(problem instanceof Problem && problem.code === 'batch-malformed', String(problem));
	return problem.detail.split('\n').map((line) => line.replace(`${file}:`, ''));
};

test('columns in any order, quoted or not, with a byte order mark and either line ending', async () => {
	const rows = await read(
		`\uFEFFpart,device,"custody",tpm,folder,endorsement,class\r\n` +
			`${ek('a')}, gamma-1 ,tpm2,"swtpm:path=/run/a,b",here,manufacturers.pem,gamma-probe\r\n\r\n` +
			`,gamma-2,,,,,\r\n`,
	);
	assert.deepEqual(rows, [
		{
			line: 2,
			device: 'gamma-1',
			written: 'gamma-1',
			class: 'gamma-probe',
			part: ek('a'),
			hardware: { custody: 'tpm2', tcti: 'swtpm:path=/run/a,b' },
			endorsementFile: join(folder, 'manufacturers.pem'),
			folder: join(folder, 'here'),
		},
		{
			line: 4,
			device: 'gamma-2',
			written: 'gamma-2',
			class: null,
			part: null,
			hardware: undefined,
			endorsementFile: undefined,
			folder: join(folder, 'homes', 'gamma-2'),
		},
	]);
	const [token] = await read('device,custody,module,token,pin-file\ng,pkcs11,/usr/lib/softhsm.so,box,pins/g\n');
	assert.deepEqual(token?.hardware, {
		...{ custody: 'pkcs11', module: '/usr/lib/softhsm.so', token: 'box', pinFile: join(folder, 'pins', 'g') },
	});
	const [only] = await read('device,custody\ng,tpm2\n');
	assert.deepEqual(only?.hardware, { custody: 'tpm2', tcti: 'device:/dev/tpmrm0' });
});

test('a list as a spreadsheet gives it: a preamble, semicolons or tabs, capitals, empty cells at the end', async () => {
	const row = `Probe 7;;\n`;
	for (const separator of [';', '\t', '|', ',']) {
		const text =
			`\uFEFFsep=${separator}\r\nBox 17, delivered;\r\n\r\nDevice;Part;Class;;\r\n` +
			`AA:BB:CC:DD:EE:0F;${ek('a')};"gamma-probe";;\r\n70B3D57ED0000001;${ek('b')};gamma-probe\r\n`;
		const notes: string[] = [];
		const file = await write(text.replaceAll(';', separator));
		const rows = await readBatch(file, folder, (sentence) => notes.push(sentence.replace(file, '')));
		assert.deepEqual(
			rows.map(({ line, device, part, class: className }) => [line, device, part, className]),
			[
				[5, 'aa-bb-cc-dd-ee-0f', ek('a'), 'gamma-probe'],
				[6, '70b3d57ed0000001', ek('b'), 'gamma-probe'],
			],
		);
		assert.deepEqual(notes, [
			': the header row is line 4; what stands above it is passed over.',
			':5 AA:BB:CC:DD:EE:0F is called aa-bb-cc-dd-ee-0f here.',
			':6 70B3D57ED0000001 is called 70b3d57ed0000001 here.',
		]);
	}
	assert.deepEqual(await faults(`a title\ndevice;part;class\n${row}AABBCCDDEE0F;;\naabbccddee0f;;\n`), [
		'3 "Probe 7" cannot name a device: use 1 to 64 of a-z, 0-9, - and dots, such as probe-7',
		'5 the device aabbccddee0f is on line 4 too',
		`5 the folder ${join(folder, 'aabbccddee0f')} is on line 4 too`,
	]);
	// A header that is in doubt names what is wrong with it; nothing above it counts as a device.
	assert.deepEqual(await faults('probe-1,device\n'), [
		`1 there is no column "probe-1"; the columns are device, class, part, custody, tpm, endorsement, module, token, pin-file, folder`,
	]);
});

test('all faults of a file are told at once, each with its line', async () => {
	assert.deepEqual(
		await faults(
			`device,class,part,custody,tpm\n` +
				`Gamma,,,,\n` +
				`g-1,,${ek('a')},tmp2,\n` +
				`g-2,,tpm:7,software,swtpm:path=x\n` +
				`g-3,"a"b,,,\n` +
				`g-4\n` +
				`,,,,\n` +
				`g-5,,${ek('b')},tpm2,\n` +
				`g-5,,${ek('b')},tpm2,\n`,
		),
		[
			`2 "Gamma" cannot name a device: use 1 to 64 of a-z, 0-9, - and dots, such as gamma`,
			`3 there is no custody "tmp2"; did you mean "tpm2"? (it is software, tpm2, pkcs11)`,
			`4 "tpm:7" names no part: "ek:" and 64 hex digits, or "serial:" and up to 64 letters and digits`,
			`4 tpm is for custody tpm2, and this one is software`,
			`5 a quote is opened or closed in the wrong place`,
			`6 has 1 cells where the header row has 5`,
			`7 there is no name of a device`,
			`9 the device g-5 is on line 8 too`,
			`9 the folder ${join(folder, 'g-5')} is on line 8 too`,
			`9 the part ${ek('b')} is on line 8 too`,
			`9 the TPM device:/dev/tpmrm0 is on line 8 too`,
		],
	);
});

test('a token is named whole', async () => {
	assert.deepEqual(await faults('device,custody,token,tpm\ng,pkcs11,box,tabrmd\n'), [
		'2 tpm is for custody tpm2, and this one is pkcs11',
		'2 custody pkcs11 needs module',
		'2 custody pkcs11 needs pin-file',
	]);
});

test('a malformed header stops there, with what was meant', async () => {
	assert.deepEqual(await faults('devise,clas\ng,h\n'), [
		`1 there is no column "devise"; did you mean "device"?`,
		`1 there is no column "clas"; did you mean "class"?`,
	]);
	assert.deepEqual(await faults('device,device\ng,h\n'), ['1 the column "device" is there twice']);
	assert.deepEqual(await faults('class\nprobe\n'), [
		'1 the header row lacks the column device, the name of each device',
	]);
	assert.deepEqual(await faults('device\n'), ['1 there is no device: write one a row, below the header row']);
	assert.deepEqual(await faults(''), ['1 there is no device: write one a row, below the header row']);
	const unreadable = (error: unknown) => error instanceof Problem && error.code === 'file-unreadable';
	await assert.rejects(read(Uint8Array.of(0x64, 0xff)), unreadable);
	await assert.rejects(readBatch(join(folder, 'none.csv'), folder), unreadable);
	await assert.rejects(readBatch(folder, folder), unreadable);
});

test('whatever the file holds, it is read or refused with its code', async () => {
	const cell = fc.oneof(fc.constantFrom('device', 'part', 'custody', 'tpm2', 'g-1', '"', '', ek('c')), fc.string());
	await fc.assert(
		fc.asyncProperty(fc.array(fc.array(cell, { maxLength: 4 }), { maxLength: 5 }), async (lines) => {
			await read(lines.map((cells) => cells.join(',')).join('\n')).catch((error: unknown) => {
				if (!(error instanceof Problem) || !['batch-malformed', 'file-unreadable'].includes(error.code)) throw error;
			});
		}),
		{ numRuns: 100 },
	);
});

test('a device whose folder has no room says so, and a result file that cannot be had is named', async () => {
	const [row] = await read('device\ng-1\n');
	assert.ok(row);
	for (const code of ['ENOSPC', 'EDQUOT']) {
		const full = failed(row, Object.assign(new Error(`${code}: write`), { code }), 0);
		assert.deepEqual([full.code, full.detail?.includes(`no room left for ${row.folder}`)], ['file-unreadable', true]);
	}
	assert.equal(failed(row, new Error('a bug'), 0).code, 'internal');
	const nowhere = join(folder, 'nowhere/box-result.csv');
	await assert.rejects(openBatchRecord(nowhere, [row]), (error) => {
		assert.ok(error instanceof Problem);
		assert.equal(error.code, 'file-unreadable');
		assert.ok(
			error.detail.startsWith(`The result file ${nowhere} cannot be made or written: look whether`),
			error.detail,
		);
		return true;
	});
});

test('a result is the same after it was written and read, as CSV and as JSON, and is of one run at a time', async () => {
	const [row] = await read('device\ng-1\n');
	assert.ok(row);
	const outcome = failed(row, new Problem('site-unreachable', '=1+1, "quoted"\nand broken'), Date.UTC(2026, 10, 22));
	for (const name of ['box-result.csv', 'box-result.json']) {
		const file = join(folder, name);
		{
			using record = await openBatchRecord(file, [row]);
			assert.equal(record.of('g-1')?.state, 'waiting');
			await record.put(outcome);
			await assert.rejects(openBatchRecord(file, [row]), /store-in-use.*Another run is at work/);
		}
		using again = await openBatchRecord(file, []);
		const [read = null, ...others] = again.all();
		assert.deepEqual(others, []);
		assert.deepEqual(Object.keys(read ?? {}), [...outcomeFields]);
		// No spreadsheet takes the sentence for a formula.
		const detail = name.endsWith('.csv') ? `'${String(outcome.detail)}` : outcome.detail;
		assert.deepEqual(read, { ...outcome, detail });
	}
	assert.equal(usualRecordOf('/a/box.csv'), '/a/box-result.csv');
	await assert.rejects(openBatchRecord(join(folder, 'batch.csv'), [row]), /batch-malformed/);
});
