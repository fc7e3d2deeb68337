import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { folderForTests, found } from './scan.fixture.ts';

// Lists in more languages and the encodings in which they were written, lists on their side, elements of XML in other languages.

const { path, write } = folderForTests();
const K = randomBytes(16).toString('hex');
const L = randomBytes(16).toString('hex');

const holders = async (content: string | Uint8Array) => {
	write('list', content);
	return (await found(path('list'))).psks.map(({ device, at }) => [at.label.split(': ')[0] ?? '', device]);
};

/** Bytes of an encoding with one for each letter. */
const inEncoding = (text: string, encoding: string): Buffer => {
	const letters = new TextDecoder(encoding).decode(Uint8Array.from({ length: 256 }, (_, octet) => octet));
	return Buffer.from(Array.from(text, (letter) => letters.indexOf(letter)));
};

test('titles in other languages, also in the encodings of before UTF-8', async () => {
	for (const [device, key, name, encoding, called] of [
		['Συσκευή', 'Κλειδί', 'Αντλία 1', 'iso-8859-7', 'Windows-1253'],
		['الجهاز', 'المفتاح', 'مضخة 1', 'windows-1256', 'Windows-1256'],
		['התקן', 'מפתח', 'משאבה 1', 'windows-1255', 'Windows-1255'],
		['Устройство', 'Ключ', 'Насос 1', 'koi8-r', 'KOI8-R'],
		['Zařízení', 'Klíč', 'Čerpadlo 1', 'windows-1250', 'Windows-1250'],
		['Cihaz adı', 'Paylaşılan anahtar', 'Pompa 1', 'windows-1254', 'Windows-1254'],
		['อุปกรณ์', 'กุญแจ', 'ปั๊ม 1', 'windows-874', 'Windows-874'],
		['thiết bị', 'khóa', 'bơm 1', null, ''],
	] as const) {
		const list = `${device};${key}\n${name};${K}\n`;
		assert.equal((await holders(list))[0]?.[1], name, key);
		if (encoding !== null) assert.deepEqual(await holders(inEncoding(list, encoding)), [[called, name]], key);
	}
});

test('a list on its side has a column for each device', async () => {
	const table = `device;oven-1;oven-2;oven-3\nfirmware;1.0;1.0;1.1\npsk;${K};;${L}\n`;
	const wanted = [
		['column 2, psk of oven-1', 'oven-1'],
		['column 4, psk of oven-3', 'oven-3'],
	];
	assert.deepEqual(await holders(table), wanted);
	assert.deepEqual(await holders(table.split('\n').toReversed().join('\n').trim()), wanted);
	for (const other of [
		`text;en;de\nkey;Schlüssel;${K}\npsk;a;b\n`,
		`device;oven-1;oven-1\npsk;${K};${K}\n`,
		`sha256;a;b\nfile;x;y\nhash;${K};${L}\n`,
	])
		assert.deepEqual(await holders(other), [], other);
});

test('elements and attributes of XML in other languages, several devices in one line', async () => {
	const japanese = (at: number) => `<設備 名称="ポンプ${at}"><共有鍵>${K}</共有鍵></設備>`;
	const german = (at: number) => `<Gerät Name="Pumpe ${at}">\n<Schlüssel>${K}</Schlüssel>\n</Gerät>`;
	const attributes = (at: number) => `<Unit label="Pumpe ${at}" appkey="${K}"/>`;
	for (const one of [japanese, german, attributes]) {
		const devices = (await holders(`<r>${one(1)}${one(2)}</r>`)).map(([, device]) => device);
		assert.deepEqual(
			devices,
			[1, 2].map((at) => (one === japanese ? `ポンプ${at}` : `Pumpe ${at}`)),
			one(1),
		);
	}
	const maps = await holders(`{:devices [{:id "lyon" :psk "${K}"} {:id "metz" :psk "${K}"}]}\n`);
	assert.deepEqual(
		maps.map(([, device]) => device),
		['lyon', 'metz'],
	);
});
