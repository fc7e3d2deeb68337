import { days } from '../../units/milliseconds.ts';
import { asked, spanAtMost, steps } from '../scale.ts';
import { years } from '../span.ts';
import { ask, cra, en, entries, every, iec, unbuilt } from './entry.ts';

/** It can be mended, and is. */
export const adaptability = entries('adaptability', [
	{
		id: 'update-path',
		statement: 'An update was carried through, end to end, within this time.',
		scale: spanAtMost(),
		asks: [ask(years(2), 'observed'), ask(years(1), 'observed'), ask(days(180), 'observed'), ask(days(90), 'observed')],
		applies: ['device'],
		clause: [iec('EDR 3.10'), en('5.3-2'), cra('Annex I Part I (2)(c)')],
		...unbuilt,
	},
	{
		id: 'rollback-refused',
		statement: 'A device refuses firmware below its security floor, at the strictest level a floor kept by hardware.',
		scale: steps('stored-floor', 'hardware-floor'),
		asks: [null, ask('stored-floor', 'observed'), ask('stored-floor', 'observed'), ask('hardware-floor', 'observed')],
		applies: ['device'],
		clause: [en('5.3-2')],
		...unbuilt,
	},
	{
		id: 'patch-deadline',
		statement: 'A device exposed to an advisory is mended within this time.',
		scale: spanAtMost(),
		asks: [null, ask(days(90), 'observed'), ask(days(30), 'observed'), ask(days(7), 'observed')],
		applies: ['device'],
		clause: [en('5.3-8'), cra('Annex I Part II (2)')],
		...unbuilt,
	},
	{
		id: 'bill-of-materials',
		statement: 'Every release says what it is made of.',
		scale: asked,
		asks: [null, ask(true, 'observed'), ask(true, 'observed'), ask(true, 'observed')],
		applies: ['update'],
		clause: [iec('CR 7.8'), cra('Annex I Part II (1)')],
		...unbuilt,
	},
	{
		id: 'staged-rollout',
		statement: 'A release goes out in stages and halts by itself when devices fall ill.',
		scale: asked,
		asks: [null, ask(true, 'observed'), ask(true, 'observed'), ask(true, 'observed')],
		applies: ['update'],
		clause: 'ours',
		...unbuilt,
	},
	{
		id: 'key-agility',
		statement: 'Keys and algorithms were changed in the field within this time.',
		scale: spanAtMost(),
		asks: [null, null, ask(years(1), 'observed'), ask(days(180), 'observed')],
		applies: ['device'],
		clause: [iec('CR 1.5'), en('5.5-3')],
		...unbuilt,
	},
	{
		id: 'support-period',
		statement: 'How long a device is supported is stated, and that time is not past.',
		scale: asked,
		asks: every(true, 'claimed'),
		applies: ['device'],
		clause: [en('5.3-13'), cra('Article 13(8)')],
		...unbuilt,
	},
	{
		id: 'disclosure-policy',
		statement: 'How to report a flaw is published, and somebody answers.',
		scale: asked,
		asks: every(true, 'claimed'),
		applies: ['update'],
		clause: [en('5.2-1'), cra('Annex I Part II (5)'), cra('Annex I Part II (6)')],
		...unbuilt,
	},
	{
		id: 'restorable',
		statement: 'A backup was restored within this time.',
		scale: spanAtMost(),
		asks: [null, ask(years(1), 'observed'), ask(days(180), 'observed'), ask(days(90), 'observed')],
		applies: ['service'],
		clause: [iec('CR 7.3'), iec('CR 7.3 RE(1)'), iec('CR 7.4')],
		...unbuilt,
	},
]);
