import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { needs } from '@keyward/testing/debian';
import { folderForTests, found } from './scan.fixture.ts';
import { secret, sharingForTests } from './sharing.fixture.ts';

// Sheets of workbooks that are called as devices.

const { path, read, run, write } = folderForTests();
const { sharing } = sharingForTests();

type Sheets = Readonly<Record<string, readonly (readonly string[])[]>>;

const zipped = (files: Readonly<Record<string, string>>): Buffer => {
	const names = Object.keys(files);
	for (const name of names) {
		mkdirSync(dirname(path(name)), { recursive: true });
		write(name, files[name] ?? '');
	}
	run('zip', '-q', 'out.zip', ...names);
	const bytes = read('out.zip');
	run('rm', 'out.zip');
	return bytes;
};

const xlsx = (sheets: Sheets): Buffer => {
	const names = Object.keys(sheets);
	const parts: Record<string, string> = {};
	for (const [at, rows] of Object.values(sheets).entries()) {
		const cells = rows.map(
			(row, y) =>
				`<row r="${y + 1}">${row.map((text, x) => `<c r="${'ABC'[x] ?? ''}${y + 1}" t="inlineStr"><is><t>${text}</t></is></c>`).join('')}</row>`,
		);
		parts[`xl/worksheets/sheet${at + 1}.xml`] = `<worksheet><sheetData>${cells.join('')}</sheetData></worksheet>`;
	}
	// Parts stand in another order than the sheets.
	const id = (at: number) => `rId${names.length - at}`;
	return zipped({
		'xl/workbook.xml': `<workbook><sheets>${names.map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="${id(at)}"/>`).join('')}</sheets></workbook>`,
		'xl/_rels/workbook.xml.rels': `<Relationships>${names.map((_, at) => `<Relationship Id="${id(at)}" Target="worksheets/sheet${at + 1}.xml"/>`).join('')}</Relationships>`,
		...parts,
	});
};

const ods = (sheets: Sheets): Buffer => {
	const tables = Object.entries(sheets).map(([name, rows]) => {
		const cells = rows.map(
			(row) =>
				`<table:table-row>${row.map((text) => `<table:table-cell><text:p>${text}</text:p></table:table-cell>`).join('')}</table:table-row>`,
		);
		return `<table:table table:name="${name}">${cells.join('')}</table:table>`;
	});
	return zipped({
		'content.xml': `<office:document-content><office:body><office:spreadsheet>${tables.join('')}</office:spreadsheet></office:body></office:document-content>`,
	});
};

test('sheets that are called as devices with one key each; sheets that nobody named are no devices', async (t) => {
	if (!needs(t, 'zip')) return;
	for (const [ending, workbook] of [
		['xlsx', xlsx],
		['ods', ods],
	] as const)
		for (const rows of [
			(psk: string) => [['psk'], [psk]],
			(psk: string) => [
				['Location', 'roof'],
				['PSK', psk],
			],
		]) {
			const psk = secret();
			const two = (one: string, other: string, key = psk) =>
				sharing({ [`a.${ending}`]: workbook({ [one]: rows(psk), [other]: rows(key) }) });
			assert.deepEqual(await two('pump-1', 'pump-2'), [
				'critical: 2 devices have the same PSK, by the names of their places: pump-1, pump-2.',
			]);
			assert.deepEqual(await two('Pump North', 'Pump South', secret()), []);
			assert.doesNotMatch((await two('Sheet1', 'Sheet2')).join(), /names of their places/);
		}
	const listed = (one: string, other: string) => {
		const psk = secret();
		const rows = (device: string) => [
			['device', 'psk'],
			[device, psk],
		];
		return sharing({ 'a.ods': ods({ 'Hall 1': rows(one), 'Hall 2': rows(other) }) });
	};
	assert.deepEqual(await listed('pump-1', 'pump-1'), []);
	assert.deepEqual(await listed('pump-1', 'pump-2'), ['critical: 2 devices have the same PSK.']);
});

test('the titles of a list once more in it are no key', async () => {
	write('a.csv', `device,psk\na-1,${secret()}\ndevice,psk\na-2,${secret()}\n`);
	assert.deepEqual(
		(await found(path('a.csv'))).psks.map(({ device }) => device),
		['a-1', 'a-2'],
	);
});
