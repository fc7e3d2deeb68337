import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '@keyward/testing/folder';
import { chassisSwitches, parseTamperSwitches } from './tamper-switch.ts';
import { openTamperWatch } from './tamper-watch.ts';

const folderOf = async (): Promise<string> => {
	const folder = temporaryFolder('keyward-tamper-');
	return folder;
};

test('what was opened is told until the site has heard, across restarts, and told again when it is opened again', async () => {
	const folder = await folderOf();
	const lid = join(folder, 'lid');
	const set = (text: string): Promise<void> => writeFile(lid, `${text}\n`);
	const open = () => openTamperWatch(folder, parseTamperSwitches([`lid=${lid}`]));
	const [shut, opened] = [[{ name: 'lid', opened: false }], [{ name: 'lid', opened: true }]];
	await set('0');
	const first = await open();
	assert.deepEqual([await first.look(), first.inputs()], [[], shut]);
	await set('1');
	assert.deepEqual([await first.look(), await first.look(), first.inputs()], [['lid'], [], opened]);
	await set('0');
	await first.look();
	assert.deepEqual(first.inputs(), opened);

	const second = await open();
	await second.look();
	assert.deepEqual(second.inputs(), opened);
	// Opened while the site was told of what was before: nothing is lost.
	await second.told(shut);
	assert.deepEqual(second.inputs(), opened);
	await second.told(opened);
	assert.deepEqual(second.inputs(), shut);
	await set('1');
	assert.deepEqual(await second.look(), ['lid']);
	await second.told(opened);
	// It stands open: one opening is told once, and shown for as long as it stands.
	assert.deepEqual([await second.look(), second.inputs()], [[], opened]);
	await set('0');
	await second.look();
	assert.deepEqual(second.inputs(), shut);
	await rm(lid);
	await second.look();
	assert.deepEqual(second.inputs(), []);
});

test('a file of what is untold that cannot be read was written because something was opened', async () => {
	const folder = await folderOf();
	await writeFile(join(folder, 'tamper-untold.json'), '["li');
	assert.deepEqual((await openTamperWatch(folder, [])).inputs(), [{ name: 'case', opened: true }]);
});

test('switches of hardware monitors, and how switches are written', async () => {
	const folder = await folderOf();
	await mkdir(join(folder, 'hwmon3'));
	await writeFile(join(folder, 'hwmon3', 'intrusion0_alarm'), '1\n');
	await writeFile(join(folder, 'hwmon3', 'intrusion0_beep'), '1\n');
	const [chassis, ...more] = await chassisSwitches(folder);
	assert.deepEqual([chassis?.name, await chassis?.isOpened(), more], ['hwmon3 intrusion0', true, []]);
	const [door] = parseTamperSwitches([`door=${join(folder, 'hwmon3', 'intrusion0_alarm')}:0`]);
	assert.equal(await door?.isOpened(), false);
	for (const wrong of ['lid', 'lid=relative', '=/x', 'lid=/x:', 'a/b=/x'])
		assert.throws(() => parseTamperSwitches([wrong]), { code: 'request-malformed' });
	assert.throws(() => parseTamperSwitches(['lid=/a', 'lid=/b']), /Two tamper switches are called lid/);
});
